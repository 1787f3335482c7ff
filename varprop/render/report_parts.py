"""The sections of a report as HTML: network, answer, argument, experiment, comparison, code."""

from __future__ import annotations

from sympy import Add, Basic

from varprop.answer.architecture import ArchitectureSolution, TensorScale
from varprop.answer.report import Report
from varprop.answer.words import times
from varprop.errors import VarpropError
from varprop.render.architecture_screen import formula_words, passage_words, unknown_words
from varprop.render.code import initialiser_code
from varprop.render.code_libraries import LIBRARIES
from varprop.render.html import lines, to_html
from varprop.render.html_parts import (
    entries,
    heading,
    paragraph,
    preformatted,
    table,
    unfolding,
    words,
)
from varprop.render.numbers import number, sized
from varprop.render.plain import plain
from varprop.render.report_plots import comparison_pictures, ratio_bars
from varprop.render.report_spec import laid_out
from varprop.verdict import Check, Verdict

TOO_WEAK = "Too weak: the bars are too wide for a verdict; --samples draws more networks."


def network_section(noun: Report) -> str:
    """Return the network as text, laid out, with its shapes and size."""
    net = noun.network
    about = (
        ("input", words(str(net.shape))),
        ("output", words(str(net.output))),
        ("trained values", words(_count(net.parameters()))),
        ("weight tensors", words(plain(Add(*(layer.copies for layer in noun.solution.layers))))),
    )
    return preformatted(laid_out(str(net))) + entries(about)


def _count(expression: Basic) -> str:
    text = plain(expression)
    return f"{int(text):,}" if text.isdigit() else text


@to_html.register
def _(noun: ArchitectureSolution) -> str:
    return answer_section(noun)


def answer_section(found: ArchitectureSolution) -> str:
    """Return the open factor, a row per weight tensor, and what the network does at these scales."""
    parts = []
    if found.unknown is not None:
        parts.append(paragraph(f"<strong>{words(unknown_words(found, 6))}</strong>"))
        parts.append(paragraph(words(found.unknown.imposed)))
    parts.append(paragraph(words(f"{found.condition}: {found.condition_words}")))
    header = ("layer", "Var(w)", "std", "uniform ±a", "gain", "×", "fan_in", "fan_out")
    rows = [_scale(layer) for layer in found.layers]
    parts.append(table(header, rows, numbers=frozenset({2, 3, 4, 5, 7})))
    if found.passage is not None:
        parts += [paragraph(words(line)) for line in passage_words(found)]
    parts += [paragraph(f"<strong>Note:</strong> {words(note)}") for note in found.notes]
    return "".join(parts)


def _scale(layer: TensorScale) -> tuple[str, ...]:
    """Return the row of a weight tensor, what feeds it below its name."""
    product = _product(layer.product, plain(layer.fans.fan_in))
    name = words(f"{layer.name} {layer.role}".strip())
    laws = {law.law: number(law.value) for law in layer.distributions}
    return (
        f'{name}<span class="aside">fed by {words(layer.fed_by)}</span>',
        words(formula_words(layer, 6)),
        laws["normal"],
        laws["uniform"],
        number(layer.gain.value),
        words(str(layer.copies)),
        f'<span class="number">{words(product)}</span>',
        words(plain(layer.fans.fan_out)),
    )


def _product(product: str, fan_in: str) -> str:
    return fan_in if product == fan_in else f"{fan_in} = {product}"


def argument_section(noun: Report) -> str:
    """Return the derivation behind each activation, then the line of every tensor."""
    parts = []
    for one in noun.arguments:
        parts.append(heading(f"A layer fed by {one.fed_by}"))
        parts.append(lines(one.derivation.steps))
    parts.append(heading("Every weight tensor"))
    parts.append(lines(noun.solution.derivation.steps))
    for name, sentences in (
        ("Assumed", noun.solution.assumptions),
        ("Approximated", noun.solution.approximations),
    ):
        if sentences:
            listed = "".join(f"<li>{words(one)}</li>" for one in sentences)
            parts.append(f"{heading(name)}<ul>{listed}</ul>")
    return "".join(parts)


