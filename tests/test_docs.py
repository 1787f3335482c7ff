"""The documents say what is true: commands and examples run, every page builds, links lead somewhere."""

from __future__ import annotations

import doctest
import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.conftest import Run
from varprop.catalogue.activations import ACTIVATIONS
from varprop.cli.main import COMMANDS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
NAMES = [str(path.relative_to(DOCS)) for path in PAGES]


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def _commands() -> Iterator[tuple[str, str]]:
    for name, path in zip(NAMES, PAGES, strict=True):
        for block in _blocks(path.read_text(encoding="utf-8"), "sh"):
            for line in block.splitlines():
                if line.startswith("varprop "):
                    yield name, line.removeprefix("varprop ")


SHOWN = sorted(set(_commands()))


@pytest.mark.parametrize(("page", "line"), SHOWN, ids=[line for _, line in SHOWN])
def test_every_command_shown_runs(
    page: str,
    line: str,
    varprop: Callable[..., Run],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    quick = line.startswith(("solve", "report")) and not re.search(
        "--no-verify|--arch|--code", line
    )
    arguments = [*shlex.split(line, comments=True), *(["--no-verify"] if quick else [])]
    run = varprop(*arguments)
    assert run.code == 0, (page, line, run.err)


def test_the_first_answer_is_the_real_one(varprop: Callable[..., Run]) -> None:
    text = (DOCS / "start.md").read_text(encoding="utf-8")
    shown = next(block for block in _blocks(text, "text") if block.startswith("Var(w)"))
    real = varprop("solve", "--act", "relu", "--fan-in", "512", "--no-verify").out
    assert shown.strip() == real.strip()


def test_the_terminal_picture_is_the_real_one() -> None:
    spec = importlib.util.spec_from_file_location("screens", DOCS / "screens.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    seconds = re.compile(r"[\d.]+&#160;s<")
    committed = module.FILE.read_text(encoding="utf-8")
    assert seconds.sub("", committed) == seconds.sub("", module.picture())


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_python_examples(path: Path) -> None:
    failed, _ = doctest.testfile(str(path), module_relative=False)
    assert failed == 0


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_links_between_files(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        file = target.partition("#")[0]
        assert not file or (path.parent / file).exists(), target


READ = (*PAGES, ROOT / "README.md", *sorted((ROOT / "notebooks").glob("*.ipynb")))
OUTSIDE = re.compile(r"\]\((https?:[^)\s]*)\)")


@pytest.mark.parametrize("path", READ, ids=[path.name for path in READ])
def test_links_to_the_outside_can_be_followed(path: Path) -> None:
    """What can be said without a network; ``sphinx-build -b linkcheck docs OUT`` asks the servers."""
    for target in OUTSIDE.findall(path.read_text(encoding="utf-8")):
        address = urlsplit(target)
        assert address.scheme == "https", target
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", address.netloc), target
        assert "example" not in address.netloc, target
        assert "\\" not in target, target
        if address.netloc == "github.com" and "/blob/" in target:
            commit = address.path.split("/blob/")[1].partition("/")[0]
            assert commit in ("main", "master") or re.fullmatch(r"[0-9a-f]{40}", commit), target


def test_links_of_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        assert target.startswith("https://") or (ROOT / target.partition("#")[0]).exists(), target


class _Page(HTMLParser):
    """What one built page loads, where it leads, and the places it offers."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.places: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        self.places |= {found["id"]} if "id" in found else set()
        if tag == "a" and "href" in found:
            self.leads.append(found["href"])
        elif tag in ("script", "img", "iframe") and "src" in found:
            self.loads.append(found["src"])
        elif tag == "link" and "stylesheet" in found.get("rel", ""):
            self.loads.append(found["href"])


def _built(folder: Path) -> dict[Path, _Page]:
    """Return the pages of the site, built with warnings as errors."""
    command = (
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "-n",
        "-q",
        "-b",
        "html",
        "-d",
        str(folder / "trees"),
    )
    site = folder / "site"
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [*command, str(DOCS), str(site)], env=env, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    pages = {}
    for path in site.rglob("*.html"):
        pages[path] = _Page()
        pages[path].feed(path.read_text(encoding="utf-8"))
    return pages


def test_the_site_builds_and_needs_no_network(tmp_path: Path) -> None:
    for module in ("sphinx", "myst_nb", "furo"):
        pytest.importorskip(module, reason="needs the extra: docs")
    pages = _built(tmp_path)
    for path, page in pages.items():
        assert not [source for source in page.loads if "//" in source], path
        for target in page.leads:
            _leads_somewhere(path, unquote(target), pages)
    names = {path.name: page for path, page in pages.items()}
    for name in ACTIVATIONS:
        assert f"activation-{name}".replace("_", "-") in names["activations.html"].places
    for name in COMMANDS:
        assert f"command-{name}" in names["commands.html"].places


def _leads_somewhere(path: Path, target: str, pages: dict[Path, _Page]) -> None:
    file, _, place = target.partition("#")
    if "//" in file or path.name in ("search.html", "genindex.html") or file.startswith("_"):
        return
    other = (path.parent / file).resolve() if file else path
    assert other.exists(), (path.name, target)
    if place and other in pages:
        assert place in pages[other].places, (path.name, target)
