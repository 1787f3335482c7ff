"""Histograms of activations as HTML: a row per layer, its histogram as a small picture."""

from __future__ import annotations

from varprop.answer.histograms import Histograms, LayerActivity
from varprop.render.histogram_screen import row, title
from varprop.render.html import to_html
from varprop.render.html_parts import paragraph, table, words

HEAD = ("layer", "E[x²]", "seen", "± error", "mean", "std", "zeros", "values that are not 0")
WIDTH, HEIGHT, FOOT = 180, 40, 14
DIGITS = 4


@to_html.register
def _(noun: Histograms) -> str:
    parts = [paragraph(words(title(noun)))]
    for run in noun.runs:
        rows = [_row(layer) for layer in run.layers]
        parts.append(table(HEAD, rows, caption=run.init, numbers=frozenset({1, 2, 3, 4, 5})))
    return "".join(parts)


def _row(layer: LayerActivity) -> tuple[str, ...]:
    *cells, low, high = row(layer, DIGITS)
    return (*map(words, cells), bars(layer, low, high))


def bars(layer: LayerActivity, low: str, high: str) -> str:
    """Return the histogram between its ends as inline SVG."""
    counts = [int(count) for count in layer.seen.counts]
    top, step = max([*counts, 1]), WIDTH / max(len(counts), 1)
    path = "".join(
        f"M{step * place:.1f} {HEIGHT}v{-HEIGHT * count / top:.1f}h{step:.1f}V{HEIGHT}z"
        for place, count in enumerate(counts)
        if count
    )
    said = words(f"histogram of {layer.name} from {low} to {high}, std {layer.seen.std:.3g}")
    whole = HEIGHT + FOOT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {whole}" '
        f'width="{WIDTH}" height="{whole}" aria-label="{said}" font-size="11" '
        f'font-family="system-ui,sans-serif" fill="currentColor"><title>{said}</title>'
        f'<path d="{path}" fill="#0072b2"/><path d="M0 {HEIGHT}h{WIDTH}" stroke="currentColor"/>'
        f'<text x="0" y="{whole - 2}">{words(low)}</text>'
        f'<text x="{WIDTH}" y="{whole - 2}" text-anchor="end">{words(high)}</text></svg>'
    )
