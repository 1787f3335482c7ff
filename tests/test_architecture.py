"""The floors: a module imports lower floors only, siblings never see each other, no cycles."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "varprop"
FLOORS = (
    (
        "version",
        "bootstrap",
        "frozen",
        "errors",
        "faces",
        "notation",
        "registry",
        "derivation",
        "verdict",
        "result",
        "expression_text",
    ),
    ("moments",),
    ("catalogue",),
    ("rewriting",),
    ("propagation",),
    ("networks",),
    ("solving", "montecarlo"),
    ("answer", "refereeing"),
    ("testing",),
    ("claims",),
    ("checking",),
    ("render",),
    ("cli",),
)
SIBLINGS = {("solving", "montecarlo"), ("montecarlo", "solving")}
TOP = {"__init__", "__main__"}
ONLY_IN = {
    "rich": ("render",),
    "click": ("cli",),
    "matplotlib": ("render",),
    "flint": ("moments",),
}


def room(path: Path) -> str:
    """The top-level module or package of a file."""
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Every module name that a file imports anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            if node.module == "varprop":
                names |= {f"varprop.{alias.name}" for alias in node.names}
            else:
                names.add(node.module)
    return names


def floor(name: str) -> int:
    return next(k for k, rooms in enumerate(FLOORS) if name in rooms)


def test_every_room_has_a_floor() -> None:
    rooms = {room(p) for p in modules()} - TOP
    listed = {name for rooms_ in FLOORS for name in rooms_}
    assert rooms <= listed, f"without a floor: {sorted(rooms - listed)}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_down(path: Path) -> None:
    here = room(path)
    if here in TOP:
        return
    for name in imported(path):
        parts = name.split(".")
        if parts[0] != "varprop" or len(parts) == 1 or parts[1] == here:
            continue
        assert floor(parts[1]) <= floor(here), f"{here} imports {name} from a higher floor"
        assert (here, parts[1]) not in SIBLINGS, f"{here} and {parts[1]} never see each other"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_heavy_packages_stay_where_they_are_used(path: Path) -> None:
    for name in imported(path):
        package = name.split(".")[0]
        if package in ONLY_IN:
            assert room(path) in ONLY_IN[package], f"{package} does not belong in {room(path)}"


def test_no_cycles_between_modules() -> None:
    names = {
        ".".join(["varprop", *p.relative_to(ROOT).with_suffix("").parts]): p for p in modules()
    }
    graph = {
        name: {n for n in imported_at_top(path) if n in names} - {name}
        for name, path in names.items()
    }
    visited: dict[str, int] = {}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert visited.get(name) != 1, f"cycle: {' -> '.join((*trail, name))}"
        if visited.get(name) == 2:
            return
        visited[name] = 1
        for other in sorted(graph[name]):
            visit(other, (*trail, name))
        visited[name] = 2

    for name in sorted(graph):
        visit(name, ())


def imported_at_top(path: Path) -> set[str]:
    """Module-level imports only: those inside functions cannot form a cycle at import time."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def loaded_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import varprop",
        "from varprop.catalogue.activations import ACTIVATIONS; list(ACTIVATIONS)",
        "from varprop.catalogue.schemes import SCHEMES; list(SCHEMES)",
        "from varprop.catalogue.laws import LAWS; list(LAWS)",
        "from varprop.solving.conditions import CONDITIONS; list(CONDITIONS)",
        "import varprop.cli.main",
    ],
)
def test_names_are_listed_without_mathematics(code: str) -> None:
    assert not {"sympy", "numpy", "scipy", "rich"} & loaded_by(code)


def test_the_first_answer_needs_no_numpy() -> None:
    code = (
        "import contextlib, io\n"
        "from varprop.cli.main import cli\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    cli.main(['solve', '--act', 'relu', '--fan-in', '512', '--no-verify'],"
        " standalone_mode=False)"
    )
    assert not {"numpy", "scipy", "sympy.stats"} & loaded_by(code)
