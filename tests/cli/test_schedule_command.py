"""Schedules: each shipped file passes a real checker of its kind, runs nothing that would fail, and holds no secret."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml
from conftest import ROOT
from cronsim import CronSim

from bulk_orders.cli.main import COMMANDS
from bulk_orders.tokens import too_open

from .conftest import Shell

SHOP = "north-wind.myshopify.com"
SECRET = "shpat_0123456789abcdef0123456789abcdef"
COMMANDS_SHOWN: list[list[str]] = [
    [],
    ["overview", "--query", "tag:'50% off' AND note:\"$HOME; rm -rf\"", "--age", "on_hold=3d"],
    ["export", "-o", "orders.xlsx"],
    ["apply", "orders.plan", "--yes"],
    ["purge", "--older-than", "90d", "--yes"],
]
KINDS = ["systemd", "cron", "kubernetes", "github"]


@pytest.fixture
def desk(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shop that is a real one by its name, with a token in the environment."""
    monkeypatch.setenv("SHOPIFY_SHOP", SHOP)
    monkeypatch.setenv("SHOPIFY_ACCESS_TOKEN", SECRET)
    return sh


def made(desk: Shell, kind: str, words: list[str]) -> dict[str, str]:
    done = desk("schedule", kind, "--json", *(["--", *words] if words else []))
    assert done.code == 0, done.err
    files: dict[str, str] = done.json["files"]
    return files


def written(desk: Shell, kind: str, words: list[str]) -> list[Path]:
    done = desk("schedule", kind, "-o", "files", *(["--", *words] if words else []))
    assert done.code == 0, done.err
    return sorted((desk.folder / "files").iterdir())


@pytest.mark.parametrize("words", COMMANDS_SHOWN, ids=lambda words: words[0] if words else "default")
@pytest.mark.needs("systemd-analyze")
def test_systemd_takes_the_units(desk: Shell, words: list[str]) -> None:
    paths = written(desk, "systemd", words)
    assert [path.suffix for path in paths] == [".service", ".timer"]
    command = ["systemd-analyze", "verify", "--man=no", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.needs("systemd-analyze")
def test_systemd_calls_the_service_well_shut(desk: Shell) -> None:
    service = written(desk, "systemd", [])[0]
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=15", "--no-pager", str(service)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-400:]


@pytest.mark.parametrize("kind", KINDS)
def test_the_steps_say_that_a_night_has_no_environment_of_ones_own(desk: Shell, kind: str) -> None:
    assert "write urls_file, url_file, token_file" in " ".join(desk("schedule", kind).err.split())
    assert "urls_file" not in desk("schedule", kind, "--", "purge", "--yes").err


@pytest.mark.parametrize(("kind", "says"), [("systemd", "ReadWritePaths=FOLDER"), ("kubernetes", "mount its folder")])
def test_the_steps_say_where_a_textfile_can_be_written(desk: Shell, kind: str, says: str) -> None:
    assert says in " ".join(desk("schedule", kind).err.split())
    assert "textfile" not in desk("schedule", kind, "--", "overview").err


@pytest.mark.parametrize("words", COMMANDS_SHOWN, ids=lambda words: words[0] if words else "default")
def test_a_crontab_line_does_what_it_says(desk: Shell, words: list[str], tmp_path: Path) -> None:
    """The moment is read by a cron library; the command is run by the shell that cron uses, with a program of ours."""
    place, tools = tmp_path / "my place", tmp_path / "bin"
    place.mkdir()
    tools.mkdir()
    done = desk(
        "schedule", "cron", "--at", "23:05", "--folder", str(place), "--json", *(["--", *words] if words else [])
    )
    (text,) = done.json["files"].values()
    comment, line = text.rstrip("\n").split("\n")
    assert comment.startswith("# Runs: bulk-orders ")
    minute, hour, *rest, command = line.split(" ", 5)
    assert CronSim(" ".join([minute, hour, *rest]), datetime(2026, 1, 1, tzinfo=UTC)).explain()
    assert (minute, hour) == ("5", "23")
    program = next(word for word in shlex.split(command.replace("\\%", "%")) if word.endswith("bulk-orders"))
    (tools / "bulk-orders").write_text(
        f"#!{sys.executable}\nimport sys, os\nprint([*sys.argv[1:], os.environ['SHOPIFY_SHOP']])\n"
    )
    (tools / "bulk-orders").chmod(0o700)
    shell = command.replace("\\%", "%").replace(program, str(tools / "bulk-orders"))
    assert "%" not in command.replace("\\%", ""), "cron takes a bare % for the end of the line"
    ran = subprocess.run(
        ["/bin/sh", "-c", shell], capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]}
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    (log,) = place.glob("*.log")
    wanted = words or ["reconcile", "--policy", "policy.toml"]
    token = [] if wanted[0] == "purge" else ["--token-file", f"{place}/token"]
    assert log.read_text() == f"{[*wanted, *token, SHOP]}\n"


