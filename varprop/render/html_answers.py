"""HTML of the answers in numbers: gains, depth, phases, spectra, advice, experiments."""

from __future__ import annotations

from collections.abc import Sequence

from varprop.answer.advise import Advice
from varprop.answer.gain import GainReport
from varprop.answer.gain_outlook import outlook
from varprop.answer.phase import Edge, Phase
from varprop.answer.propagate import Propagation
from varprop.answer.spectrum import SpectrumReport
from varprop.answer.verification import Verification, z_score
from varprop.answer.verify_derivation import TestedDerivation
from varprop.render import depth_text
from varprop.render.html import lines, to_html
from varprop.render.html_parts import entries, formula, paragraph, table, words
from varprop.render.markdown import MOST_ROWS
from varprop.render.numbers import number, sized
from varprop.render.propagate_screen import shown_rows
from varprop.render.svg_plot import Curve, svg_plot
from varprop.render.verify_screen import closing_lines

MOMENTS = {
    "mean": "E[φ]",
    "second_moment": "E[φ²]",
    "variance": "Var φ",
    "derivative_second_moment": "E[φ'²]",
}
MAPS = {"length_map": "q′", "chi_parallel": "χ∥", "chi_perp": "χ⊥"}


def _strong(text: str) -> str:
    return paragraph(f"<strong>{words(text)}</strong>")


@to_html.register
def _(noun: Propagation) -> str:
    return propagations([noun])


def propagations(found: Sequence[Propagation]) -> str:
    """Return networks side by side: one picture for the signal, one for the gradient, one table each."""
    pictures = "".join(
        svg_plot(
            [
                Curve(
                    one.init,
                    tuple(
                        (float(level.index), getter(level))
                        for level in one.levels
                        if level.q is not None or getter is not _SIDES["q, forward"]
                    ),
                )
                for one in found
            ],
            title=f"{label} by layer: {', '.join(f'{one.init} {one.verdict}' for one in found)}",
            x_label="layer",
            y_label=label,
            log=True,
        )
        for label, getter in _SIDES.items()
    )
    return pictures + "".join(_levels(one) for one in found)


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


_SIDES = {
    "q, forward": lambda level: _number(level.q),
    "gradient": lambda level: _number(level.gradient),
}


def _levels(one: Propagation) -> str:
    rows = []
    for k in shown_rows(one.names, MOST_ROWS):
        level = one.levels[k]
        values = (level.q, level.second_moment, level.mean, level.correlation)
        gradient = sized(level.gradient, level.log_gradient)
        rows.append((words(level.name), *map(number, values), gradient))
    head = f"{one.activation}, {one.init}: {one.verdict}"
    ways = (("forward", one.forward), ("gradient", one.gradient))
    rates = ", ".join(f"{word} ×{number(way.rate)} {one.step}" for word, way in ways)
    header = ("layer", "q", "E[x²]", "E[x]", "c", "gradient")
    shown = table(header, rows, caption=head, numbers=frozenset(range(1, len(header))))
    return shown + paragraph(words(rates)) + "".join(paragraph(words(n)) for n in one.notes)


@to_html.register
def _(noun: GainReport) -> str:
    gains = noun.gains
    moments = [(words(sign), number(noun.value(name))) for name, sign in MOMENTS.items()]
    named = (
        ("gain √(q/E[φ²])", gains.second_moment),
        ("after mean removal √(q/Var φ)", gains.variance),
        ("backward 1/√E[φ'²]", gains.derivative),
        ("linear 1/|φ'(0)|", gains.linear),
        ("χ∥ at the gain", noun.chi_parallel),
        ("χ⊥ at the gain", noun.chi_perp),
    )
    rows = [*moments, *((words(name), number(value)) for name, value in named)]
    shown = table(
        (noun.activation, f"at q = {number(float(noun.q))}"), rows, numbers=frozenset({1})
    )
    closed = [
        (MOMENTS[name], formula(value))
        for name, value in noun.closed.items()
        if value is not None and name in MOMENTS
    ]
    depth = outlook(noun)
    after = "" if depth is None else f"×{number(depth.gradient, 4)} in 20 layers under this gain"
    return shown + entries([*closed, ("gradient", words(after))])


@to_html.register
def _(noun: Phase) -> str:
    values = (
        ("q*", noun.q_star), ("χ∥", noun.chi_parallel), ("χ⊥", noun.chi_perp),
        ("c*", noun.c_star), ("ξ_q", noun.xi_q), ("ξ_c", noun.xi_c),
    )  # fmt: skip
    rows = [(words(name), number(value)) for name, value in values]
    head = f"{noun.activation} at σ_w² = {noun.sigma_w2}, σ_b² = {noun.sigma_b2}: " + (
        noun.phase or "q reaches no fixed point"
    )
    maps = [
        (MAPS[name], formula(value))
        for name, value in noun.formulas.items()
        if value is not None and name in MAPS
    ]
    return table(("quantity", "value"), rows, caption=head, numbers=frozenset({1})) + entries(maps)


@to_html.register
def _(noun: Edge) -> str:
    rows = [
        (
            *(number(x) for x in (p.q_star, p.sigma_w2, p.sigma_b2, p.chi_parallel)),
            words(p.verdict),
        )
        for p in depth_text.edge_points(noun)
    ]
    header = ("q*", "σ_w²", "σ_b²", "χ∥", "length")
    caption = f"Edge of chaos of {noun.activation}"
    return table(header, rows, caption=caption, numbers=frozenset(range(4)))


@to_html.register
def _(noun: SpectrumReport) -> str:
    rows = [(words(name), number(value)) for name, value in depth_text.spectrum_values(noun)]
    head = f"{noun.activation}, {noun.depth} layers, {noun.law} weights"
    shown = table(("singular values of J", "theory"), rows, caption=head, numbers=frozenset({1}))
    singular, density = noun.curve
    points = tuple(zip(singular.tolist(), density.tolist(), strict=True))
    picture = svg_plot(
        [Curve("theory", points)],
        title=f"density of the singular values, {head}",
        x_label="singular value",
        y_label="density",
    )
    return shown + picture


@to_html.register
def _(noun: Advice) -> str:
    parts = [_strong(depth_text.advice_title(noun))]
    for option in noun.options:
        rows = [
            (words(j.name), number(j.value, 4), words(depth_text.in_band(j)), words(j.reason))
            for j in option.judgements
        ]
        caption = depth_text.option_title(option, noun)
        header = ("quantity", "value", "band", "reason")
        parts.append(table(header, rows, caption=caption, numbers=frozenset({1})))
    return "".join(parts)


@to_html.register
def _(noun: TestedDerivation) -> str:
    return (
        _strong(noun.derivation.title)
        + lines(noun.derivation.steps, noun.lines)
        + "".join(paragraph(words(line)) for line in closing_lines(noun))
    )


@to_html.register
def _(noun: Verification) -> str:
    rows = [
        (
            words(check.name),
            number(check.predicted),
            number(check.observed),
            number(check.standard_error, 2),
            f"{z_score(check):+.1f}",
            words(check.verdict.value),
        )
        for check in noun.checks
    ]
    header = ("check", "predicted", "observed", "± error", "z", "verdict")
    shown = table(header, rows, numbers=frozenset({1, 2, 3, 4}))
    return shown + "".join(paragraph(words(line)) for line in closing_lines(noun))
