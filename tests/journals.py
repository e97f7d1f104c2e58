"""Journals as earlier versions wrote them."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path


def made_older(path: Path) -> None:
    """As the version before wrote it: without `made` and without traces."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("ALTER TABLE changes DROP COLUMN made")
        connection.execute("DROP TABLE traces")
        seal = hashlib.blake2b(repr(("format", "1.0")).encode(), digest_size=8).hexdigest()
        connection.execute("UPDATE meta SET value = '1.0', seal = ? WHERE key = 'format'", (seal,))
