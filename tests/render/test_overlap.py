from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from g4g_plugin.core.errors import Cancelled
from g4g_plugin.render.prefetch import ahead


def test_items_come_in_order() -> None:
    assert list(ahead(range(50), 3)) == list(range(50))


def test_runs_ahead_but_never_further_than_asked() -> None:
    made: list[int] = []
    reached = threading.Event()

    def numbers() -> Iterator[int]:
        for n in range(20):
            made.append(n)
            if n == 4:
                reached.set()
            yield n

    items = ahead(numbers(), 3)
    assert next(items) == 0
    assert reached.wait(5)  # one taken, three waiting, one in hand
    assert len(made) == 5
    items.close()  # type: ignore[attr-defined]
    assert len(made) <= 6


def test_errors_come_through() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise KeyError("frame 7")

    items = ahead(broken(), 2)
    assert next(items) == 1
    with pytest.raises(KeyError, match="frame 7"):
        next(items)


def test_closing_closes_the_source() -> None:
    closed = threading.Event()

    def source() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    items = ahead(source(), 2)
    next(items)
    items.close()  # type: ignore[attr-defined]
    assert closed.is_set()


def test_waiting_may_cancel() -> None:
    gate = threading.Event()

    def slow() -> Iterator[int]:
        gate.wait(10)
        yield 1

    def stop() -> None:
        gate.set()
        raise Cancelled

    with pytest.raises(Cancelled):
        next(ahead(slow(), 1, stop))
