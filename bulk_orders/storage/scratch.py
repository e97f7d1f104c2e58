"""A folder for what a command needs on disk while it runs: customers' data, so inside the state folder, not in /tmp.

It goes when the command ends; what a killed process left behind goes with the next one.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bulk_orders.errors import StorageError
from bulk_orders.storage.atomic import make_folder

_LEFT_BEHIND = 2 * 86_400.0
"""Seconds: no command runs that long."""


@contextlib.contextmanager
def scratch(home: Path) -> Iterator[Path]:
    """An empty folder, mode 0700, for as long as the block lasts."""
    parent = make_folder(home / "tmp")
    _sweep(parent)
    try:
        folder = Path(tempfile.mkdtemp(dir=parent))
    except OSError as error:
        raise StorageError(f"{parent} cannot be written: {error.strerror}.", fix="Make room on the disk.") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(parent: Path) -> None:
    for each in parent.iterdir():
        with contextlib.suppress(OSError):
            if time.time() - each.stat().st_mtime > _LEFT_BEHIND:
                shutil.rmtree(each, ignore_errors=True)
