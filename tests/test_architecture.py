"""The house: who may import whom, each module alone, no circles, small files and functions."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

from bulk_orders.core.digest import FORMAT_VERSION, digest
from bulk_orders.storage.lock import ShopLock

PACKAGE = ROOT / "bulk_orders"
LAYERS: dict[str, set[str]] = {
    "errors": set(),
    "clock": set(),
    "failpoints": set(),
    "ahead": set(),
    "language": set(),
    "core": {"errors"},
    "tokens": {"errors"},
    "settings": {"errors", "core", "tokens"},
    "shopify": {"core", "errors", "settings", "tokens", "clock", "failpoints", "ahead"},
    "storage": {"core", "errors", "failpoints", "ahead"},
    "flows": {"core", "shopify", "storage", "errors", "settings", "clock", "failpoints", "ahead"},
    "telling": {"core", "errors", "tokens"},
    "views": {"core", "errors", "language"},
    "devstore": set(),
}
"""What each layer may import of ours, beside itself; cli and demo may import everything."""

THIRD_PARTIES = {
    "errors": set(),
    "clock": set(),
    "failpoints": set(),
    "ahead": set(),
    "language": {"babel", "click", "jinja2"},
    "core": {"polars", "pandera"},
    "tokens": set(),
    "settings": {"platformdirs"},
    "shopify": {"httpx", "polars"},
    "storage": {"polars", "xlsxwriter", "python_calamine"},
    "flows": {"httpx", "polars"},
    "telling": {"httpx", "apprise"},
    "views": {"jinja2", "markupsafe", "polars"},
    "devstore": {"graphql", "starlette", "uvicorn"},
    "cli": {"click", "rich"},
    "demo": {"polars"},
}

MODULES = sorted(PACKAGE.rglob("*.py"))


def _layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path) -> Iterator[str]:
    package = _name(path) if path.name == "__init__.py" else _name(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _ours(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if parts[0] == "bulk_orders" and len(parts) > 1 else None


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_layer_imports_only_what_it_may(path: Path) -> None:
    layer = _layer(path)
    allowed = LAYERS.get(layer)
    if allowed is None:
        assert layer in {"cli", "demo", "__init__", "__main__"}, f"{layer} is in no layer"
        return
    reached = {found for name in _imports(path) if (found := _ours(name)) and found != "__version__"}
    assert reached - {layer} <= allowed


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_layer_uses_only_its_own_libraries(path: Path) -> None:
    allowed = THIRD_PARTIES.get(_layer(path), {"click"})
    roots = {name.split(".")[0] for name in _imports(path)}
    assert roots - sys.stdlib_module_names - {"bulk_orders", ""} <= allowed


def test_nothing_imports_in_a_circle() -> None:
    graph = {_name(path): {n for n in _imports(path) if n.startswith("bulk_orders")} for path in MODULES}
    graph = {name: {t for t in targets if t in graph and t != name} for name, targets in graph.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"a circle: {' > '.join((*trail[trail.index(name) :], name))}"
        if name in done:
            return
        for target in sorted(graph[name]):
            if not name.startswith(f"{target}."):  # a package's own face is loaded with every module of it
                visit(target, (*trail, name))
        done.add(name)

    for name in graph:
        visit(name, ())


def test_every_module_imports_alone() -> None:
    """Each in a fresh interpreter would be slow; each with nothing of ours loaded says the same."""
    script = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    for loaded in [n for n in sys.modules if n.split('.')[0] == 'bulk_orders']:\n"
        "        del sys.modules[loaded]\n"
        "    importlib.import_module(name)\n"
    )
    names = [_name(path) for path in MODULES if path.name != "__main__.py"]
    done = subprocess.run([sys.executable, "-c", script, *names], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom bulk_orders.cli.main import run\nrun(['--help'])\n"
        "heavy = {'polars', 'pandera', 'httpx', 'rich', 'jinja2', 'graphql', 'sqlite3', 'asyncio', 'babel'}\n"
        "sys.exit(' '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_lock_is_asked_for_before_anything_heavy(tmp_path: Path) -> None:
    """A run that is turned away has loaded what it takes to ask, and nothing else: no journal, no action, no loop."""
    home = tmp_path / "state"
    document = {"format_version": FORMAT_VERSION, "plan_id": "0000-0001", "shop": "box.myshopify.com"}
    plan = tmp_path / "orders.plan"
    plan.write_text(json.dumps({**document, "digest": digest(document)}))
    script = (
        "import sys\nfrom bulk_orders.cli.main import run\n"
        "code = run(['apply', sys.argv[1], '--confirm', 'box', '--json'])\n"
        "heavy = {'polars', 'pandera', 'httpx', 'asyncio', 'sqlite3', 'bulk_orders.core.plan',\n"
        "         'bulk_orders.core.actions', 'bulk_orders.flows.apply_plan', 'bulk_orders.storage.journal'}\n"
        "sys.exit(f'{code} {sorted(heavy & set(sys.modules))}')\n"
    )
    with ShopLock(home, "box.myshopify.com"):
        done = subprocess.run(
            [sys.executable, "-c", script, str(plan)],
            capture_output=True, text=True, check=False, env={**os.environ, "BULK_ORDERS_HOME": str(home)},
        )  # fmt: skip
    assert done.stderr == "5 []\n", done.stdout
    assert json.loads(done.stdout)["error"]["code"] == "shop_locked"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 420, "split it"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 70, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", [p for p in MODULES if p.stat().st_size], ids=_name)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_pattern_needs_a_newer_python(path: Path) -> None:
    """Possessive repeats and atomic groups match wrongly before Python 3.11.5, and Debian 12 has 3.11.2."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            text = re.sub(r"\\p\{\w+\}", "p", text)  # a class of letters, in patterns of polars
            assert not re.search(r"[\])\w.][*+?}]\+(?![+*\s])|\(\?>", text), text
