"""Run slow work off the main thread and bring answers back: no signal crosses a thread, a timer
drains the futures.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

LOG = logging.getLogger(__name__)
Answer = TypeVar("Answer")


@dataclass(eq=False)
class _Asked(Generic[Answer]):
    future: Future[Answer]
    then: Callable[[Answer], object]
    failed: Callable[[BaseException], object]


class Background:
    """A thread that answers questions in order. `drain` is called by the window's timer, in the
    main thread.
    """

    def __init__(self, name: str, failed: Callable[[BaseException], object]) -> None:
        self._pool = ThreadPoolExecutor(1, f"g4g-{name}")
        self._failed = failed
        self._asked: list[_Asked[Any]] = []
        self._closed = False

    def ask(
        self,
        work: Callable[[], Answer],
        then: Callable[[Answer], object],
        failed: Callable[[BaseException], object] | None = None,
    ) -> Future[Answer]:
        """Run `work` in the thread, and hand on what comes of it later, in the main thread.

        Once closed, nothing is run: a last repaint may still ask for a thumbnail.

        Args:
            work: runs in the thread.
            then: given its answer.
            failed: given its error.
        """
        if self._closed:
            never: Future[Answer] = Future()
            never.cancel()
            return never
        future = self._pool.submit(work)
        self._asked.append(_Asked(future, then, failed or self._failed))
        return future

    def drain(self) -> None:
        """Hand out the answers that have come."""
        ready = [asked for asked in self._asked if asked.future.done()]
        if not ready:
            return
        self._asked = [asked for asked in self._asked if asked not in ready]
        for asked in ready:
            if asked.future.cancelled():
                continue
            error = asked.future.exception()
            if error is None:
                asked.then(asked.future.result())
            else:
                asked.failed(error)

    @property
    def busy(self) -> bool:
        """Return whether answers are outstanding."""
        return bool(self._asked)

    def forget(self) -> None:
        """Drop the questions that have not begun."""
        for asked in self._asked:
            asked.future.cancel()

    def close(self) -> None:
        """Drop what waits and end the thread after what runs."""
        self._closed = True
        self.forget()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._asked.clear()
