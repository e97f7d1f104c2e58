"""What people install: a wheel that works by itself, completion in their shell, an image that nobody can change."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bulk_orders.cli.main import COMMANDS, run

SCRIPTS = (ROOT / "bulk_orders" / "docs" / "scripts.md").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def _ran(*command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


# --- the wheel --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    _ran(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder), cwd=ROOT)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_has_every_file_that_the_package_has_and_nothing_else(wheel: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "bulk_orders"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    with zipfile.ZipFile(wheel) as packed:
        names = {name for name in packed.namelist() if ".dist-info/" not in name}
    assert names >= set(listed.stdout.split())
    assert {"bulk_orders/py.typed", "bulk_orders/schemas/plan.schema.json", "bulk_orders/docs/scripts.md"} <= names
    assert {name.split("/")[0] for name in names} == {"bulk_orders"}


def test_the_wheel_installs_in_a_clean_environment_and_its_demo_runs(wheel: Path, tmp_path: Path) -> None:
    """Our dependencies are lent by the environment of the tests; the program itself is the wheel's."""
    clean = tmp_path / "clean"
    venv.create(clean, with_pip=False, symlinks=True)
    python = clean / "bin" / "python"
    quiet = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-index")
    _ran(sys.executable, "-m", "pip", "--python", str(python), "install", *quiet, str(wheel), cwd=tmp_path)
    (site,) = clean.glob("lib/python*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    where = _ran(str(python), "-c", "import bulk_orders; print(bulk_orders.__file__)", cwd=tmp_path).stdout
    assert Path(where.strip()).is_relative_to(clean), "not the source that lies around"
    told = _ran(str(clean / "bin" / "bulk-orders"), "demo", "--folder", "demo", cwd=tmp_path).stdout
    assert "none lost, none doubled." in " ".join(told.split())
    assert (tmp_path / "demo" / "edited.results.html").is_file()


# --- completion -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_completion_as_the_page_says(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert f"_BULK_ORDERS_COMPLETE={shell}_source bulk-orders" in SCRIPTS
    monkeypatch.setenv("_BULK_ORDERS_COMPLETE", f"{shell}_source")
    with pytest.raises(SystemExit, match="0"):
        run([])
    script = capsys.readouterr().out
    assert f"_BULK_ORDERS_COMPLETE={shell}_complete" in script
    if shutil.which(shell):
        (tmp_path / "completion").write_text(script, encoding="utf-8")
        _ran(shell, "-n", str(tmp_path / "completion"), cwd=tmp_path)


_TYPED = {
    "bash": 'eval "$(_BULK_ORDERS_COMPLETE=bash_source bulk-orders)"; COMP_WORDS=(bulk-orders apply --plan);'
    ' COMP_CWORD=2; "$(complete -p bulk-orders | sed "s/.*-F \\([^ ]*\\).*/\\1/")" bulk-orders; echo "${COMPREPLY[@]}"',
    "fish": "_BULK_ORDERS_COMPLETE=fish_source bulk-orders | source; complete -C 'bulk-orders apply --plan'",
}
"""What is asked in a shell that has what the page says, as its TAB does."""


@pytest.mark.parametrize("shell", [each for each in _TYPED if shutil.which(each)])
def test_a_real_shell_completes(shell: str, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("bulk-orders").parent
    path = f"{program}{os.pathsep}{os.environ['PATH']}"
    done = _ran(shell, "-c", _TYPED[shell], cwd=tmp_path, PATH=path, HOME=str(tmp_path))
    assert done.stdout.split()[0] == "--plan-digest"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("bulk-orders ", set(COMMANDS)),
        ("bulk-orders ver", {"verify"}),
        ("bulk-orders apply --plan", {"--plan-digest"}),
        ("bulk-orders plan --on-conflict l", {"leave", "live"}),
    ],
)
def test_commands_flags_and_their_words_are_completed(
    typed: str, found: set[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_BULK_ORDERS_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split(" ")) - 1))
    with pytest.raises(SystemExit, match="0"):
        run([])
    assert {line.partition(",")[2] for line in capsys.readouterr().out.splitlines()} == found


# --- the image --------------------------------------------------------------------------------------------------------


def _lint(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / "Dockerfile"
    path.write_text(text, encoding="utf-8")
    hadolint = Path(sys.executable).with_name("hadolint")
    return subprocess.run([hadolint, "--no-color", path], capture_output=True, text=True, timeout=60, check=False)


def test_the_dockerfile_passes_its_linter_which_would_find_something(tmp_path: Path) -> None:
    good = _lint(DOCKERFILE, tmp_path)
    assert (good.returncode, good.stdout) == (0, "")
    assert "DL3007" in _lint(DOCKERFILE.replace(":3.13-slim", ":latest"), tmp_path).stdout
    assert "DL3004" in _lint(DOCKERFILE.replace("useradd", "sudo useradd"), tmp_path).stdout


def test_nobody_in_the_image_is_root_and_only_two_folders_are_written() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert last.index("USER ") < last.index("ENTRYPOINT")
    assert 'VOLUME ["/data", "/state"]' in last
    assert "--read-only --tmpfs /tmp" in DOCKERFILE
    assert "--read-only --tmpfs /tmp" in SCRIPTS


def test_the_lines_of_the_lock_become_constraints_of_everything_that_is_installed() -> None:
    """By the very words of the Dockerfile: pip takes no hashes in them, and a line that ends in a backslash goes on."""
    (words,) = re.findall(r"^RUN (sed .*?) requirements\.lock > /constraints\.txt", DOCKERFILE, re.MULTILINE)
    lines = _ran(*shlex.split(words), str(ROOT / "requirements.lock"), cwd=ROOT).stdout.splitlines()
    pinned = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    assert all(re.fullmatch(r"==[^,*]+", str(each.specifier)) and not each.extras for each in pinned)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    optional = project["project"]["optional-dependencies"]
    (extras,) = re.findall(r"pip install .*'\.\[([\w,]+)\]'", DOCKERFILE)
    needed = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    needed += [each for extra in extras.split(",") for each in optional[extra]]
    names = {canonicalize_name(each.name) for each in pinned}
    assert {canonicalize_name(Requirement(each).name) for each in needed} <= names


def test_what_is_installed_in_the_image_is_compiled_there_where_nobody_can_write_later() -> None:
    assert "--no-compile" not in DOCKERFILE
    assert "PYTHONDONTWRITEBYTECODE=1" in DOCKERFILE.rpartition("\nFROM ")[2], "what is read-only is not written to"
    assert "PYTHONDONTWRITEBYTECODE" not in DOCKERFILE.rpartition("\nFROM ")[0], "or nothing would be compiled"


def test_the_dockerfile_names_no_host_and_copies_nothing_that_is_left_out_of_its_context() -> None:
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["python:3.13-slim"] * 2
    assert not re.search(r"https?:|index-url|\w+\.(com|org|io)\b", DOCKERFILE)
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split() if line[0] == "!"}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    assert {name.removeprefix("./") for line in copied for name in line.split()} == allowed
