"""The screen of ``solve``: answer, laws, reasons, depth, experiment, what to try next."""

from __future__ import annotations

from sympy import Basic, Expr, Pow, Rational

from varprop import notation
from varprop.answer.width import holds_for
from varprop.answer.words import depth_sentences
from varprop.catalogue.laws import LAWS
from varprop.render.derivation_screen import show_derivation
from varprop.render.experiment import experiment_lines
from varprop.render.law_table import cells, headings, law_label
from varprop.render.numbers import full, number
from varprop.render.plain import plain
from varprop.render.screen import Screen
from varprop.result import LawParameter, Quantity, Solution, Stability

SHORT = 46
WIDTH = 100
LAW_WORDS = {
    "normal": "normal",
    "uniform": "uniform(-a, a)",
    "truncated_normal": "truncated normal ±{k:g}",
    "orthogonal": "orthogonal",
    "rademacher": "rademacher ±a",
}
LAW_SYMBOL = {"std": "std", "bound": "a  ", "gain": "gain", "value": "a  "}
"""What a parameter is called next to its number; others by their letter in the law's formulas."""


def show_solution(
    solution: Solution,
    screen: Screen,
    *,
    laws: tuple[str, ...],
    digits: int = 6,
    steps: bool = False,
) -> None:
    """Print the answer of ``solve`` in at most 24 lines of 100 columns; ``steps`` shows every line."""
    names = _names(solution, digits, short=not steps)
    _headline(solution, screen, digits, names)
    if solution.layers:
        _layers(solution, screen, laws, digits, names)
    else:
        _laws(solution, screen, laws, digits)
    screen.line()
    values = {
        m.held: f"{number(m.at_q.value, digits)} at q = {solution.q}"
        for m in solution.moments.values()
        if m.closed is None and m.held.has(notation.q) and m.at_q.value is not None
    }
    show_derivation(solution.derivation, screen, names=names, values=values, short=not steps)
    screen.line()
    if solution.stability is not None:
        screen.labelled("Depth", _depth(solution, solution.stability))
    for note in solution.notes:
        screen.labelled("Note", (note,))
    if solution.checks is not None:
        screen.labelled("Experiment", experiment_lines(solution.checks))
    screen.labelled("Next", (_next(solution),), style="dim")


def _depth(solution: Solution, stability: Stability) -> tuple[str, ...]:
    strays = holds_for(solution)
    sentences = depth_sentences(stability, float(solution.q))
    return sentences if strays is None else (*sentences, strays)


def _names(solution: Solution, digits: int, *, short: bool) -> dict[Basic, str]:
    """Return short names for the parts of this answer that would be too long for a screen."""
    names: dict[Basic, str] = {}
    for moment in solution.moments.values():
        if len(plain(moment.held)) > SHORT // 2:
            names[moment.held] = moment.words
            names[moment.held.subs(notation.q, solution.q)] = moment.words
        if short and moment.closed is not None and len(plain(moment.closed)) > SHORT:
            value = moment.at_q.value
            names[moment.closed] = (
                "closed form, see --steps"
                if value is None
                else f"{number(value, digits)} at q = {solution.q}"
            )
    if short and len(plain(solution.weight_variance, names)) > SHORT:
        names[solution.weight_variance] = plain(solution.in_words)
    return names


def _headline(solution: Solution, screen: Screen, digits: int, names: dict[Basic, str]) -> None:
    formula = plain(solution.weight_variance, names)
    if len(formula) > SHORT:
        formula = plain(solution.in_words)
    parts = [f"Var(w) = {formula}"]
    fans = solution.fans
    values = {
        symbol: str(value)
        for symbol, value in ((fans.fan_in, fans.fan_in_value), (fans.fan_out, fans.fan_out_value))
        if value is not None
    }
    if solution.value is not None:
        substituted = plain(solution.weight_variance, {**names, **values})
        if substituted != formula and "E[" not in substituted and len(substituted) <= SHORT // 2:
            parts.append(substituted)
        parts.append(full(solution.value, digits + 3))
    gain = _value_of("gain", solution.gain, digits, sign=" ")
    legend = ", ".join(
        f"{plain(s)} = {s.name}"
        for s in (fans.fan_in, fans.fan_out)
        if s.is_Symbol and s.name in ("fan_in", "fan_out") and solution.weight_variance.has(s)
    )
    head = [" = ".join(parts), gain]
    if sum(map(len, head)) + 5 > min(screen.width, WIDTH):
        for part in head:
            screen.line(part, style="bold green")
    else:
        screen.line("     ".join(head), style="bold green")
    where = [f"for a layer fed by {solution.fed_by}", solution.condition_words]
    if solution.q != 1:
        where.append(f"q = {plain(solution.q)}")
    if solution.bias_variance != 0:
        where.append(f"σ_b² = {plain(solution.bias_variance)}")
    screen.line("; ".join(where) + (f" ({legend})" if legend else ""))
    screen.line()


