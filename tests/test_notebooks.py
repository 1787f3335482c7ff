"""The notebooks hold what a run from scratch shows, and can be read on the web without varprop.

``python -m tests.test_notebooks`` runs them all again and writes what they show (``… 03 07``: some).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LARGEST = 3_000_000
SECONDS = 60
COMPARED = ("text/plain", "text/latex")
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
NUMBER = re.compile(r"(\d+\.\d+(?:e[+-]?\d+)?)")
STEMS = [path.stem for path in NOTEBOOKS]


def _cells(path: Path) -> list[dict[str, Any]]:
    import json

    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return cells


def _text(cell: dict[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def test_there_is_one_way_to_read_them() -> None:
    assert len(NOTEBOOKS) >= 9
    assert [stem[:2] for stem in STEMS] == [f"{k:02d}" for k in range(1, len(STEMS) + 1)]
    assert sum(path.stat().st_size for path in NOTEBOOKS) < LARGEST


@pytest.mark.parametrize("path", NOTEBOOKS, ids=STEMS)
def test_readable_on_the_web(path: Path) -> None:
    cells = _cells(path)
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert _text(cells[0]).startswith(f"# {int(path.stem[:2])} · ")
    raw = path.read_text(encoding="utf-8")
    for private in (str(ROOT), str(Path.home()), "/tmp/", "site-packages"):
        assert private not in raw, private
    for cell in code:
        for output in cell["outputs"]:
            assert output["output_type"] != "error"
            assert output.get("name") != "stderr"
            assert "$" not in re.sub(r"(?s)<style>.*?</style>", "", "".join(_html(output)))


def _html(output: dict[str, Any]) -> list[str]:
    shown = output.get("data", {}).get("text/html", [])
    return [shown] if isinstance(shown, str) else list(shown)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=STEMS)
def test_links_lead_somewhere(path: Path) -> None:
    for cell in _cells(path):
        if cell["cell_type"] == "markdown":
            for target in re.findall(r"\]\(([^)#]+)", _text(cell)):
                assert target.startswith("https://") or (FOLDER / target).exists(), target


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=STEMS)
def test_runs_from_scratch_and_shows_the_same(path: Path, tmp_path: Path) -> None:
    pytest.importorskip("nbclient", reason="needs the extra: notebooks")
    pytest.importorskip("ipykernel", reason="needs the extra: notebooks")
    import nbformat

    committed, fresh = nbformat.read(path, 4), _run(path, tmp_path)
    for number, (before, now) in enumerate(zip(committed.cells, fresh.cells, strict=True)):
        old, new = list(_shown(before)), list(_shown(now))
        assert [kind for kind, _ in old] == [kind for kind, _ in new], f"cell {number}"
        for (_, was), (_, is_now) in zip(old, new, strict=True):
            assert _same(was, is_now), f"cell {number}: {before.source}\n{was}\n{is_now}"


def test_same_allows_the_last_digit_only() -> None:
    assert _same("q = 1.025 ± 0.1", "q = 1.026 ± 0.1")
    assert not _same("q = 1.025", "q = 1.027")
    assert not _same("q = 1.025", "c = 1.025")
    assert not _same("2/n", "4/n")


def _same(was: str, is_now: str) -> bool:
    """Tell whether two texts are equal, but for one unit in the last digit of a decimal number.

    Another processor may add up a sample in another order.
    """
    if was == is_now:
        return True
    old, new = NUMBER.split(was), NUMBER.split(is_now)
    if len(old) != len(new) or old[::2] != new[::2]:
        return False
    return all(_close(a, b) for a, b in zip(old[1::2], new[1::2], strict=True))


def _close(was: str, is_now: str) -> bool:
    unit = Decimal(1).scaleb(int(Decimal(was).as_tuple().exponent))
    return abs(Decimal(was) - Decimal(is_now)) <= unit


def _shown(cell: Any) -> Iterator[tuple[str, str]]:
    """Yield what can be compared: texts and formulas, not pictures."""
    for output in _merged(cell.get("outputs", [])):
        if output.output_type == "stream":
            if output.name == "stdout":
                yield "stdout", output.text
        else:
            for kind in COMPARED:
                if kind in output.data:
                    yield kind, output.data[kind]


def _merged(outputs: list[Any]) -> list[Any]:
    """Return outputs with neighbouring pieces of one stream joined: pipes cut where they like."""
    found: list[Any] = []
    for output in outputs:
        stream = output.get("name")
        if stream is not None and found and found[-1].get("name") == stream:
            found[-1].text += output.text
        else:
            found.append(output)
    return found


def _run(path: Path, folder: Path) -> Any:
    """Return the notebook, run in an empty folder with the code of this working copy."""
    import nbformat
    from nbclient import NotebookClient

    env = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")}
    env["PYTHONPATH"] = str(ROOT)
    notebook = nbformat.read(path, 4)
    place = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", resources=place)
    return client.execute(env=env)


def refresh(names: list[str]) -> None:
    """Run the notebooks whose numbers are named (all if none) and write what they show."""
    import tempfile

    import nbformat

    for path in NOTEBOOKS:
        if names and path.stem[:2] not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            notebook = _run(path, Path(folder))
        notebook.metadata = KERNEL
        for cell in notebook.cells:
            cell.metadata = {}
            if cell.cell_type == "code":
                cell.outputs = _merged(cell.outputs)
        nbformat.write(notebook, path)
        print(path.name)  # noqa: T201


if __name__ == "__main__":
    refresh(sys.argv[1:])
