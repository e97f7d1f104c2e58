"""The commands as people and scripts use them."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from world import open_paid, open_unpaid, results, shipped

from bulk_orders.core.actions import STEPS
from bulk_orders.devstore import TOKEN, CancelFate, Faults, Rule, Script

from .conftest import Shell


def _edited(own: Shell, *, final: bool = True) -> list[str]:
    """An exported sheet with an archive, and with a cancellation if wanted; the names of the orders."""
    assert own("export", "-o", "orders.csv").code == 0
    parcel, unpaid = own.world.some(shipped, 1)[0].name, own.world.some(open_unpaid, 1)[0].name
    cells = {parcel: {"Action": "archive"}}
    if final:
        cells[unpaid] = {"Action": "cancel"}
    own.world.edit(cells)
    assert own("plan", "orders.csv").code == 0
    return list(cells)


def test_export_says_what_it_wrote_and_what_to_do_next(sh: Shell) -> None:
    ran = sh("export", "-o", "orders.xlsx", "--status", "open")
    assert ran.code == 0
    assert ran.out.endswith("orders.xlsx\n")
    assert "bulk-orders plan orders.xlsx" in ran.err


def test_export_says_when_a_sheet_is_too_large_to_come_back(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bulk_orders.storage.files.MOST_ROWS", 5)
    ran = sh("export", "-o", "orders.xlsx")
    assert ran.code == 0
    said = " ".join(ran.err.split())
    assert "too large to be read back by plan: it has" in said
    assert "or export to .csv" in said
    assert "Edit it, then" not in said
    assert sh("export", "-o", "orders.csv", "--json").json["too_large"] is None
    monkeypatch.setattr("bulk_orders.storage.files.most_inflated", lambda _: 1000)
    monkeypatch.setattr("bulk_orders.storage.files.MOST_ROWS", 500)
    assert "MB are read" in sh("export", "-o", "orders.xlsx", "--json").json["too_large"]
    monkeypatch.setattr("bulk_orders.storage.files.MOST_BYTES", 1000)
    assert "MB are read" in sh("export", "-o", "orders.csv", "--json").json["too_large"]


def test_check_tells_what_asks_from_what_is_only_compared(sh: Shell) -> None:
    sh.write(
        "admin.csv", "Name,Financial Status,Lineitem name,Tags,Action\n#1001,paid,Hat,vip,archive\n#1002,paid,Hat,a,\n"
    )
    assert "1 order with something to do, 1 more to compare with the shop." in sh("check", "admin.csv").out
    sh.write("tags.csv", "Name,Tags\n#1001,vip\n")
    assert "1 order with something to do.\n" in sh("check", "tags.csv").out


def test_export_as_json(sh: Shell) -> None:
    told = sh("export", "-o", "orders.csv", "--json").json
    assert told["orders"] == 80
    assert told["export_id"].startswith("x-")
    assert Path(told["base"]).exists()


def test_export_narrows_by_filters(sh: Shell) -> None:
    everything = sh("export", "-o", "a.csv", "--json").json["orders"]
    cancelled = sh("export", "-o", "a.csv", "--json", "--status", "cancelled").json["orders"]
    paid = sh("export", "-o", "a.csv", "--json", "--query", "financial_status:paid OR financial_status:pending").json
    none = sh("export", "-o", "a.csv", "--json", "--created-from", "2199-01-01").json
    assert 0 < cancelled < everything
    assert 0 < paid["orders"] < everything
    assert none["orders"] == 0


def test_export_without_orders_is_a_sheet_with_a_header(sh: Shell) -> None:
    for name in ("none.csv", "none.xlsx", "none.parquet"):
        assert sh("export", "-o", name, "--created-from", "2199-01-01").code == 0
        assert sh("check", name).code == 4, "an empty sheet is a problem to plan, not to export"


def test_a_filter_that_finds_nothing_says_so(sh: Shell) -> None:
    ran = sh("export", "-o", "none.csv", "--created-from", "2199-01-01")
    assert "No order fits" in ran.err
    assert "bulk-orders plan" not in ran.err
    assert sh("export", "-o", "a.csv", "--created-from", "2026-02-02", "--created-to", "2026-01-01").code == 2


def test_an_unknown_column_is_refused_before_anybody_is_asked(sh: Shell) -> None:
    ran = sh("export", "-o", "a.csv", "--columns", "Note,Foo")
    assert ran.code == 2
    assert "'Foo'" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [("-o", "orders.csv"), ("--html", "orders.csv"), ("-o", "my.txt"), ("--html", "my.txt"), ("-o", "no/x.plan")],
)
def test_plan_overwrites_nothing_but_plans_and_reports(own: Shell, arguments: tuple[str, str]) -> None:
    assert own("export", "-o", "orders.csv").code == 0
    Path("my.txt").write_text("mine", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in Path().iterdir() if path.is_file()}
    ran = own("plan", "orders.csv", *arguments)
    assert ran.code == 2
    assert {path.name: path.read_bytes() for path in Path().iterdir() if path.is_file()} == before
    assert own("plan", "orders.csv").code == 0
    assert own("plan", "orders.csv").code == 0, "an older plan and its report are replaced"


def test_the_plan_of_a_finished_run_is_no_dry_run_any_more(own: Shell) -> None:
    _edited(own, final=False)
    assert "dry run: nothing has been sent" in own("show", "orders.plan").out
    assert own("apply", "orders.plan", "--yes").code == 0
    shown = own("show", "orders.plan").out
    assert "dry run" not in shown
    assert "is finished: 1 applied." in shown
    assert "bulk-orders apply" not in shown


def test_only_the_plan_that_was_approved_is_applied(own: Shell) -> None:
    _edited(own)
    page = (own.folder / "orders.plan.html").read_text(encoding="utf-8")
    digest = json.loads((own.folder / "orders.plan").read_text())["digest"].removeprefix("sha256:")
    assert f"bulk-orders apply orders.plan --confirm devstore --plan-digest {digest[:12]}" in page
    asked = len(own.store.requests)
    ran = own("apply", "orders.plan", "--confirm", "devstore", "--plan-digest", "0123456789ab", "--json")
    assert (ran.code, ran.json["error"]["code"], ran.json["error"]["sent"]) == (5, "plan_not_approved", False)
    assert digest[:12] in ran.json["error"]["what"]
    for slip in ("", digest[:7], "sha256:", "orders.plan", f"{digest}0"):
        assert own("apply", "orders.plan", "--confirm", "devstore", "--plan-digest", slip).code == 2, slip
    assert len(own.store.requests) == asked, "nobody was asked for anything"
    for whole in (f"sha256:{digest}", digest[:8].upper()):
        ran = own("apply", "orders.plan", "--confirm", "devstore", "--plan-digest", whole)
        assert ran.code in (0, 5)
        assert "is not the plan that was approved" not in ran.err
    assert own("status", "orders.plan", "--json").json["outcomes"]["applied"] == 2


def test_a_run_leaves_a_report_beside_the_results_and_another_plans_is_kept(own: Shell) -> None:
    _edited(own)
    ran = own("apply", "orders.plan", "--confirm", "devstore")
    report = own.folder / "orders.results.html"
    assert f"To look at: {report}" in ran.out
    first = report.read_text(encoding="utf-8")
    assert "2 changes: 2 applied." in first
    assert report.stat().st_mode & 0o077 == 0, "customers' data is for its owner"
    _edited(own, final=False)
    events = own("apply", "orders.plan", "--yes", "--json").events
    assert events[-1]["report"] == str(report)
    assert "1 change: 1 applied." in report.read_text(encoding="utf-8")
    (kept,) = own.folder.glob("orders.results-*.html")
    assert kept.read_text(encoding="utf-8") == first
    own("verify", "orders.plan", "--settle")
    assert "1 change: 1 applied." in report.read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_fails_no_run(own: Shell) -> None:
    _edited(own, final=False)
    (own.folder / "orders.results.html").mkdir()
    ran = own("apply", "orders.plan", "--yes")
    assert ran.code == 0
    assert "The report orders.results.html could not be written" in " ".join(ran.out.split())


def test_status_says_why_shopify_refused(own: Shell) -> None:
    _edited(own)
    own.store.settings.cancel_fate = lambda order: CancelFate("Inventory cannot be restocked.", when="start")
    assert own("apply", "orders.plan", "--confirm", "devstore").code == 3
    assert "Inventory cannot be restocked." in own("status", "orders.plan", "--json").json["last_error"]
    assert "Inventory cannot be restocked." in own("status", "orders.plan").out


def test_verify_reads_again_and_takes_a_word(own: Shell) -> None:
    _edited(own)
    assert own("verify", "orders.plan").code == 2
    own("apply", "orders.plan", "--confirm", "devstore")
    same = own("verify", "orders.plan")
    assert (same.code, "each is as reported" in same.out) == (0, True)
    told = own("verify", "orders.plan", "--json").json
    assert (told["differences"], told["unknown"], told["outcomes"]["left"]) == ([], [], 0)
    assert own("verify", "orders.plan", "--accept", "#1=done").code == 2
    change = json.loads((own.folder / "orders.plan").read_text())["changes"][0]
    refused = own("verify", "orders.plan", "--accept", f"{change['name']}=applied", "--json")
    assert (refused.code, refused.json["error"]["sent"]) == (2, False)


def test_a_failing_apply_is_one_line_of_json(own: Shell) -> None:
    _edited(own)
    (said,) = own("apply", "orders.plan", "--yes", "--json").events
    assert said["error"]["code"] == "usage"


def test_wrong_usage_is_told_like_every_other_error(sh: Shell) -> None:
    ran = sh("plan", "--nonsense")
    assert ran.code == 2
    assert ran.err.startswith("✗ No such option")
    assert "Fix: See: bulk-orders plan --help" in ran.err
    assert "Nothing was sent to Shopify." in ran.err


def test_a_plan_has_every_promised_key(own: Shell) -> None:
    _edited(own)
    shown, text = own("show", "orders.plan", "--json").json, Path("orders.plan").read_text(encoding="utf-8")
    kept = json.loads(text)
    assert kept.pop("sheet_rows"), "whole rows are for the results sheet"
    assert kept.pop("sheet_columns")
    assert shown == kept, "the file is what is shown, but for whole rows"
    assert shown["format_version"] == "1.0"
    assert shown["shop"] == "devstore.myshopify.com"
    assert shown["sheet"]["base"].startswith("x-")
    assert set(shown["counts"]) == {*STEPS, "blocked"}
    assert (shown["counts"]["archive"], shown["counts"]["cancel"], shown["counts"]["delete"]) == (1, 1, 0)
    assert sum(shown["rows"].values()) == shown["sheet"]["rows"]
    assert set(shown["totals"]) >= {"refunds", "emails", "points", "seconds"}
    assert shown["totals"]["points"] == 20
    for change in shown["changes"]:
        assert set(change) >= {"id", "order", "name", "row", "action", "reversible", "before", "after", "warnings"}
        assert change["order"].startswith("gid://shopify/Order/")


def test_plan_json_is_one_document(own: Shell) -> None:
    _edited(own)
    ran = own("plan", "orders.csv", "--json")
    assert ran.code == 0
    assert len(ran.json["changes"]) == 2


def test_detailed_exit_codes(own: Shell) -> None:
    _edited(own)
    assert own("plan", "orders.csv", "--detailed-exitcode").code == 6
    own("export", "-o", "fresh.csv")
    assert own("plan", "fresh.csv", "--detailed-exitcode").code == 0


def test_a_plan_with_nothing_to_do_is_written_too(sh: Shell) -> None:
    sh("export", "-o", "orders.csv")
    ran = sh("plan", "orders.csv")
    assert ran.code == 0
    assert "No changes: " in ran.out
    assert Path("orders.plan").exists()
    assert "Nothing to do" in Path("orders.plan.html").read_text(encoding="utf-8")
    assert sh("apply", "orders.plan").code == 0


def test_plan_writes_where_it_is_told(sh: Shell) -> None:
    sheet = sh.write("orders.csv", "Name,Action\n#999999,archive\n")
    assert sh("plan", sheet, "-o", "other.plan", "--html", "report.html").code == 0
    assert {p.name for p in Path().iterdir() if p.is_file()} == {"orders.csv", "other.plan", "report.html"}
    assert Path("other.plan").stat().st_mode & 0o777 == 0o600


def test_the_whole_corridor(own: Shell) -> None:
    names = _edited(own)
    assert own("status", "orders.plan", "--json").json["state"] == "pending"
    ran = own("apply", "orders.plan", "--confirm", "devstore")
    assert ran.code == 0
    assert "2 applied." in ran.out
    status = own("status", "orders.plan", "--json").json
    assert (status["state"], status["outcomes"]["applied"], status["outcomes"]["left"]) == ("finished", 2, 0)
    assert sum(n for name, n in status["outcomes"].items() if name != "left") == 2
    assert {row["Name"] for row in results(Path("orders.results.csv"))} == set(names)
    before = own.mutations()
    second = own("apply", "orders.plan", "--confirm", "devstore")
    assert second.code == 5
    assert own.mutations() == before == 2


def test_apply_as_json_is_one_event_a_line(own: Shell) -> None:
    _edited(own)
    events = own("apply", "orders.plan", "--confirm", "devstore", "--json").events
    assert events[0]["type"] == "started"
    assert all("at" in event for event in events)
    summary = events[-1]
    assert summary["type"] == "summary"
    assert summary["outcomes"] == {
        "applied": 2,
        "already": 0,
        "drifted": 0,
        "refused": 0,
        "not_attempted": 0,
        "unknown": 0,
    }


@pytest.mark.parametrize(
    ("final", "flags", "code", "says"),
    [
        (True, [], 2, "--confirm devstore"),
        (True, ["--yes"], 2, "--confirm devstore"),
        (True, ["--confirm", "wrong"], 2, "--confirm devstore"),
        (False, [], 2, "--yes"),
        (False, ["--confirm", "wrong"], 2, "--confirm devstore"),
        (False, ["--yes"], 0, ""),
        (False, ["--confirm", "devstore"], 0, ""),
        (True, ["--confirm", "devstore", "--yes"], 0, ""),
    ],
)
def test_what_has_to_be_confirmed(own: Shell, final: bool, flags: list[str], code: int, says: str) -> None:
    _edited(own, final=final)
    ran = own("apply", "orders.plan", *flags)
    assert ran.code == code
    assert says in ran.err
    assert (own.mutations() == 0) is (code == 2)


@pytest.mark.parametrize(
    ("final", "answer", "code"),
    [(False, "y\n", 0), (False, "\n", 1), (True, "devstore\n", 0), (True, "y\n", 1), (True, "", 1)],
)
def test_on_a_terminal_it_asks(
    own: Shell,
    monkeypatch: pytest.MonkeyPatch,
    final: bool,
    answer: str,
    code: int,
) -> None:
    import io

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    _edited(own, final=final)
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    monkeypatch.setattr("sys.stderr", Terminal())
    monkeypatch.setenv("TERM", "dumb")
    ran = own("apply", "orders.plan")
    assert ran.code == code
    assert (own.mutations() == 0) is (code == 1)


def test_the_plans_own_shop_is_taken_when_none_is_set(own: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    _edited(own, final=False)
    monkeypatch.delenv("SHOPIFY_SHOP")
    assert own("apply", "orders.plan", "--yes").code == 0


def test_a_sheet_that_changed_since_the_plan_is_said(own: Shell) -> None:
    _edited(own, final=False)
    Path("orders.csv").write_text("gone", encoding="utf-8")
    ran = own("apply", "orders.plan", "--yes")
    assert ran.code == 0
    assert "was changed after the plan was made" in ran.err


def test_doctor_finds_everything_in_place(sh: Shell) -> None:
    ran = sh("doctor")
    assert ran.code == 0, ran.out
    assert "✓ shop: devstore.myshopify.com answers through API 2026-10" in ran.out
    told = sh("doctor", "--json").json
    assert told["ok"] is True


def test_doctor_names_missing_scopes(own: Shell) -> None:
    own.store.settings.scopes = ("read_orders",)
    ran = own("doctor")
    assert ran.code == 1
    assert "✗ cancel, archive, unarchive, tags, update, delete, mark as paid, capture, refund:" in ran.out
    assert "The app lacks write_orders." in " ".join(ran.out.split())
    assert "! read_all_orders: Not granted" in ran.out


def test_an_export_does_without_what_the_token_may_not_read(own: Shell) -> None:
    own.store.settings.scopes = ("read_orders", "read_all_orders")
    ran = own("export", "-o", "orders.csv")
    assert ran.code == 0, ran.err
    assert "left out, because the token may not read them: Customer: ID" in ran.err
    header = Path("orders.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert "Customer: ID" not in header
    assert own("plan", "orders.csv").code == 0


def test_apply_takes_the_share_and_the_transport_it_is_told(own: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from bulk_orders.flows.begin_run import begin_run

    _edited(own)
    told: list[tuple[float, str]] = []

    def heard(found: Any, settings: Any, *more: Any) -> Any:
        told.append((settings.share, settings.transport))
        return begin_run(found, settings, *more)

    monkeypatch.setattr("bulk_orders.cli.apply_command.begin_run", heard)
    own("apply", "orders.plan", "--confirm", "devstore", "--share", "0.4", "--transport", "single")
    own("apply", "orders.plan", "--confirm", "devstore")
    assert told == [(0.4, "single"), (1.0, "auto")]
    assert own("apply", "orders.plan", "--share", "1.2").code == 2


def test_a_second_apply_at_the_same_time_is_turned_away(own: Shell) -> None:
    from bulk_orders.storage.lock import ShopLock

    _edited(own)
    script = (
        "import sys\nfrom pathlib import Path\nfrom bulk_orders.storage.lock import ShopLock\n"
        "with ShopLock(Path(sys.argv[1]), 'devstore.myshopify.com'):\n    print(flush=True)\n    sys.stdin.read()\n"
    )
    home = os.environ["BULK_ORDERS_HOME"]
    with subprocess.Popen(
        [sys.executable, "-c", script, home], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        ran = own("apply", "orders.plan", "--confirm", "devstore")
        assert ran.code == 5
        assert f"process {holder.pid}" in ran.err
        assert own("status", "orders.plan").code == 0
        assert own.mutations() == 0
        holder.kill()
    with ShopLock(Path(home), "devstore.myshopify.com"):
        pass


def test_no_token_is_written_anywhere(own: Shell) -> None:
    _edited(own)
    ran = own("apply", "orders.plan", "--confirm", "devstore", "-vv")
    assert ran.code == 0
    assert "orderCancel: 200 in" in ran.err
    assert TOKEN not in ran.out + ran.err
    for path in own.folder.rglob("*"):
        if path.is_file():
            assert TOKEN.encode() not in path.read_bytes(), path


def test_signed_urls_are_written_nowhere(own: Shell) -> None:
    ran = own("export", "-o", "orders.csv", "-vv")
    assert ran.code == 0
    assert "Signature" not in ran.out + ran.err
    for path in own.folder.rglob("*"):
        if path.is_file():
            assert b"Signature=" not in path.read_bytes(), path
    assert own.store.leaks == [], "the token goes to the shop alone"


def test_folders_and_files_are_private(own: Shell) -> None:
    _edited(own)
    own("apply", "orders.plan", "--confirm", "devstore")
    home = Path(os.environ["BULK_ORDERS_HOME"])
    for path in (home, *home.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path
    for name in ("orders.csv", "orders.plan", "orders.plan.html", "orders.results.csv"):
        assert Path(name).stat().st_mode & 0o777 == 0o600 or name == "orders.csv"


@pytest.mark.parametrize(
    "command", ["demo", "devstore", "doctor", "export", "check", "plan", "show", "apply", "status"]
)
def test_every_command_explains_itself(sh: Shell, command: str) -> None:
    ran = sh(command, "--help")
    assert ran.code == 0
    assert len(ran.out) > 200


def test_refund_totals_are_those_of_the_orders(own: Shell) -> None:
    own("export", "-o", "orders.csv")
    orders = own.world.some(open_paid, 3)
    own.world.edit({o.name: {"Action": "cancel", "Cancel: Refund": "TRUE"} for o in orders})
    told = own("plan", "orders.csv", "--json").json
    (refund,) = told["totals"]["refunds"]
    assert refund["currency"] == "EUR"
    assert float(refund["amount"]) == pytest.approx(sum(float(c["refund"]["amount"]) for c in told["changes"]))
    assert own("apply", "orders.plan", "--confirm", "devstore").code == 0
    given = sum(
        float(e.detail["amount"]) for e in own.store.effects if e.kind == "refund" and e.detail["by"] != "people"
    )
    assert given == pytest.approx(float(refund["amount"]))


def test_over_a_limit_is_exit_5_with_what_lifts_it(own: Shell) -> None:
    _edited(own)
    Path("bulk_orders.toml").write_text("[limits]\nirreversible = 0\n", encoding="utf-8")
    ran = own("plan", "orders.csv")
    assert ran.code == 5
    assert "Plan for devstore.myshopify.com" in ran.out, "the plan is shown all the same"
    assert "--max-irreversible 1 lifts it" in " ".join(ran.err.split())
    told = own("plan", "orders.csv", "--json")
    assert (told.code, told.json["error"]["code"]) == (5, "over_limit")
    assert own("apply", "orders.plan", "--confirm", "devstore").code == 5
    assert own("plan", "orders.csv", "--max-irreversible", "1").code == 0
    assert own("apply", "orders.plan", "--confirm", "devstore", "--max-irreversible", "1").code == 0


def test_a_misspelt_limit_is_an_error(own: Shell) -> None:
    Path("bulk_orders.toml").write_text("[limits]\nirreversibel = 1\n", encoding="utf-8")
    ran = own("plan", "orders.csv")
    assert ran.code == 2
    assert "limits.irreversible" in ran.err


def test_undo_is_a_plan_beside_its_plan(own: Shell) -> None:
    names = _edited(own)
    assert own("apply", "orders.plan", "--confirm", "devstore").code == 0
    ran = own("undo", "orders.plan")
    assert ran.code == 0
    assert "Undo for devstore.myshopify.com" in ran.out
    assert "Cannot be taken back: 1" in ran.out
    assert "bulk-orders apply orders.undo.plan" in ran.out
    assert Path("orders.undo.plan.html").exists()
    told = own("undo", "orders.plan", "--json", "-o", "other.plan").json
    assert (told["counts"]["unarchive"], told["counts"]["blocked"]) == (1, 1)
    assert sum(told["rows"].values()) == told["sheet"]["rows"]
    assert own("apply", "orders.undo.plan", "--yes").code == 0
    assert own.store.order(names[0]).closed_at is None


def test_a_second_undo_says_what_was_undone_and_leaves_the_first_one_its_file(own: Shell) -> None:
    order = next(order for order in own.store.orders.values() if order.cancelled_at is None)
    own.write("orders.csv", f"ID,Note\n{order.id},ours\n")
    own("plan", "orders.csv")
    assert own("apply", "orders.plan", "--yes").code == 0
    own("undo", "orders.plan")
    first = Path("orders.undo.plan").read_bytes()
    assert own("apply", "orders.undo.plan", "--yes").code == 0
    ran = own("undo", "orders.plan")
    assert ran.code == 0
    assert "Undone already: 1" in ran.out
    assert "Undone by orders.undo.plan (" in " ".join(ran.out.split())
    assert Path("orders.undo.plan").read_bytes() == first
    assert Path("orders.undo2.plan").exists()
    told = own("undo", "orders.plan", "--json").json
    assert [set(back) for back in told["back"]] == [{"change", "order", "name", "row", "action", "how", "plan"}]
    assert (told["changes"], told["blocked"]) == ([], [])
    ran = own("apply", "orders.plan", "--yes")
    assert (ran.code, "taken back by orders.undo.plan" in " ".join(ran.err.split())) == (5, True)
    assert "Undone by orders.undo.plan" in " ".join(own("status", "orders.plan").out.split())
    assert "1 change: Undone by" in own("verify", "orders.plan").out
    assert "Taken back by orders.undo.plan" in own("runs").out


def test_nothing_to_undo_is_wrong_usage(own: Shell) -> None:
    _edited(own)
    ran = own("undo", "orders.plan")
    assert ran.code == 2
    assert "was not applied from here" in ran.err


def test_columns_tells_what_they_mean(sh: Shell) -> None:
    ran = sh("columns")
    assert ran.code == 0
    assert "Cancel: Refund" in ran.out
    assert all(len(line) <= 88 for line in ran.out.splitlines())
    told = sh("columns", "tracking number", "--json").json["columns"]
    assert [entry["header"] for entry in told] == ["Fulfillment: Tracking Number"]
    assert set(told[0]) >= {"meaning", "editable", "values", "example"}
    assert all(entry["editable"] for entry in sh("columns", "--editable", "--json").json["columns"])
    assert sh("columns", "Traking").code == 2


def test_check_says_which_kind_of_sheet_it_took_it_for(sh: Shell) -> None:
    sheet = sh.write("orders.csv", "Name;Archived\n#1001;YES\n")
    assert "Taken for a StoreRobo sheet: It has StoreRobo's column Archived." in sh("check", sheet).err
    told = sh("check", sheet, "--json").json
    assert (told["taken_for"], told["problems"]) == ("a StoreRobo sheet", [])


def test_a_sheet_is_read_as_a_person_says(sh: Shell) -> None:
    (sh.folder / "odd.csv").write_bytes("ID,Note\n1,détail\n".encode("mac-roman"))
    assert "'dŽtail'" in sh("check", "odd.csv").err
    assert "Western" not in sh("check", "odd.csv", "--encoding", "mac-roman").err
    assert sh("check", "odd.csv", "--encoding", "klingon").code == 2
    assert sh("check", "odd.csv", "--locale", "es").code == 2
    sheet = sh.write(
        "credit.csv", "ID,Action,Cancel: Refund,Cancel: Store Credit Expires At\n1,cancel,store credit,03/04/2026\n"
    )
    refused = sh("check", sheet)
    assert refused.code == 4
    assert "--date-format" in refused.err
    assert sh("check", sheet, "--date-format", "dmy").code == 0


def test_customers_requests_are_settings_of_the_shop(sh: Shell) -> None:
    sh.write("bulk_orders.toml", '[requests]\norder = "Order"\nemail = "Mail"\ntime = "When"\nwindow_hours = 2\n')
    answers = sh.write("answers.csv", "When,Mail,Order,Extra\n2026-01-31 10:00,a@example.com,#1001,x\n")
    ran = sh("check", answers)
    assert ran.code == 0
    assert "Taken for a form's cancellation requests" in ran.err
    assert "Not used for requests: the columns 'Extra'" in ran.err


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ('[requests]\norder = "a"', "lacks email"),
        ('[requests]\norder = "a"\nemail = "b"\ntime = "c"\ndate_format = "ydm"', "date_format"),
        ('[requests]\norder = "a"\nemail = "b"\ntime = "c"\ntimezone = "Mars"', "no time zone"),
        ('[requests]\norder = "a"\nemail = "b"\ntime = "c"\nreasons = {x = "bored"}', "no reason"),
        ('[requests]\norder = "a"\nemail = "b"\ntime = "c"\nwindow_hours = 0', "more than 0"),
        ('[requests]\nordre = "a"', "Did you mean requests.order?"),
    ],
)
def test_settings_of_requests_are_checked(sh: Shell, toml: str, says: str) -> None:
    sh.write("bulk_orders.toml", toml)
    ran = sh("check", sh.write("orders.csv", "ID,Action\n1,archive\n"))
    assert ran.code == 2
    assert says in " ".join(ran.err.split())


def test_an_export_for_french_spreadsheets(sh: Shell) -> None:
    assert sh("export", "-o", "fr.csv", "--locale", "fr").code == 0
    assert (sh.folder / "fr.csv").read_bytes().startswith(b"\xef\xbb\xbfID;Name;")
    assert sh("plan", "fr.csv", "--json").json["changes"] == []


def test_deleting_asks_once_more_on_a_terminal(own: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from stories import deletable

    (order,) = own.world.some(deletable, 1)
    Path("gone.csv").write_text(f"ID,Command\n{order.id},DELETE\n", encoding="utf-8")
    assert own("plan", "gone.csv").code == 0

    def answering(text: str) -> None:
        answers = io.StringIO(text)
        answers.isatty = lambda: True  # type: ignore[method-assign]
        monkeypatch.setattr("sys.stdin", answers)
        monkeypatch.setattr("bulk_orders.cli.apply_command.sys.stderr.isatty", lambda: True)

    answering("devstore\nyes\n")
    ran = own("apply", "gone.plan")
    assert (ran.code, order.id in own.store.orders) == (1, True)
    assert "type 'delete 1'" in ran.err
    answering("devstore\ndelete 1\n")
    ran = own("apply", "gone.plan")
    assert (ran.code, order.id in own.store.orders) == (0, False)
    assert "Backups of the deleted orders are in" in " ".join((ran.out + ran.err).split())


def test_what_is_unknown_names_the_commands_that_end_it(own: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Apply and status print them; copied as they stand, they do it."""
    monkeypatch.setenv("BULK_ORDERS_SETTLE_SECONDS", "0.2")
    monkeypatch.setenv("BULK_ORDERS_JOB_DEADLINE_SECONDS", "0.5")
    assert own("export", "-o", "my orders.csv").code == 0
    paid = own.world.some(open_paid, 1)[0].name
    own.world.edit({paid: {"Action": "cancel", "Cancel: Refund": "TRUE"}}, "my orders.csv")
    assert own("plan", "my orders.csv").code == 0
    own.store.faults = Script(Rule("500", roots=("orderCancel",)))
    applied = own("apply", "my orders.plan", "--confirm", "devstore")
    assert applied.code == 7
    own.store.faults = Faults()
    for told in (applied.out, own("status", "my orders.plan").out):
        settle, accept = (shlex.split(line) for line in told.splitlines() if "bulk-orders verify" in line)
        assert settle == ["bulk-orders", "verify", "my orders.plan", "--settle"]
        assert accept == ["bulk-orders", "verify", "my orders.plan", "--accept", f"{paid}=applied"]
    assert own(*settle[1:]).code == 7
    sent = own.mutations()
    assert own(*accept[1:]).code == 3, "taken at a person's word, which the order itself does not show"
    assert own.mutations() == sent
    assert "bulk-orders verify" not in own("status", "my orders.plan").out


