"""Files that are whole or not there: written beside their name, synced, then renamed (guarantees.md 11).

Everything holds customers' data, so files are 0600 and folders 0700, and no symlink is followed.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bulk_orders.errors import StorageError

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def make_folder(path: Path) -> Path:
    """The folder, made if need be with those above it, each open to its owner alone."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    try:
        for each in reversed(missing):
            each.mkdir(mode=FOLDER_MODE, exist_ok=True)
        if not path.is_dir():
            raise NotADirectoryError(20, "it is no folder")
    except OSError as error:
        raise StorageError(f"The folder {path} cannot be made: {error.strerror}.", fix=_ELSEWHERE) from error
    return path


_ELSEWHERE = "Check the path and its permissions; BULK_ORDERS_HOME puts the state folder elsewhere."


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A temporary path beside `target`; when the block ends well it takes the target's place, else it goes."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror}.", fix="Check the folder.") from error
    temporary = Path(name)
    try:
        yield temporary
        _sync(temporary)
        if target.is_symlink():
            raise StorageError(f"{target} is a symbolic link, which is not followed.", fix="Name the file itself.")
        temporary.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror}.", fix="Check the folder.") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write a whole text file, UTF-8."""
    with replacing(target) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