def experiment_section(noun: Report) -> str:
    """Return observed against predicted with standard errors, as a picture and as numbers."""
    experiment = noun.experiment
    parts = [paragraph(words(experiment.words))]
    if experiment.network is not None:
        parts.append(preformatted(laid_out(experiment.network)))
    if experiment.checks:
        parts.append(ratio_bars(experiment.checks))
        parts.append(_checks(experiment.checks))
        noted = dict.fromkeys(check.note for check in experiment.checks if check.note)
        parts.append(paragraph(words("; ".join((*noted, f"seed {experiment.checks[0].seed}")))))
        if any(check.verdict is Verdict.TOO_WEAK for check in experiment.checks):
            parts.append(paragraph(TOO_WEAK))
    return "".join(parts)


def _checks(checks: tuple[Check, ...]) -> str:
    rows = [
        (
            words(check.name),
            number(check.predicted),
            number(check.observed),
            number(check.standard_error, 2),
            number(check.tolerance, 2),
            words(check.verdict.value),
        )
        for check in checks
    ]
    header = ("quantity", "predicted", "observed", "± standard error", "tolerance", "verdict")
    return table(header, rows, numbers=frozenset({1, 2, 3, 4}))


def comparison_section(noun: Report) -> str:
    """Return the initialisers side by side: pictures, rates, and what could not be followed."""
    parts = [comparison_pictures(noun.compared)]
    rows = [
        (
            words(one.init),
            words(times(one.forward.rate)),
            words(times(one.gradient.rate)),
            number(one.levels[-1].second_moment, 4),
            sized(one.levels[0].gradient, one.levels[0].log_gradient, 4),
            words(one.verdict),
        )
        for one in noun.compared
    ]
    header = (
        "init", "forward a layer", "gradient a layer", "E[x²] at the output",
        "gradient at the data", "verdict",
    )  # fmt: skip
    if rows:
        parts.append(table(header, rows, numbers=frozenset({1, 2, 3, 4})))
        parts.append(
            paragraph(
                "Rates are taken over the last half of the layers; the gradient is 1 at the output."
            )
        )
    parts += [paragraph(words(f"{what}: {why}")) for what, why in noun.refused]
    return "".join(parts)


def code_section(noun: Report) -> str:
    """Return the initialiser for each library; the reason where none can be written."""
    parts = []
    for place, library in enumerate(LIBRARIES):
        try:
            source = initialiser_code(noun.solution, library)
        except VarpropError as error:
            return paragraph(words(str(error)))
        block = f"<pre><code>{words(source)}</code></pre>"
        parts.append(unfolding(words(library), block, opened=place == 0))
    return f'<div class="choices">{"".join(parts)}</div>'


def headline(noun: Report) -> str:
    """Return the first line of a report: the verdicts of the comparison and of the experiment."""
    parts = []
    if noun.solution.unknown is not None:
        parts.append(unknown_words(noun.solution, 6))
    verdicts = dict.fromkeys(one.verdict for one in noun.compared)
    for verdict in verdicts:
        inits = [one.init for one in noun.compared if one.verdict == verdict]
        alone = len(verdicts) == 1 and len(inits) > 2
        parts.append(
            f"{verdict}: {f'all {len(inits)} initialisers' if alone else ', '.join(inits)}"
        )
    if noun.experiment.checks:
        parts.append(f"experiment: {_outcome(noun.experiment.checks)}")
    return " · ".join(parts)


def _outcome(checks: tuple[Check, ...]) -> str:
    """Return what the checks found together: the worst where they differ."""
    found = {check.verdict for check in checks}
    worst = next(v for v in (Verdict.DISAGREES, Verdict.TOO_WEAK, *Verdict) if v in found)
    count = sum(check.verdict is worst for check in checks)
    return (
        worst.value if len(found) == 1 else f"{worst.value} ({count} of {len(checks)} quantities)"
    )
