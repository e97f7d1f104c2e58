"""A file that is still being downloaded, read behind the download by another thread."""

from __future__ import annotations

import threading


class Restarted(Exception):
    """The download began anew: what was read so far may be of another file."""


class Broken(Exception):
    """The download ended without the file."""


class Arriving:
    """How far a download is. One thread downloads, another reads."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._size = 0
        self._restarted = False
        self._ended: bool | None = None

    def advance(self, size: int) -> None:
        """So many bytes of the file are on disk; fewer than before mean that it began anew."""
        with self._news:
            self._restarted |= size < self._size
            self._size = size
            self._news.notify_all()

    @property
    def restarted(self) -> bool:
        """Whether it has begun anew: what came before may have been read as another file's."""
        return self._restarted

    def end(self, *, whole: bool) -> None:
        """Nothing more comes; or, if not `whole`, nobody wants what is made of it any more."""
        with self._news:
            self._ended = whole
            self._news.notify_all()

    def wait(self, size: int) -> bool:
        """Wait until `size` bytes are there or the file is; True if it is whole. Raises Restarted or Broken."""
        with self._news:
            self._news.wait_for(lambda: self._size >= size or self._ended is not None or self._restarted)
            if self._restarted:
                raise Restarted
            if self._ended is False:
                raise Broken
            return self._ended is True
