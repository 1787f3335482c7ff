"""Histograms of activations: a row per layer in the terminal, JSON, Markdown, LaTeX, a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from varprop.answer.histograms import Histograms, InitActivity, LayerActivity
from varprop.errors import BadInput
from varprop.render.endings import PICTURES
from varprop.render.gain_json import to_json
from varprop.render.json_face import finite
from varprop.render.latex import escape, to_latex
from varprop.render.markdown import table, to_markdown
from varprop.render.numbers import number
from varprop.render.screen import Screen, unicode_ok
from varprop.version import __version__

BARS, PLAIN_BARS = " ▁▂▃▄▅▆▇█", " .:-=+*#@"
COLUMNS = 20
HEAD = ("layer", "E[x²]", "seen", "± error", "mean", "std", "zeros", "from", "", "to")


def show_histograms(noun: Histograms, screen: Screen, *, digits: int = 4) -> None:
    """Print, per initialiser, the moments of every layer beside its histogram."""
    screen.line(title(noun))
    screen.line(
        "bars: values that are not 0, between the ends given; E[x²] as predicted and as seen"
    )
    for run in noun.runs:
        screen.line()
        screen.line(run.init, style="bold")
        bars = BARS if unicode_ok(screen.out) else PLAIN_BARS
        rows = [(*row(layer, digits)[:-2], *_drawn(layer, bars, digits)) for layer in run.layers]
        screen.columns(rows, HEAD, right=frozenset({1, 2, 3, 4, 5, 6, 7}))


def title(noun: Histograms) -> str:
    """Return what was sampled, on one line."""
    widths = ", ".join(map(str, noun.widths))
    return (
        f"{noun.activation} network of widths {widths}: activations over units, {noun.inputs} inputs "
        f"and {noun.networks} networks, seed {noun.seed}"
    )


def row(layer: LayerActivity, digits: int) -> tuple[str, ...]:
    """Return a layer's numbers, ending with the range of its histogram."""
    seen = layer.seen
    lost = f", {100 * seen.lost:.2g} % lost" if seen.lost else ""
    return (
        layer.name,
        number(layer.predicted, digits),
        _cell(seen.second_moment, digits),
        _cell(seen.standard_error, 2),
        _cell(seen.mean, digits),
        _cell(seen.std, digits),
        f"{100 * seen.zeros:.0f} %{lost}",
        number(float(seen.edges[0]), 3),
        number(float(seen.edges[-1]), 3),
    )


def _cell(value: float, digits: int) -> str:
    return number(value, digits) if abs(value) < float("inf") else "exploded"


def _drawn(layer: LayerActivity, bars: str, digits: int) -> tuple[str, str, str]:
    """Return the left end, bars as high as a bin's share among the others, the right end."""
    *_, low, high = row(layer, digits)
    counts = layer.seen.counts
    joined = [int(part.sum()) for part in _parts(counts, COLUMNS)]
    top = max([*joined, 1])
    height = len(bars) - 1
    drawn = "".join(bars[min(height, round(height * c / top))] for c in joined)
    return low, drawn, high


def _parts(counts: Any, columns: int) -> Sequence[Any]:
    size = max(1, -(-len(counts) // columns))
    return [counts[start : start + size] for start in range(0, len(counts), size)]


@to_json.register
def _(noun: Histograms) -> Any:
    return {
        "varprop": __version__,
        "activation": noun.activation,
        "widths": list(noun.widths),
        "networks": noun.networks,
        "inputs": noun.inputs,
        "inits": [_init_json(run) for run in noun.runs],
        "seed": noun.seed,
    }


def _init_json(run: InitActivity) -> Any:
    return {"init": run.init, "layers": [_layer_json(layer) for layer in run.layers]}


def _layer_json(layer: LayerActivity) -> Any:
    seen = layer.seen
    return {
        "index": layer.index,
        "name": layer.name,
        "predicted_second_moment": finite(layer.predicted),
        "second_moment": finite(seen.second_moment),
        "standard_error": finite(seen.standard_error),
        "mean": finite(seen.mean),
        "std": finite(seen.std),
        "zeros": seen.zeros,
        "lost": seen.lost,
        "edges": [float(edge) for edge in seen.edges],
        "counts": [int(count) for count in seen.counts],
        "outside": seen.outside,
    }


TEXT_HEAD = (*HEAD[:7], "range")


def _text_rows(run: InitActivity, digits: int) -> list[tuple[str, ...]]:
    rows = [row(layer, digits) for layer in run.layers]
    return [(*cells[:-2], f"{cells[-2]} to {cells[-1]}") for cells in rows]


@to_markdown.register
def _(noun: Histograms, *, digits: int = 6) -> str:
    parts = ["## Activations layer by layer", title(noun) + "."]
    for run in noun.runs:
        parts += [f"### `{run.init}`", table(TEXT_HEAD, _text_rows(run, digits))]
    return "\n\n".join(parts)


@to_latex.register
def _(noun: Histograms) -> str:
    rows = []
    for run in noun.runs:
        rows.append([run.init, *TEXT_HEAD[1:]])
        rows += [list(cells) for cells in _text_rows(run, 6)]
    body = " \\\\\n".join(
        " & ".join(rf"\text{{{escape(cell)}}}" for cell in cells) for cells in rows
    )
    return f"\\begin{{array}}{{lrrrrrrl}}\n{body}\n\\end{{array}}"


def save_histograms(noun: Histograms, path: str) -> None:
    """Draw a row of panels per initialiser, one per layer; needs the extra ``plot``.

    Raises BadInput for an ending that is no picture, for a path that can't be written and where
    matplotlib is missing.
    """
    if Path(path).suffix not in PICTURES:
        raise BadInput(f"--figure {path}: the name must end in {', '.join(PICTURES)}.")
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise BadInput(
            "--figure needs matplotlib: pip install 'varprop[plot]' (--histogram draws without it)."
        ) from error
    rows, columns = len(noun.runs), len(noun.widths)
    figure = Figure(figsize=(2.1 * columns, 1.8 * rows + 0.5), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False)
    for line, run in zip(panels, noun.runs, strict=True):
        for panel, layer in zip(line, run.layers, strict=True):
            _panel(panel, layer)
        line[0].set_ylabel(run.init)
    figure.suptitle(f"{noun.activation}: activations per layer, values that are not 0")
    try:
        figure.savefig(path, metadata={"Date": None} if path.endswith(".svg") else None)
    except OSError as error:
        raise BadInput(f"--figure {path}: {error.strerror or error}.") from error


def _panel(panel: Any, layer: LayerActivity) -> None:
    seen = layer.seen
    panel.stairs(seen.counts, seen.edges, fill=True)
    zeros = f", {100 * seen.zeros:.0f} % are 0" if seen.zeros else ""
    title = f"{layer.name}\nstd {_cell(seen.std, 2)}{zeros}"
    panel.set_title(title, fontsize="small")
    panel.set_yticks([])
    panel.ticklabel_format(axis="x", style="sci", scilimits=(-2, 3))
    panel.tick_params(labelsize="x-small")
