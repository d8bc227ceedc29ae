"""Errands done here or in several processes, each result as it is ready; nobody is left behind."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing.connection import wait
from typing import TypeVar

Errand = TypeVar("Errand")
Result = TypeVar("Result")


def in_processes(
    job: Callable[[Errand], Result], errands: Sequence[Errand], processes: int
) -> Iterator[tuple[Errand, Result]]:
    """Do a job for every errand; yield (errand, result), in order in one process, as they are ready
    in several.

    What the consumer breaks off is cancelled, and the processes end with their parent, however it
    ends.

    Args:
        job: what is done; pickled.
        errands: what it is done for; pickled.
        processes: how many work beside each other.
    """
    if processes <= 1 or len(errands) <= 1:
        for errand in errands:
            yield errand, job(errand)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(
        min(processes, len(errands)), mp_context=context, initializer=_end_with_parent
    )
    try:
        waiting: dict[Future[Result], Errand] = {
            pool.submit(job, errand): errand for errand in errands
        }
        for future in as_completed(waiting):
            yield waiting[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """End this process when the one that started it is gone: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_and_end, args=(parent.sentinel,), daemon=True).start()


def _wait_and_end(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
