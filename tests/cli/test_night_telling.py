"""Who is told of a night: on loopback, with secrets in the URLs that must stand nowhere afterwards."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cli.conftest import Shell
from world import open_paid, shipped

from bulk_orders.errors import ShopLocked, StorageError
from bulk_orders.flows import reconcile

SECRET = "s3cret-path-of-the-hook"
POLICY = """
[actions]
archive = "do"
cancel = "do"
[notify]
urls_env = "NIGHT_URLS"
when = "changes"
[heartbeat]
url_file = "heartbeat.url"
[metrics]
textfile = "night.prom"
"""


@dataclass
class Ear:
    """A server on loopback that hears everything."""

    url: str
    heard: list[tuple[str, str, str]] = field(default_factory=list)
    answer: int = 200

    def of(self, method: str) -> list[tuple[str, str, str]]:
        return [each for each in self.heard if each[0] == method]


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear("")

    class Handler(BaseHTTPRequestHandler):
        def _hear(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            made.heard.append((self.command, self.path, body))
            self.send_response(made.answer)
            self.send_header("content-length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self._hear()

        def do_POST(self) -> None:
            self._hear()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    made.url = f"127.0.0.1:{server.server_address[1]}/{SECRET}"
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def told(own: Shell, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("NIGHT_URLS", f"json://{ear.url}")
    own.write("heartbeat.url", f"http://{ear.url}\n")
    (own.folder / "heartbeat.url").chmod(0o600)
    own.write("policy.toml", POLICY)
    own.write("orders.csv", "ID,Action,Cancel: Refund\n" + f"{own.world.some(shipped, 1)[0].id},archive,\n")
    return own


def night(sh: Shell, *more: str) -> str:
    done = sh("reconcile", "orders.csv", "--policy", "policy.toml", *more)
    return done.out + done.err


def figures(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^(\w+\{.*?\}) (.*)$", path.read_text(), re.MULTILINE))


def test_a_night_is_told_in_counts_with_its_reports_path_and_nothing_of_any_order(told: Shell, ear: Ear) -> None:
    order = told.world.some(open_paid, 1)[0]
    with (told.folder / "orders.csv").open("a") as file:
        file.write(f"{order.id},cancel,TRUE\n")
    out = night(told)
    ((_, _, body),) = ear.of("POST")
    message = json.loads(body)
    assert message["title"] == "bulk-orders: 2 applied at devstore.myshopify.com"
    assert "report.html" in message["message"]
    assert "refunded: " in message["message"]
    for secret in (order.name, order.id, order.id.rsplit("/", 1)[1], order.email or "@"):
        assert secret not in body
    assert [method for method, _, _ in ear.heard] == ["POST", "GET"]
    assert SECRET not in out


def test_a_quiet_night_sends_no_message_but_its_heartbeat(told: Shell, ear: Ear) -> None:
    night(told)
    ear.heard.clear()
    night(told)
    assert [method for method, _, _ in ear.heard] == ["GET"]


def test_a_night_that_fails_sends_no_heartbeat_and_says_what_kind_of_thing_went_wrong(
    told: Shell, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPIFY_ACCESS_TOKEN", "revoked-long-ago")
    night(told)
    ((_, _, body),) = ear.heard
    assert json.loads(body)["type"] == "failure"
    assert "went wrong: access_denied (exit 1)" in body
    assert "nothing" not in json.loads(body)["title"]
    assert "did not come to its end at" in json.loads(body)["title"]
    assert "revoked-long-ago" not in body


def test_no_secret_of_a_url_stands_anywhere_also_when_it_fails(
    told: Shell, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear.answer = 500
    monkeypatch.setattr(logging.getLogger("bulk_orders"), "handlers", [])
    out = night(told, "-vv")
    assert "Note: The notification could not be sent" in out
    assert "Note: The heartbeat was answered with 500." in out
    assert "1 applied" in out
    assert SECRET not in out
    for path in told.folder.rglob("*"):
        if path.is_file() and path.name != "heartbeat.url":
            assert SECRET.encode() not in path.read_bytes(), path


def test_nobody_answers_and_the_night_is_as_good_as_ever(told: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHT_URLS", f"json://127.0.0.1:1/{SECRET}")
    told.write("heartbeat.url", f"http://127.0.0.1:1/{SECRET}")
    done = told("reconcile", "orders.csv", "--policy", "policy.toml")
    assert done.code == 0
    assert "The heartbeat did not get through (ConnectError)." in done.err
    assert SECRET not in done.err


def test_the_textfile_has_the_last_success_the_outcomes_and_what_was_refunded(
    told: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = told.world.some(open_paid, 1)[0]
    with (told.folder / "orders.csv").open("a") as file:
        file.write(f"{order.id},cancel,TRUE\n")
    night(told)
    path = told.folder / "night.prom"
    first = figures(path)
    shop = '{shop="devstore.myshopify.com"}'
    assert first['bulk_orders_last_run_changes{shop="devstore.myshopify.com",outcome="applied"}'] == "2"
    refunds = {name: value for name, value in first.items() if "refunds" in name}
    assert float(next(iter(refunds.values()))) > 0
    assert first[f"bulk_orders_last_run_unknown{shop}"] == "0"
    assert first[f"bulk_orders_last_run_exit_code{shop}"] == "0"
    assert path.stat().st_mode & 0o777 == 0o644
    good = first[f"bulk_orders_last_success_timestamp_seconds{shop}"]
    monkeypatch.setenv("SHOPIFY_ACCESS_TOKEN", "revoked-long-ago")
    night(told)
    later = figures(path)
    assert later[f"bulk_orders_last_run_exit_code{shop}"] == "1"
    assert later[f"bulk_orders_last_success_timestamp_seconds{shop}"] == good
    lines = path.read_text().splitlines()
    assert all(line.startswith("# ") or re.fullmatch(r"\w+\{[^}]*\} [0-9.]+", line) for line in lines)
    assert len([line for line in lines if line.startswith("# TYPE")]) == len(
        {line.split()[2] for line in lines if "# TYPE" in line}
    )


def test_a_dry_run_is_told_to_nobody(told: Shell, ear: Ear) -> None:
    night(told, "--dry-run")
    assert ear.heard == []
    assert not (told.folder / "night.prom").exists()


def test_a_dry_run_that_fails_is_told_to_nobody_either(told: Shell, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPIFY_ACCESS_TOKEN", "revoked-long-ago")
    assert told("reconcile", "orders.csv", "--policy", "policy.toml", "--dry-run").code == 1
    assert ear.heard == []
    assert not (told.folder / "night.prom").exists()


def test_a_night_that_cannot_even_make_its_folder_is_told(
    told: Shell, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageError("No space is left on the device.")

    monkeypatch.setattr(reconcile, "new_folder", full)
    assert told("reconcile", "orders.csv", "--policy", "policy.toml").code == 1
    ((method, _, body),) = ear.heard
    assert method == "POST"
    assert json.loads(body)["title"] == "bulk-orders: 1 shop needs a look"
    assert "no night (storage)" in json.loads(body)["message"]
    ear.heard.clear()

    def busy(*_: object) -> None:
        raise ShopLocked("Another night is at work.")

    monkeypatch.setattr(reconcile, "new_folder", busy)  # which tells of itself
    assert told("reconcile", "orders.csv", "--policy", "policy.toml").code == 5
    assert ear.heard == []


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        ("unset", "names NIGHT_URLS, which is not set"),
        ("nonsense", "URL 1 of [notify] is none that apprise understands"),
        ("open", "can be read by others"),
        ("gone", "cannot be read"),
        ("plain", "The heartbeat's URL is no https URL"),
    ],
)
def test_who_cannot_be_told_is_wrong_usage_before_anything_begins(
    told: Shell, monkeypatch: pytest.MonkeyPatch, break_it: str, says: str
) -> None:
    heartbeat = told.folder / "heartbeat.url"
    if break_it == "unset":
        monkeypatch.delenv("NIGHT_URLS")
    elif break_it == "nonsense":
        monkeypatch.setenv("NIGHT_URLS", f"nobody://{SECRET}")
    elif break_it == "open":
        heartbeat.chmod(0o644)
    elif break_it == "gone":
        heartbeat.unlink()
    else:
        heartbeat.write_text(f"http://example.com/{SECRET}")
    done = told("reconcile", "orders.csv", "--policy", "policy.toml")
    assert done.code == 2
    assert says in " ".join(done.err.split())
    assert SECRET not in done.err
    assert told.mutations() == 0
    assert not (told.folder / "state" / "nights").exists()
