"""Opens a sheet in LibreOffice, edits cells by name and header, saves it: run by the Python that has `uno`.

    edit_cells.py SOFFICE PORT SOURCE TARGET FILTER EDITS

EDITS is JSON: {"#1001": {"Action": "archive"}}. The row is the first one with that Name, as a person would find it.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException


def main(soffice: str, port: str, source: str, target: str, save_as: str, edits: str) -> None:
    with tempfile.TemporaryDirectory() as profile:
        office = subprocess.Popen(
            [
                soffice,
                "--headless",
                "--norestore",
                "--nologo",
                f"-env:UserInstallation=file://{profile}",
                f"--accept=socket,host=127.0.0.1,port={port};urp;",
            ]
        )
        try:
            edit(_desktop(port), source, target, save_as, json.loads(edits))
        finally:
            office.terminate()
            office.wait(20)


def _desktop(port):
    resolver = uno.getComponentContext().ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
    for _ in range(300):
        try:
            context = resolver.resolve(f"uno:socket,host=127.0.0.1,port={port};urp;StarOffice.ComponentContext")
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except NoConnectException:
            time.sleep(0.1)
    raise SystemExit("LibreOffice does not answer")


def _property(name, value):
    found = PropertyValue()
    found.Name, found.Value = name, value
    return found


def edit(desktop, source, target, save_as, edits):
    document = desktop.loadComponentFromURL(Path(source).as_uri(), "_blank", 0, (_property("Hidden", True),))
    sheet = document.Sheets.getByIndex(0)
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    rows, columns = cursor.RangeAddress.EndRow, cursor.RangeAddress.EndColumn
    header = {sheet.getCellByPosition(c, 0).String: c for c in range(columns + 1)}
    names = {}
    for row in range(rows, 0, -1):
        names[sheet.getCellByPosition(header["Name"], row).String] = row
    for name, cells in edits.items():
        for column, text in cells.items():
            sheet.getCellByPosition(header[column], names[name]).setFormula(text)
    document.storeToURL(Path(target).as_uri(), (_property("FilterName", save_as),))
    document.close(True)


if __name__ == "__main__":
    main(*sys.argv[1:])
