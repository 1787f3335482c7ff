"""The screen of ``gain`` for one activation: moments, gains, closed forms, twenty layers."""

from __future__ import annotations

from varprop.answer.gain import GainReport
from varprop.answer.gain_outlook import LAYERS, Outlook
from varprop.answer.words import times
from varprop.catalogue.activations import Activation
from varprop.render.numbers import number
from varprop.render.plain import plain
from varprop.render.screen import Screen

LONGEST = 90
FLOAT_DIGITS = 15
WORDS = {
    "mean": "E[φ]",
    "second_moment": "E[φ²]",
    "variance": "Var φ",
    "derivative_second_moment": "E[φ'²]",
}
DIGIT_WORDS = {
    **WORDS,
    "fourth_moment": "E[φ⁴]",
    "derivative_mean": "E[φ']",
    "gain": "gain",
    "backward_gain": "backward gain",
}


def show_one(
    report: GainReport, outlook: Outlook | None, screen: Screen, *, digits: int = 6
) -> None:
    """Print one activation: its moments, gains, closed forms, and 20 layers of it."""
    screen.line(_headline(report))
    exact, digits = digits > FLOAT_DIGITS, min(digits, FLOAT_DIGITS)
    if report.digits:
        screen.columns([("", DIGIT_WORDS.get(n, n), text) for n, text in report.digits.items()])
    elif not report.subject.parameters:
        screen.line(
            "  " + "   ".join(_moment(report, name, digits) for name in WORDS) + _error(report)
        )
    for line in _closed(report):
        screen.line(f"  {line}")
    if report.gains.second_moment is not None and not exact:
        screen.line(f"  {_gains(report, digits)}")
    if report.gain_formula is not None and report.subject.parameters:
        screen.line(f"  gain √(q/E[φ²]) = {plain(report.gain_formula)}")
    for line in _depth(report, outlook, digits):
        screen.line(f"  {line}")
    for line in _notes(report):
        screen.line(f"  {line}", style="dim")


def _headline(report: GainReport) -> str:
    source = report.subject.source
    name = report.activation
    if isinstance(source, Activation):
        formula = plain(source.phi)
        called = f"{name}: " if "(" in name else f"{name}(h) = "
        plainly = source.entry is None or formula == f"{name}(h)"
        title = formula if plainly else called + formula
        if len(title) > LONGEST:
            title = name
    else:
        title = f"{name} = {source.formula}"
        if source.inputs > 1:
            title += f", {source.inputs} independent pre-activations,"
    return f"{title} at q = {report.q}"


def _moment(report: GainReport, name: str, digits: int) -> str:
    measured = report.moments[name]
    if name in report.infinite:
        return f"{WORDS[name]} infinite"
    if measured is not None and measured.value is None and measured.log_value is not None:
        return f"{WORDS[name]} e^{number(measured.log_value, digits)}"
    return f"{WORDS[name]} {number(report.value(name), digits)}"


def _error(report: GainReport) -> str:
    bounds = [
        measured.bound
        for name in WORDS
        if (measured := report.moments[name]) is not None and not measured.overflow
    ]
    return f"   (± {max(bounds):.0e})" if bounds else ""


def _closed(report: GainReport) -> list[str]:
    lines = []
    known = {name: form for name, form in report.closed.items() if form is not None}
    for name, form in known.items():
        text = plain(form)
        lines.append(f"{WORDS[name]} = {text}" if len(text) <= LONGEST else "")
    unknown = [WORDS[name] for name in report.closed if name not in known]
    long = [WORDS[n] for n, line in zip(known, lines, strict=True) if not line]
    if unknown:
        lines.append(f"no closed form known for {', '.join(unknown)}")
    if long:
        lines.append(f"closed form of {', '.join(long)}: --json or --latex")
    return [line for line in lines if line]


def _gains(report: GainReport, digits: int) -> str:
    gains = report.gains
    parts = [f"gain {number(gains.second_moment, digits)} (second moment)"]
    if gains.variance is not None and gains.variance != gains.second_moment:
        parts.append(f"{number(gains.variance, digits)} (std, after mean removal)")
    if gains.derivative is not None:
        parts.append(f"{number(gains.derivative, digits)} (backward)")
    if gains.linear is not None:
        parts.append(f"{number(gains.linear, digits)} (linear)")
    return "   ".join(parts)


def _depth(report: GainReport, outlook: Outlook | None, digits: int) -> list[str]:
    if outlook is None:
        return []
    parallel = report.chi_parallel or 0.0
    gradient = "gradients ×1 per layer (χ⊥ = 1)"
    if outlook.per_layer != 1:
        total = times(outlook.gradient)
        gradient = f"gradients {times(outlook.per_layer)} per layer, {total} in {LAYERS}"
    lines = [f"with gain {number(report.gains.second_moment, digits)}: "]
    if report.unstable:
        lines[0] += f"an UNSTABLE fixed point (χ∥ = {parallel:.4g}): a start 1 % off drifts away,"
        ends = f"{_share(outlook.low)} or {_share(outlook.high)}"
        lines.append(f"  in {LAYERS} layers to {ends} of q; {gradient}")
    elif report.marginal:
        lines[0] += f"a start 1 % off stays 1 % off (χ∥ = 1, marginal), {gradient}"
    else:
        lines[0] += f"a start 1 % off decays (χ∥ = {parallel:.4g}), {gradient}"
    if outlook.relu_gain is not None:
        lines.append(
            f"people often pass 'relu' (√2): then q = {report.q} {_drift(outlook.relu_gain)}"
        )
    return lines


def _share(factor: float) -> str:
    if factor == float("inf"):
        return "beyond 10¹²"
    return f"{factor:.3g}"


def _drift(q: float) -> str:
    if q == float("inf"):
        return f"is beyond 10¹² within {LAYERS} layers"
    return f"drifts to {q:.3g} after {LAYERS} layers"


def _notes(report: GainReport) -> list[str]:
    source = report.subject.source
    entry = source.entry if isinstance(source, Activation) else source
    if entry is None:
        return []
    return [line for line in (entry.note, entry.source) if line]
