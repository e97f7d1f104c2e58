"""What goes wrong is one screen: what, where, the fix, what was not done, and the right exit code."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from conftest import ROOT

from bulk_orders.devstore import TOKEN

from .conftest import Shell


def _one_screen(text: str) -> None:
    lines = text.splitlines()
    assert len(lines) <= 24, text
    assert all(len(line) <= 88 for line in lines), text
    assert "Traceback" not in text
    assert "Nothing was sent to Shopify." in text


@pytest.mark.parametrize(
    ("text", "says", "fix"),
    [
        ("", "no rows", "Fix: Export one"),
        ("ID,Note\n", "no rows", "Fix: Export one"),
        ("ID,Naem\n1,x\n", "B1: Unknown column 'Naem'", "Fix: Did you mean 'Name'?"),
        ("ID,Action,Cancel: Reason\n1,cancel,bored\n", "C2: Cancel: Reason 'bored' is none of", "Fix: Write customer"),
        ("ID,Action\n1,cancel\n6.1E+12,cancel\n", "A3: ID '6.1E+12' was rounded", "Fix: Take the id"),
        ("ID,Action\n1,cancel,more\n", "C2: The row has 3 cells", "Fix: Put quotes"),
        ('ID,Action\n1,"archive, unarchive"\n', "both archived and unarchived", "Fix: Ask for one"),
    ],
)
@pytest.mark.parametrize("command", ["check", "plan"])
def test_a_sheet_with_problems(sh: Shell, command: str, text: str, says: str, fix: str) -> None:
    before = len(sh.store.requests)
    ran = sh(command, sh.write("orders.csv", text))
    assert ran.code == 4
    joined = " ".join(ran.err.split())
    assert says in joined
    assert fix in joined
    _one_screen(ran.err)
    assert len(sh.store.requests) == before, "a sheet with problems asks the shop nothing"
    assert not Path("orders.plan").exists()


def test_all_problems_at_once(sh: Shell) -> None:
    rows = "".join(f"{n},cancel,bored,maybe\n" for n in range(1, 40))
    ran = sh("check", sh.write("orders.csv", f"ID,Action,Cancel: Reason,Cancel: Restock\n{rows}"))
    assert "78 problems" in ran.err
    assert "C2, C3, C4" in ran.err
    assert "and 31 more" in ran.err
    _one_screen(ran.err)


def test_problems_as_json(sh: Shell) -> None:
    ran = sh("check", "--json", sh.write("orders.csv", "ID,Action\n1,fly\n"))
    assert ran.code == 4
    assert ran.json == {
        "problems": [
            {
                "row": 2,
                "column": "Action",
                "cell": "B2",
                "what": "Action 'fly' holds a word that is no action.",
                "fix": ran.json["problems"][0]["fix"],
            }
        ]
    }
    planned = sh("plan", "--json", "orders.csv")
    assert planned.code == 4
    assert planned.json["error"]["code"] == "sheet_invalid"
    assert planned.json["error"]["sent"] is False
    assert planned.json["problems"] == ran.json["problems"]


@pytest.mark.parametrize("command", ["check", "plan", "show", "apply", "status"])
def test_a_missing_file(sh: Shell, command: str) -> None:
    ran = sh(command, "nowhere.csv", *(["--yes"] if command == "apply" else []))
    assert ran.code == 2
    assert "nowhere.csv" in ran.err
    _one_screen(ran.err)


def test_a_wrong_token(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPIFY_ACCESS_TOKEN", "shpat_wrong0123456789")
    for arguments in (["export", "-o", "a.csv"], ["plan", sh.write("orders.csv", "ID,Action\n1,archive\n")]):
        ran = sh(*arguments)
        assert ran.code == 1
        assert "does not take the access token (401)" in ran.err
        assert "shpat_wrong" not in ran.err + ran.out
        _one_screen(ran.err)
    assert not Path("a.csv").exists()


def test_an_unreachable_shop(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPIFY_SHOP", "http://127.0.0.1:9")
    monkeypatch.setattr("bulk_orders.shopify.client.backoff", lambda attempt: 0.01)
    ran = sh("export", "-o", "a.csv")
    assert ran.code == 1
    assert "cannot be reached" in ran.err
    _one_screen(ran.err)


@pytest.mark.parametrize(("version", "code"), [("2024-01", 2), ("2026-04", 2), ("banana", 2)])
def test_an_unsupported_version(sh: Shell, monkeypatch: pytest.MonkeyPatch, version: str, code: int) -> None:
    monkeypatch.setenv("SHOPIFY_API_VERSION", version)
    ran = sh("plan", sh.write("orders.csv", "ID,Action\n1,archive\n"))
    assert ran.code == code
    assert version in ran.err
    _one_screen(ran.err)


def test_no_shop_and_no_token(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = sh.write("orders.csv", "ID,Action\n1,archive\n")
    monkeypatch.delenv("SHOPIFY_ACCESS_TOKEN")
    assert sh("plan", sheet).code == 2
    monkeypatch.delenv("SHOPIFY_SHOP")
    ran = sh("plan", sheet)
    assert ran.code == 2
    assert "bulk-orders demo" in ran.err


@pytest.mark.parametrize(
    "shop",
    [
        "https://evil.example.com",
        "box.myshopify.com.evil.example.com",
        "http://127.0.0.1.evil.example.com",
        "http://10.0.0.1:80",
        "http://127.0.0.1:80/admin",
        "box.myshopify.com/../x",
        "file:///etc/passwd",
        "Box!.myshopify.com",
    ],
)
def test_a_shop_that_is_none(sh: Shell, shop: str) -> None:
    ran = sh("plan", "--shop", shop, sh.write("orders.csv", "ID,Action\n1,archive\n"))
    assert ran.code == 2
    assert "is no shop" in ran.err


@pytest.mark.parametrize(("written", "meant"), [("box", "box"), ("https://admin.shopify.com/store/my-box", "my-box")])
def test_a_shop_written_otherwise_gets_a_hint(sh: Shell, written: str, meant: str) -> None:
    ran = sh("doctor", "--shop", written)
    assert ran.code == 2
    assert f"Did you mean {meant}.myshopify.com?" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["plan"],
        ["export"],
        ["plan", "a.csv", "--nope"],
        ["export", "-o", "a.txt"],
        ["export", "-o", "x/a.csv"],
    ],
)
def test_wrong_usage(sh: Shell, arguments: list[str]) -> None:
    ran = sh(*arguments)
    assert ran.code == 2
    assert "Traceback" not in ran.err


def test_wrong_usage_as_json(sh: Shell) -> None:
    ran = sh("plan", "--json")
    assert ran.code == 2
    assert ran.json["error"]["code"] == "usage"


def test_a_filter_that_shopify_does_not_know_exports_nothing(sh: Shell) -> None:
    ran = sh("export", "-o", "a.csv", "--query", "stauts:open")
    assert ran.code == 2
    assert "did not understand the filter" in ran.err
    assert not Path("a.csv").exists()
    assert not any(r.root == "bulkOperationRunQuery" and "stauts" in str(r.operation) for r in sh.store.requests)


def test_a_setting_that_nobody_knows(sh: Shell) -> None:
    sh.write("bulk_orders.toml", "setle_seconds = 3\n")
    ran = sh("check", sh.write("orders.csv", "ID,Action\n1,archive\n"))
    assert ran.code == 2
    assert "Did you mean settle_seconds?" in ran.err


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("shop = 3", "of the wrong kind"),
        ("[cancel]\nrefund = 3", "of the wrong kind"),
        ("[cancel]\nreason = 'bored'", "is no reason"),
        ("[cancel]\nrefund = 'half'", "cancel.refund"),
        ("shop = ", "cannot be read"),
        ("settle_seconds = true", "of the wrong kind"),
    ],
)
def test_a_setting_that_says_nothing_sensible(sh: Shell, toml: str, says: str) -> None:
    sh.write("bulk_orders.toml", toml)
    ran = sh("check", sh.write("orders.csv", "ID,Action\n1,archive\n"))
    assert ran.code == 2
    assert says in ran.err


def test_settings_come_from_flag_then_environment_then_file(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    url = os.environ["SHOPIFY_SHOP"]
    sh.write("bulk_orders.toml", 'shop = "http://127.0.0.1:9"\n')
    sheet = sh.write("orders.csv", "Name,Action\n#999999,archive\n")
    assert sh("plan", sheet).code == 0
    monkeypatch.setenv("SHOPIFY_SHOP", "http://127.0.0.1:9")
    assert sh("plan", sheet, "--shop", url).code == 0


def test_a_token_file_must_be_private(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOPIFY_ACCESS_TOKEN")
    sheet = sh.write("orders.csv", "Name,Action\n#999999,archive\n")
    sh.write("token", f"{TOKEN}\n")
    Path("token").chmod(0o644)
    ran = sh("plan", sheet, "--token-file", "token")
    assert ran.code == 2
    assert "chmod 600 token" in ran.err
    Path("token").chmod(0o600)
    assert sh("plan", sheet, "--token-file", "token").code == 0


def test_a_bug_of_ours_leaves_its_traceback_in_a_file(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("https://storage.googleapis.com/x?Signature=secret shpat_0123456789abcdef")

    monkeypatch.setattr("bulk_orders.flows.check_sheet.check_sheet", broken)
    ran = sh("check", "orders.csv")
    assert ran.code == 1
    assert "A bug in bulk-orders: RuntimeError" in ran.err
    (crash,) = (sh.folder / "state" / "crashes").iterdir()
    text = crash.read_text(encoding="utf-8")
    assert "check_command.py" in text
    assert "secret" not in text + ran.err
    assert "shpat_0123" not in text + ran.err
    assert crash.stat().st_mode & 0o777 == 0o600


def test_the_package_names_no_registry_host() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "http" not in lock.replace("httpcore", "").replace("httpx", "")
    assert "--hash=sha256:" in lock


def test_nothing_at_all_was_changed_by_all_of_this(sh: Shell) -> None:
    assert sh.mutations() == 0
    assert json.dumps([effect.as_dict() for effect in sh.store.effects if effect.detail.get("by") == "api"]) == "[]"


@pytest.mark.parametrize("name", ["pipe.csv", "pipe.xlsx"])
def test_a_pipe_is_no_sheet_and_is_not_waited_for(sh: Shell, name: str) -> None:
    os.mkfifo(sh.folder / name)
    ran = sh("check", name)
    assert ran.code == 2
    assert f"{name} is no file" in ran.err


def test_called_alone_it_shows_its_help(sh: Shell) -> None:
    ran = sh()
    assert ran.code == 2
    assert "bulk-orders demo" in ran.err
    assert "\u23ce" not in ran.err


@pytest.mark.parametrize("command", ["apply", "show", "status"])
@pytest.mark.parametrize("name", ["orders.csv", "orders.xlsx"])
def test_a_sheet_in_the_place_of_its_plan(sh: Shell, command: str, name: str) -> None:
    if name.endswith(".csv"):
        sh.write(name, "ID,Action\n1,archive\n")
    else:
        Path(name).write_bytes(b"PK\x03\x04" + bytes(200))
    ran = sh(command, name)
    said = " ".join(ran.err.split())
    assert ran.code == 5
    assert f"{name} is a sheet and no plan." in said
    assert f"Fix: Make its plan with: bulk-orders plan {name}" in said
    _one_screen(ran.err)


@pytest.mark.parametrize(
    ("options", "says", "fix"),
    [
        (["-o", "orders.txt"], "orders.txt does not say what to write", "Fix: Name it orders.xlsx, or orders.csv."),
        (["-o", "o.csv", "--columns", "Nme"], "There is no column 'Nme'", "Fix: Did you mean 'Name'?"),
        (["-o", "o.csv", "--columns", "zzzz"], "There is no column 'zzzz'", "told by: bulk-orders columns"),
        (["-o", "o.csv", "--columns", "Line: SKU"], "has no column 'Line: SKU'", "Fix: Export with --rows lines."),
    ],
)
def test_an_export_that_cannot_be_written_as_asked(sh: Shell, options: list[str], says: str, fix: str) -> None:
    ran = sh("export", *options)
    said = " ".join(ran.err.split())
    assert ran.code == 2
    assert says in said
    assert fix in said
    _one_screen(ran.err)