def test_check_says_what_plan_would_refuse(own: Shell) -> None:
    """A command dragged down over nearly all of an export: offline already, with the numbers and what lifts it."""
    import polars as pl

    assert own("export", "-o", "orders.csv", "--rows", "orders").code == 0
    frame = pl.read_csv("orders.csv", infer_schema=False)
    dragged = pl.when(pl.int_range(pl.len()) == 3).then(None).otherwise(pl.lit("cancel"))
    frame.with_columns(dragged.alias("Action"), pl.lit("TRUE").alias("Cancel: Refund")).filter(
        pl.col("Action").is_not_null()
    ).vstack(frame.slice(3, 1)).write_csv("orders.csv", include_bom=True)
    ran = own("check", "orders.csv")
    assert ran.code == 0
    assert "119 of the 120 orders of the sheet ask for cancel" in " ".join(ran.out.split())
    assert "plan refuses it as it is" in ran.out
    assert all(len(line) <= 88 for line in ran.out.splitlines())
    assert "✓" not in ran.out
    assert "--allow-fill-down" in ran.out
    assert len(own("check", "orders.csv", "--json").json["plan_refuses"]) == 1
    refused = own("plan", "orders.csv")
    assert refused.code == 5
    assert "119 of the 120 orders of the sheet ask for cancel" in " ".join(refused.err.split())
    assert "Not to be applied as it is: over 1 limit." in refused.out
    assert "To do exactly this" not in refused.out
    report = Path("orders.plan.html").read_text(encoding="utf-8")
    assert "Not to be applied as it is" in report
    assert 'id="command"' not in report
    assert own("plan", "orders.csv", "--allow-fill-down").code == 0
    Path("bulk_orders.toml").write_text("[limits]\nallow_fill_down = true\n", encoding="utf-8")
    assert "✓ orders.csv" in own("check", "orders.csv").out
    assert own("plan", "orders.csv").code == 0
    assert own.mutations() == 0


def test_check_says_in_which_money_an_amount_is(sh: Shell) -> None:
    sheet = sh.write("back.csv", "Name,Action,Refund: Amount\n#1001,refund,5\n#1002,refund,5 USD\n#1003,refund,all\n")
    (notice,) = sh("check", sheet, "--json").json["notices"]
    assert "an amount of the shop's own" in notice["what"]
    assert notice["rows"] == [2]
