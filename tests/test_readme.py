"""The README is true: what it shows was made by the program, what it names exists."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from conftest import ROOT

from bulk_orders import errors, settings
from bulk_orders.cli.main import COMMANDS
from bulk_orders.core import guard
from bulk_orders.core.actions import REGISTRY
from bulk_orders.core.columns import BY_HEADER

README = (ROOT / "README.md").read_text(encoding="utf-8")


def _sample_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_samples", ROOT / "sample_data" / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_samples_are_what_the_script_makes(tmp_path: Path) -> None:
    asyncio.run(_sample_script().make(tmp_path))
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {p.name: p.read_bytes() for p in (ROOT / "sample_data").iterdir() if p.suffix in {".csv", ".txt", ".html"}}
    assert set(made) == set(kept)
    for name, content in made.items():
        assert content == kept[name], f"{name}: run make samples"


@pytest.mark.parametrize("name", ["plan.txt", "transcript.txt"])
def test_what_a_terminal_says_was_said_by_the_program(name: str) -> None:
    mark = re.escape(name)
    shown = re.search(rf"<!-- {mark} -->\n```text\n(.*?)```\n<!-- /{mark} -->", README, re.DOTALL)
    assert shown is not None
    assert shown[1] == (ROOT / "sample_data" / name).read_text(encoding="utf-8")


def test_the_first_screen_has_the_promise_and_the_two_commands() -> None:
    first = "\n".join(README.splitlines()[:12])
    assert "make demo" in first
    assert "make test" in first
    assert re.search(r"^\*\*Plan and apply for Shopify orders: .*\*\*$", first, re.MULTILINE)


def test_every_command_is_in_the_readme_and_every_named_one_exists() -> None:
    named = set(re.findall(r"bulk-orders (\w+)", README))
    assert named == set(COMMANDS) - {"demo"} | ({"demo"} & named)


def _actions() -> list[list[str]]:
    table = re.search(r"<!-- actions -->\n(.*?)<!-- /actions -->", README, re.DOTALL)
    assert table is not None
    rows = [line.strip("|\n").split(" | ") for line in table[1].splitlines()[2:]]
    assert all(len(row) == 3 for row in rows)
    return rows


def test_every_action_is_in_the_table_in_the_order_of_its_step() -> None:
    named = [name for row in _actions() for name in re.findall(r"`(\w+)`", row[0])]
    assert named == list(REGISTRY)


def test_what_an_action_is_asked_with_are_columns_or_flags_that_exist() -> None:
    for name, how, back in _actions():
        for word in re.findall(r"`([^`]+)`", how):
            group = any(header.startswith(word) for header in BY_HEADER)
            assert group or word == "[clear]" or word.startswith("--"), f"{name}: {word}"
        actions = [REGISTRY[one] for one in re.findall(r"`(\w+)`", name)]
        assert all(action.reversible is (not back.strip().startswith("no")) for action in actions), name


def test_every_exit_code_is_in_the_table() -> None:
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    raised = {kind.exit_code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "exit_code")}
    assert raised | {0, 3, 6, 7} == codes


def test_every_setting_is_in_the_table() -> None:
    for key in (*settings._KEYS, *settings._CANCEL_KEYS, *guard.LIMIT_KEYS, *guard.PROTECT_KEYS):
        assert f"`{key}`" in README or f"`[{key}]`" in README, key


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", README))))
def test_every_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_every_dependency_says_what_it_is_for() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    listed = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    for dependency in listed:
        line = next(line for line in text.splitlines() if line.strip().startswith(f'"{dependency}"'))
        assert "#" in line or dependency.startswith("bulk-orders["), dependency


def test_the_top_level_is_as_it_should_be() -> None:
    import subprocess

    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    top = {name.split("/")[0] for name in done.stdout.split()}
    allowed = {"bulk_orders", "tests", "sample_data", "pyproject.toml", "Makefile", "README.md"}
    assert top <= allowed | {"LICENSE", ".gitignore", ".ci", "requirements.lock", "Dockerfile", ".dockerignore"}
