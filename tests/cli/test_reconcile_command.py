"""`bulk-orders reconcile` as cron runs it: no terminal, an empty environment, exit codes, one line or one document."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli.conftest import Shell
from world import shipped

from bulk_orders.devstore import TOKEN
from bulk_orders.storage.nights import night_lock

POLICY = """
[actions]
archive = "do"
"""
RULES = '\n[[rules]]\nname = "done"\ndo = "archive"\nwhen = { fulfillment = "fulfilled", payment = "paid" }\n'


def archive_sheet(sh: Shell, number: int = 2, name: str = "orders.csv") -> str:
    orders = sh.world.some(shipped, number)
    return sh.write(name, "ID,Action\n" + "".join(f"{o.id},archive\n" for o in orders))


def test_a_night_from_the_command_line(own: Shell) -> None:
    archive_sheet(own)
    own.write("policy.toml", POLICY)
    done = own("reconcile", "orders.csv", "--policy", "policy.toml")
    assert done.code == 0
    assert "Night of " in done.out
    assert "2 to archive; 2 applied" in done.out
    again = own("reconcile", "orders.csv", "--policy", "policy.toml", "-q")
    assert (again.code, again.err) == (0, "")
    assert again.out == (
        "Nothing to do at devstore.myshopify.com: 2 rows of orders.csv looked at; the shop is as it should be.\n"
    )
    told = own("runs", "--nights")
    assert told.out.count("devstore.myshopify.com  done") == 2
    assert own("runs", "--nights", "--json").json["nights"][1]["outcomes"]["applied"] == 2
    assert own("runs").out.count("2 applied") == 1


def test_as_json_it_is_one_document(own: Shell) -> None:
    own.write("policy.toml", POLICY + RULES)
    done = own("reconcile", "--policy", "policy.toml", "--json", "-q")
    told = done.json
    assert told["outcomes"]["applied"] > 3
    assert told["parts"][0]["taken"]["done"] > 3
    folder = Path(told["folder"])
    assert json.loads((folder / "night.json").read_text()) == told
    assert (folder / "report.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["orders.csv", "--policy", "nowhere.toml"], "There is no policy file nowhere.toml"),
        (["--policy", "policy.toml"], "There is nothing to reconcile"),
        (["orders-{day}.csv", "--policy", "policy.toml"], "{date:%Y%m%d}"),
        (["orders.csv"], "Missing option '--policy'"),
        (["orders.csv", "--policy", "wrong.toml"], "Did you mean actions.archive?"),
        (["orders.csv", "--policy", "broken.toml"], "cannot be read"),
        (["orders.csv", "--policy", "policy.toml", "--explain", "#1001"], "no rules to explain"),
    ],
)
def test_wrong_usage_exits_2_and_leaves_nothing(sh: Shell, arguments: list[str], says: str) -> None:
    sh.write("policy.toml", POLICY)
    sh.write("wrong.toml", '[actions]\narchve = "do"\n')
    sh.write("broken.toml", "[actions\n")
    done = sh("reconcile", *arguments)
    assert done.code == 2
    assert says in " ".join(done.err.split())
    assert not (sh.folder / "state" / "nights").exists()


def test_why_from_the_command_line(sh: Shell) -> None:
    sh.write("policy.toml", POLICY + RULES)
    order = sh.world.some(shipped, 1)[0]
    done = sh("reconcile", "--policy", "policy.toml", "--explain", order.name)
    assert done.code == 0
    assert f"{order.name}: rule done takes it, to archive; which runs by itself" in done.out
    told = sh("reconcile", "--policy", "policy.toml", "--explain", order.name, "--json").json
    assert told["taken_by"] == "done"
    assert sh("reconcile", "--policy", "policy.toml", "--explain", "#77").code == 2


def test_without_a_terminal_in_an_empty_environment_and_twice_at_once(own: Shell, tmp_path: Path) -> None:
    """As a crontab line has it, two at the same moment: one does it, the other exits 5 or finds nothing."""
    archive_sheet(own)
    own.write("policy.toml", POLICY)
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    environ = {
        "SHOPIFY_SHOP": os.environ["SHOPIFY_SHOP"],
        "BULK_ORDERS_HOME": str(tmp_path / "state"),
        "BULK_ORDERS_FAILPOINTS_LOG": os.environ.get("BULK_ORDERS_FAILPOINTS_LOG", ""),
    }
    words = ["reconcile", "orders.csv", "--policy", "policy.toml", "--token-file", str(token)]
    command = [sys.executable, "-m", "bulk_orders", *words]
    runs = [
        subprocess.Popen(
            command,
            cwd=tmp_path,
            env={name: value for name, value in environ.items() if value},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told = [run.communicate() for run in runs]
    assert sorted(run.returncode for run in runs) in ([0, 5], [0, 0]), told
    assert [e.kind for e in own.world.effects("orderClose")] == ["orderClose"] * 2
    assert not any(TOKEN in text for pair in told for text in pair)


def test_a_night_that_is_turned_away_has_loaded_nothing_heavy_and_asked_nobody(sh: Shell, tmp_path: Path) -> None:
    sh.write("policy.toml", POLICY)
    asked = len(sh.store.requests)
    script = (
        "import sys\nfrom bulk_orders.cli.main import run\n"
        "code = run(['reconcile', 'orders.csv', '--policy', 'policy.toml', '--json'])\n"
        "heavy = {'polars', 'pandera', 'httpx', 'apprise', 'jinja2'} & set(sys.modules)\n"
        "sys.exit(' '.join(sorted(heavy)) or code)\n"
    )
    with night_lock(Path(os.environ["BULK_ORDERS_HOME"]), os.environ["SHOPIFY_SHOP"]):
        done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 5, done.stderr
    error = json.loads(done.stdout)["error"]
    assert (error["code"], error["sent"]) == ("shop_locked", False)
    assert str(os.getpid()) in error["what"]
    assert len(sh.store.requests) == asked
