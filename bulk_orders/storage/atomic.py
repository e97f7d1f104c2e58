"""Files that are whole or not there: written beside their name, synced, then renamed (guarantees.md 11).

Everything holds customers' data, so files are 0600 and folders 0700, and no symlink is followed.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bulk_orders import failpoints
from bulk_orders.errors import StorageError

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def make_folder(path: Path) -> Path:
    """The folder, made if need be with those above it, each open to its owner alone."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    try:
        failpoints.passing("folder.make")
        for each in reversed(missing):
            each.mkdir(mode=FOLDER_MODE, exist_ok=True)
            sync(each.parent)  # else a power cut takes the folder with all that is synced in it
        if not path.is_dir():
            raise NotADirectoryError(20, "it is no folder")
    except OSError as error:
        raise _cannot_be_made(path, error) from error
    return path


def make_new_folder(path: Path) -> Path:
    """A folder of nobody else's, in one that is there: `path`, or with a number behind it where that name is taken."""
    for number in itertools.count(1):
        found = path if number == 1 else path.with_name(f"{path.name}-{number}")
        try:
            failpoints.passing("folder.make")
            found.mkdir(mode=FOLDER_MODE)
            sync(found.parent)
        except FileExistsError:
            continue
        except OSError as error:
            raise _cannot_be_made(found, error) from error
        return found
    raise AssertionError


def _cannot_be_made(path: Path, error: OSError) -> StorageError:
    return StorageError(f"The folder {path} cannot be made: {error.strerror}.", fix=_ELSEWHERE)


_ELSEWHERE = "Check the path and its permissions; BULK_ORDERS_HOME puts the state folder elsewhere."


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A temporary path beside `target`; when the block ends well it takes the target's place, else it goes."""
    try:
        failpoints.passing("file.make")
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise _unwritable(target, error) from error
    temporary = Path(name)
    try:
        yield temporary
        failpoints.passing("file.sync")
        sync(temporary)
        if target.is_symlink():
            raise StorageError(f"{target} is a symbolic link, which is not followed.", fix="Name the file itself.")
        failpoints.passing("file.rename")
        temporary.replace(target)
        failpoints.passing("file.renamed")
        sync(target.parent)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _unwritable(target: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{target} cannot be written: {error.strerror or error}.",
        fix="Check the folder and the room on its disk, then run the same command again.",
    )


def write_text(target: Path, text: str) -> None:
    """Write a whole text file, UTF-8."""
    with replacing(target) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def sync(path: Path) -> None:
    """Wait until what was written to a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
