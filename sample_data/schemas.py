"""Writes the JSON Schemas that are shipped: `make schemas`. A test holds the files to what this makes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import bulk_orders
from bulk_orders.core.json_schemas import schemas


def write(folder: Path) -> None:
    """Every schema into `folder`."""
    for name, schema in schemas().items():
        text = json.dumps(schema, ensure_ascii=False, indent=1)
        (folder / name).write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(bulk_orders.__file__).parent / "schemas")
