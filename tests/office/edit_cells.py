"""Opens sheets in LibreOffice, edits cells by name and header, saves them: run by the Python that has `uno`.

    edit_cells.py SOFFICE PORT JOBS

JOBS is JSON: {"locale": "fr-FR", "jobs": [{"source", "read", "saves": [{"target", "filter", "write", "edits"}]}]}.
`read` and `write` are CSV filter options; `edits` is {"#1001": {"Action": "archive"}}: the row is the first one with
that Name, as a person would find it, and the text is typed as in the program's own cell. A sheet is opened once; each
save has the edits of those before it.
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

LOCALE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">
<value>{}</value></prop></item></oor:items>"""


def main(soffice: str, port: str, asked: str) -> None:
    wanted = json.loads(asked)
    with tempfile.TemporaryDirectory() as profile:
        user = Path(profile) / "user"
        user.mkdir()
        (user / "registrymodifications.xcu").write_text(LOCALE.format(wanted["locale"]), encoding="utf-8")
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
            desktop = _desktop(port)
            for job in wanted["jobs"]:
                do(desktop, job)
        finally:
            office.terminate()
            office.wait(20)


def _desktop(port):
    resolver = uno.getComponentContext().ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
    for _ in range(600):
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


def do(desktop, job):
    how = [_property("Hidden", True)]
    if job.get("read"):
        how += [_property("FilterName", "Text - txt - csv (StarCalc)"), _property("FilterOptions", job["read"])]
    document = desktop.loadComponentFromURL(Path(job["source"]).as_uri(), "_blank", 0, tuple(how))
    sheet = document.Sheets.getByIndex(0)
    for save in job["saves"]:
        if save["edits"]:
            _type_in(sheet, save["edits"])
        how = [_property("FilterName", save["filter"])]
        if save.get("write"):
            how.append(_property("FilterOptions", save["write"]))
        document.storeToURL(Path(save["target"]).as_uri(), tuple(how))
    document.close(True)


def _type_in(sheet, edits):
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    rows, columns = cursor.RangeAddress.EndRow, cursor.RangeAddress.EndColumn
    header = {text: c for c, text in enumerate(sheet.getCellRangeByPosition(0, 0, columns, 0).getDataArray()[0])}
    at = header["Name"]
    names = {}
    for row, (name,) in reversed(list(enumerate(sheet.getCellRangeByPosition(at, 0, at, rows).getDataArray()))):
        names[name] = row
    if sheet.isProtected():
        sheet.unprotect("")
    for name, cells in edits.items():
        for column, text in cells.items():
            sheet.getCellByPosition(header[column], names[name]).setFormula(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
