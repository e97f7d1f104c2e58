"""One run per shop and state folder: an OS lock that dies with its process.

POSIX record locks, because they can be asked about without being taken: `status` must never get in the way of an
`apply` that starts at that moment. Light to import: the lock is taken before polars and httpx are.
"""

from __future__ import annotations

import fcntl
import os
import re
import struct
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from bulk_orders import failpoints
from bulk_orders.errors import ShopLocked, StorageError
from bulk_orders.storage.atomic import FILE_MODE, make_folder

# struct flock differs in the order of its members: <bits/fcntl.h> on Linux, <sys/fcntl.h> on macOS.
_DARWIN = sys.platform == "darwin"
_FLOCK = "qqihh" if _DARWIN else "hhqqi4x"


_ours: dict[Path, int] = {}
"""What this process holds, with its id (a fork holds nothing of it): its own record locks do not keep it out, and to
close any file of theirs would let go of them. Two shops of one file may turn out to be the same one."""


def _packed() -> bytes:
    if _DARWIN:
        return struct.pack(_FLOCK, 0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET)
    return struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)


def _holder(answer: bytes) -> int | None:
    fields = struct.unpack(_FLOCK, answer)
    kind, pid = (fields[3], fields[2]) if _DARWIN else (fields[0], fields[4])
    return None if kind == fcntl.F_UNLCK else int(pid)


def slug(text: str) -> str:
    """A name that is safe as a file name, whatever the text."""
    return re.sub(r"[^a-z0-9.-]+", "-", text.lower()).strip("-.")[:80] or "shop"


class ShopLock:
    """The lock of one shop in one state folder; held from `with` to its end, or to the end of the process.

    A night has one of its own, beside the one that every apply takes.
    """

    def __init__(self, home: Path, shop: str, *, night: bool = False) -> None:
        self.path = home / "locks" / f"{slug(f'the night of {shop}' if night else shop)}.lock"
        self.shop = shop
        self._night = night
        self._handle: int | None = None

    def holder(self) -> int | None:
        """The process that holds it, asked without taking it; None where nobody does."""
        if _ours.get(self.path) == os.getpid():
            return os.getpid()
        try:
            handle = os.open(self.path, os.O_RDWR)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"The lock {self.path} cannot be read: {error.strerror}.") from error
        try:
            return _holder(fcntl.fcntl(handle, fcntl.F_GETLK, _packed()))
        finally:
            os.close(handle)

    def __enter__(self) -> Self:
        make_folder(self.path.parent)
        if _ours.get(self.path) == os.getpid():
            raise self._taken(os.getpid())
        try:
            failpoints.passing("lock.before")
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
        except OSError as error:
            raise StorageError(f"The lock {self.path} cannot be made: {error.strerror}.") from error
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            other = _holder(fcntl.fcntl(handle, fcntl.F_GETLK, _packed()))
            os.close(handle)
            raise self._taken(other) from error
        self._handle = handle
        failpoints.passing("lock.taken")
        _ours[self.path] = os.getpid()
        return self

    def _taken(self, other: int | None) -> ShopLocked:
        return ShopLocked(
            f"{'Another night' if self._night else 'Another run'} is at work on {self.shop}"
            f"{f' (process {other})' if other else ''}.",
            fix="Wait for it to end; bulk-orders runs --nights shows what came of it."
            if self._night
            else "Wait for it to end; bulk-orders status PLAN shows how far it is.",
        )

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            _ours.pop(self.path, None)
            os.close(self._handle)
            self._handle = None
