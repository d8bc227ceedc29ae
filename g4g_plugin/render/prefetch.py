"""Decode, engine and encode at the same time: a generator that runs ahead in a thread of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

Item = TypeVar("Item")
_END = object()
# Seconds between looks at the stop flag; bounds how long a cancelled stage lingers
POLL_SECONDS = 0.1


def ahead(
    items: Iterable[Item], depth: int, waiting: Callable[[], None] = lambda: None
) -> Generator[Item, None, None]:
    """Yield `items`, made ahead in a thread; what that thread raises is raised here.

    Closing this generator closes `items` in its own thread and waits for it.

    Args:
        items: to be made.
        depth: how many ahead.
        waiting: called every tenth of a second while nothing is ready; may raise Cancelled.
    """
    ready: queue.Queue[object] = queue.Queue(depth)
    stop = threading.Event()
    thread = threading.Thread(
        target=_fill, args=(items, ready, stop), daemon=True, name="g4g-ahead"
    )
    thread.start()
    try:
        while (item := _get(ready, waiting)) is not _END:
            if isinstance(item, _Raised):
                raise item.error
            yield item  # type: ignore[misc]
    finally:
        stop.set()
        thread.join()


class _Raised:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def _get(ready: queue.Queue[object], waiting: Callable[[], None]) -> object:
    while True:
        try:
            return ready.get(timeout=POLL_SECONDS)
        except queue.Empty:
            waiting()


def _put(ready: queue.Queue[object], item: object, stop: threading.Event) -> bool:
    while not stop.is_set():
        try:
            ready.put(item, timeout=POLL_SECONDS)
        except queue.Full:
            continue
        return True
    return False


def _fill(items: Iterable[Item], ready: queue.Queue[object], stop: threading.Event) -> None:
    iterator = iter(items)
    try:
        for item in iterator:
            if not _put(ready, item, stop):
                return
        _put(ready, _END, stop)
    except BaseException as error:  # noqa: BLE001 - carried over to the consumer's thread, not swallowed
        _put(ready, _Raised(error), stop)
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            close()
