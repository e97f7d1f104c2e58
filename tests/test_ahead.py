"""Work that is begun before its turn keeps its order, and never runs far ahead."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from bulk_orders.ahead import ahead


def test_items_come_in_their_order_however_long_each_takes() -> None:
    waits = [threading.Event() for _ in range(6)]
    waits[1].set()

    def make(at: int) -> int:
        if at % 2:
            waits[at - 1].set()  # the one before it ends only after it has begun: both are at work at once
        else:
            assert waits[at].wait(60)
        return at * 10

    assert list(ahead(make, range(6))) == [0, 10, 20, 30, 40, 50]


def test_what_is_not_asked_for_is_not_begun() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for at in range(100):
            taken.append(at)
            yield at

    coming = ahead(lambda at: at, items())
    assert taken == []
    next(coming)
    assert len(taken) <= 3, "more of a file than that would be in memory"


def test_an_error_comes_in_its_turn() -> None:
    def make(at: int) -> int:
        if at == 3:
            raise LookupError
        return at

    coming = ahead(make, range(9))
    assert [next(coming) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(LookupError):
        next(coming)


def test_an_error_of_the_items_comes_through() -> None:
    def items() -> Iterator[int]:
        yield from range(3)
        raise LookupError

    with pytest.raises(LookupError):
        list(ahead(lambda at: at, items()))


def test_closed_early_it_leaves_no_thread() -> None:
    coming = ahead(lambda at: at, range(9))
    next(coming)
    coming.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]