def test_a_night_that_finds_the_last_one_at_work_exits_5(desk: Shell, tmp_path: Path) -> None:
    done = desk("schedule", "cron", "--folder", str(tmp_path), "--json")
    (text,) = done.json["files"].values()
    command = text.split("\n")[1].split(" ", 5)[5]
    name = next(iter(done.json["files"])).removesuffix(".cron")
    held = ["flock", str(tmp_path / f"{name}.lock"), "/bin/sh", "-c", command]
    assert subprocess.run(held, capture_output=True, check=False).returncode == 5


@pytest.mark.parametrize("words", COMMANDS_SHOWN, ids=lambda words: words[0] if words else "default")
def test_kubernetes_takes_the_manifests(desk: Shell, words: list[str]) -> None:
    (text,) = made(desk, "kubernetes", words).values()
    claim, job = yaml.safe_load_all(text)
    for manifest in (claim, job):
        kubernetes_validate.validate(manifest, "1.31", strict=True)
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    container = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
    assert container["command"][: 1 + len(words)] == ["bulk-orders", *words]
    assert len(job["metadata"]["name"]) <= 52


@pytest.mark.parametrize("words", COMMANDS_SHOWN, ids=lambda words: words[0] if words else "default")
def test_the_actions_linter_takes_the_workflow(desk: Shell, words: list[str]) -> None:
    (path,) = written(desk, "github", words)
    done = _lint(path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("No findings to report")
    (step,) = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]["night"]["steps"]
    assert shlex.split(step["run"].split("\n")[1])[1:][: len(words)] == words


def _lint(path: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("zizmor")
    command = [str(program), "--offline", "--no-progress", "--no-config", "--quiet", "--format=plain", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_linter_would_have_found_something(desk: Shell) -> None:
    (path,) = written(desk, "github", [])
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("run:", 'run: "echo ${{ github.event.issue.title }}" #'), encoding="utf-8")
    assert _lint(path).returncode != 0
    path.write_text(text.replace("steps:", "stepps:"), encoding="utf-8")
    assert _lint(path).returncode != 0


@pytest.mark.parametrize("kind", KINDS)
def test_no_file_holds_a_secret(desk: Shell, kind: str) -> None:
    done = desk("schedule", kind)
    assert SECRET not in done.out + done.err
    assert SHOP in done.out
    assert "token" in done.err, "but where the token goes is said"


@pytest.mark.parametrize("kind", KINDS)
def test_what_speaks_to_no_shop_gets_no_token(desk: Shell, kind: str) -> None:
    done = desk("schedule", kind, "--", "purge", "--yes")
    told = (done.out + done.err).replace("automountServiceAccountToken: false", "")
    assert "token" not in told.lower()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["reconcile"], "Missing option '--policy'"),
        (["reconcile", "--policy", "p.toml", "--explain", "#1001"], "for a person who asks"),
        (["overveiw"], "Did you mean overview?"),
        (["demo"], "no command that runs by night"),
        (["overview", "--agee", "on_hold=3d"], "No such option"),
        (["overview", "--age", "on_holt=3d"], "Did you mean on_hold?"),
        (["apply"], "Missing argument"),
        (["apply", "orders.plan"], "Add --yes, or --confirm HANDLE"),
        (["overview", "--token-file", "x"], "Leave --shop and --token-file out"),
    ],
)
def test_what_would_fail_every_night_is_refused_today(desk: Shell, words: list[str], says: str) -> None:
    done = desk("schedule", "cron", "--", *words)
    assert done.code == 2
    assert says in " ".join(done.err.split())
    assert done.out == ""


