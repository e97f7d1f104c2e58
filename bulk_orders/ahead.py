"""Work on what comes next goes on in other threads while what came last is used."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

_THREADS = 2


def ahead(make: Callable[[_Item], _Made], items: Iterable[_Item]) -> Iterator[_Made]:
    """What `make` makes of each item, in their order; of as many as there are threads it is begun before its turn.

    Worth it where the work is done outside of Python's lock. Only what the threads hold and the one in use are in
    memory. What `make` raises comes through in its turn, what `items` raises at once; then, and when the iterator is
    closed, the work that was begun is waited for.
    """
    begun: deque[Future[_Made]] = deque()
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="ahead") as threads:
        for item in items:
            begun.append(threads.submit(make, item))
            if len(begun) > _THREADS:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
