"""Open an engine without holding up who waits: in a thread of its own that lets other threads run
meanwhile.
"""

from __future__ import annotations

import ctypes
import gc
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

from g4g_plugin.core.progress import Progress
from g4g_plugin.engine.base import Engine, EngineOptions
from g4g_plugin.faces.detect import import_models

OpenEngine = Callable[[str, EngineOptions], Engine]
Key = tuple[str, EngineOptions]
# seconds between two looks at the stop flag while an engine opens; torch alone takes seconds
POLL_SECONDS = 0.05
TORCHLESS_ENGINES = ("copy",)  # engines that bring no torch


class Opener:
    """Keeps one engine open from one job to the next like it. A cancelled wait leaves it opening,
    for the next job.
    """

    def __init__(self, open_engine: OpenEngine) -> None:
        self._open_engine = open_engine
        self._pool = ThreadPoolExecutor(1, "g4g-engine")
        self._held: tuple[Key, Future[Engine]] | None = None

    def engine(self, name: str, options: EngineOptions, progress: Progress) -> Engine:
        """Return the engine, opened now or before.

        Args:
            name: of the engine.
            options: it is opened with.
            progress: told what is loaded; may raise Cancelled.

        Raises:
            G4GError: it cannot be opened. Cancelled: `progress` asked to stop meanwhile.
        """
        key = (name, options)
        if self._held is not None and self._held[0] != key:
            _await(self._held[1], progress)
            self.drop()
        if self._held is None:
            self._held = (key, self._pool.submit(_opened, self._open_engine, key))
        opening = self._held[1]
        _await(opening, progress)
        if opening.exception() is not None:
            self._held = None
        return opening.result()

    def drop(self) -> None:
        """Close the engine that is open; waits for one that is still opening."""
        held, self._held = self._held, None
        if held is not None and held[1].exception() is None:
            held[1].result().close()

    def close(self) -> None:
        """Close the engine and end the thread."""
        self.drop()
        self._pool.shutdown()


def _await(opening: Future[Engine], progress: Progress) -> None:
    while not opening.done():
        progress.step("open", 0, 0)
        wait([opening], POLL_SECONDS)


def _opened(open_engine: OpenEngine, key: Key) -> Engine:
    if key[0] in TORCHLESS_ENGINES or "torch" in sys.modules:
        return open_engine(*key)
    with _no_collection():
        load_ahead("torch", "lib/libtorch_python.so")
        engine = open_engine(*key)
        if engine.spec.needs_face:
            import_models()  # here a person who cancels need not wait for it
        return engine


@contextmanager
def _no_collection() -> Iterator[None]:
    """Spare the other threads Python's search for garbage: among what torch imports it takes 0.2 s
    each time.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # what was imported stays for good: it is not searched while a dub is rendered either
        gc.freeze()
        if was:
            gc.enable()


def load_ahead(package: str, library: str) -> bool:
    """Load a package's library before Python imports it; says whether it was.

    Python's own import holds the interpreter while the system links a library (torch: 0.3 s without
    one tick of an interface); a foreign call lets it go. Nothing is lost where this does not work:
    the import links it then.
    """
    if sys.platform == "win32":
        return False
    found = importlib.util.find_spec(package)
    path = Path(found.origin).parent / library if found is not None and found.origin else None
    if path is None or not path.is_file():
        return False
    link = ctypes.CDLL(None).dlopen
    link.restype, link.argtypes = ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_int)
    return bool(link(os.fsencode(path), os.RTLD_NOW))