def _value_of(name: str, quantity: Quantity, digits: int, sign: str = " = ") -> str:
    formula, value = plain(quantity.expr), quantity.value
    if len(formula) > SHORT // 2 or "E[" in formula:
        return f"{name}{sign}{formula if value is None else number(value, digits + 1)}"
    if value is None or formula == full(value, digits + 1):
        return f"{name}{sign}{formula}"
    return f"{name}{sign}{formula} = {number(value, digits + 1)}"


def _laws(solution: Solution, screen: Screen, laws: tuple[str, ...], digits: int) -> None:
    rows = []
    for law in solution.distributions:
        if law.law not in laws:
            continue
        words = LAW_WORDS.get(law.law)
        label = law_label(law) if words is None else words.format(**dict(law.extra))
        rows.extend(_law_rows(law, label, digits))
    screen.columns(rows, ("draw from", "parameter", "PyTorch"))
    hidden = [law.law for law in solution.distributions if law.law not in laws]
    if hidden:
        screen.line(f"{', '.join(hidden)}: --dist all", style="dim")


def _law_rows(law: LawParameter, label: str, digits: int) -> list[tuple[str, str, str]]:
    name = LAW_SYMBOL.get(law.parameter, f"{LAWS[law.law].parameter.symbol}  ")
    before = " before the cut" if law.law == "truncated_normal" else ""
    if law.value is None:
        formula = plain(law.expr)
        shown = formula if len(formula) <= SHORT else plain(_rounded(law.expr, digits))
        return [(label, f"{name} = {shown}{before}", "")]
    value = number(law.value, digits)
    formula = "" if law.extra else plain(law.expr)
    text = f"{name} = {value}{before}"
    if formula and len(formula) <= 12 and formula != value:
        text = f"{name} = {formula} = {value}{before}"
    cut = dict(law.extra).get("k")
    end = number(cut * law.value, digits) if cut else ""
    code = LAWS[law.law].code
    line = "" if code is None else code.typed(value, end, law.extra)
    head, _, tail = line.partition("\n")
    if len(line) <= 44 or not tail:
        return [(label, text, head + tail)]
    return [(label, text, head), ("", "", "  " + tail.lstrip())]


def _rounded(formula: Expr, digits: int) -> Expr:
    """Return a formula with its numbers as decimals and its exponents left exact."""
    return formula.evalf(digits).replace(
        lambda e: e.is_Pow and e.exp.is_Float, lambda e: Pow(e.base, Rational(str(e.exp)))
    )


def _layers(
    solution: Solution,
    screen: Screen,
    laws: tuple[str, ...],
    digits: int,
    names: dict[Basic, str],
) -> None:
    rows = [
        (
            layer.name,
            str(layer.fans.fan_in_value or plain(layer.fans.fan_in)),
            str(layer.fans.fan_out_value or plain(layer.fans.fan_out)),
            _short_formula(layer.weight_variance, names),
            *cells(layer, laws, digits),
            layer.fed_by,
        )
        for layer in solution.layers
    ]
    drawn = headings(solution.layers[0], laws)
    header = ("layer", "fan_in", "fan_out", "Var(w)", *drawn, "fed by")
    screen.columns(rows, header, right=frozenset({1, 2, *range(4, 4 + len(drawn))}))


def _short_formula(quantity: Quantity, names: dict[Basic, str]) -> str:
    formula = plain(quantity.expr, names)
    return formula if len(formula) <= 20 else number(quantity.value)


def _next(solution: Solution) -> str:
    act = solution.activation
    named = f'"{act}"' if any(ch in act for ch in " ()*<>|&;") else act
    width = solution.fans.fan_in_value or 512
    return f"--steps · varprop propagate --act {named} --width {width} --depth 50 · varprop list"