@pytest.mark.parametrize(
    ("kind", "words", "says"),
    [
        (
            "systemd",
            ["reconcile", "/home/anna/o-{date}.csv", "--policy", "p.toml"],
            "/home/anna/o-{date}.csv is hidden",
        ),
        ("systemd", ["reconcile", "--policy=/tmp/p.toml"], "/tmp/p.toml is not there for the service"),
        ("systemd", ["export", "-o", "~/orders.csv"], "~/orders.csv is hidden"),
        ("cron", ["reconcile", "--policy", "/tmp/p.toml"], "/tmp/p.toml is in a folder that is emptied"),
        ("github", ["export", "-o", "/var/tmp/o.csv"], "/var/tmp/o.csv is in a folder that is emptied"),
        ("kubernetes", ["reconcile", "--policy", "/etc/p.toml"], "/etc/p.toml is not in the container"),
    ],
)
def test_a_path_that_is_not_there_at_night_is_warned_of(
    desk: Shell, monkeypatch: pytest.MonkeyPatch, kind: str, words: list[str], says: str
) -> None:
    monkeypatch.setenv("HOME", "/home/anna")  # where cron works, wherever this test runs
    monkeypatch.setattr("shutil.which", lambda _: "/opt/bulk-orders/bin/bulk-orders")
    done = desk("schedule", kind, "--", *words)
    (warning,) = [line for line in done.err.splitlines() if line.startswith("Warning: ")]
    assert says in warning
    assert len(desk("schedule", kind, "--json", "--", *words).json["warnings"]) == 1
    harmless = [word.replace("/home/anna/", "").replace("/tmp/", "").replace("/etc/", "/state/") for word in words]
    harmless = [word.replace("~/", "").replace("/var", "") for word in harmless]
    assert "Warning" not in desk("schedule", kind, "--", *harmless).err


@pytest.mark.parametrize("folder", ["/tmp/venv/bin", "/home/anna/venv/bin"])
def test_a_program_that_the_service_cannot_reach_is_warned_of(
    desk: Shell, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: f"{folder}/bulk-orders")
    (warning,) = [line for line in desk("schedule", "systemd").err.splitlines() if line.startswith("Warning: ")]
    assert f"{folder}/bulk-orders" in warning
    assert "Install bulk-orders where all may run it" in warning


def test_where_cron_works_is_no_folder_that_is_swept(desk: Shell) -> None:
    assert (
        "Warning: /tmp/nights is in a folder that is emptied" in desk("schedule", "cron", "--folder", "/tmp/nights").err
    )


@pytest.mark.parametrize("kind", ["systemd", "kubernetes"])
def test_a_folder_that_a_scheduler_would_not_heed_is_refused(desk: Shell, kind: str) -> None:
    done = desk("schedule", kind, "--folder", "/srv/bulk-orders")
    assert done.code == 2
    assert f"--folder is not for {kind}" in done.err


@pytest.mark.parametrize("arguments", [["--at", "25:00"], ["--at", "2"], ["--folder", "here"], ["-o", "files"]])
def test_wrong_usage(desk: Shell, arguments: list[str]) -> None:
    desk("schedule", "cron", "-o", "files")
    assert desk("schedule", "cron", *arguments).code == 2


def test_the_command_names_are_commands() -> None:
    from bulk_orders.cli.schedule_command import _NIGHTLY

    assert set(_NIGHTLY) <= set(COMMANDS)


@pytest.mark.parametrize(
    ("mode", "owner", "me", "refused"),
    [
        (0o600, 1000, 1000, False),
        (0o400, 1000, 1000, False),
        (0o640, 1000, 1000, True),
        (0o604, 1000, 1000, True),
        (0o440, 0, 1000, False),  # what systemd and Kubernetes hand over
        (0o444, 0, 1000, True),
        (0o460, 0, 1000, True),
        (0o440, 0, 0, True),
        (0o440, 1001, 1000, True),
    ],
)
def test_who_may_read_a_token_file(mode: int, owner: int, me: int, refused: Any) -> None:
    assert too_open(mode, owner, me) is refused


def test_the_documentation_shows_every_kind() -> None:
    text = (ROOT / "bulk_orders" / "docs" / "schedule.md").read_text(encoding="utf-8")
    for kind in KINDS:
        assert f"bulk-orders schedule {kind}" in text


def test_systemd_gets_the_words_as_they_were_written(desk: Shell) -> None:
    """`systemd-analyze` does not say what it would expand, so that is looked at here: % and $ are doubled."""
    service = made(desk, "systemd", COMMANDS_SHOWN[1])["bulk-orders-north-wind-overview.service"]
    (line,) = (line for line in service.splitlines() if line.startswith("ExecStart="))
    assert line.endswith(
        'bulk-orders overview --query "tag:\'50%% off\' AND note:\\"$$HOME; rm -rf\\"" --age on_hold=3d '
        "--token-file %d/token"
    )
    assert "\nLoadCredential=token:/etc/bulk-orders/north-wind.token\n" in service


def test_all_nights_of_a_shop_share_their_state(desk: Shell) -> None:
    """A purge that looks into another state folder than the overview fills would remove nothing, for ever."""
    places = set()
    for words in COMMANDS_SHOWN:
        texts = "".join("".join(made(desk, kind, words).values()) for kind in KINDS)
        places.add(tuple(sorted(set(re.findall(r"BULK_ORDERS_HOME[^\n]*|StateDirectory=.*|claimName.*", texts)))))
    assert len({tuple(re.sub(r" flock.*", "", each) for each in place) for place in places}) == 1
