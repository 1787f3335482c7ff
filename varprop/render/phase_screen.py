"""The screens of ``phase``: one point of the phase diagram, or the edge of chaos as a table."""

from __future__ import annotations

from sympy import Expr

from varprop.answer.phase import Edge, Phase
from varprop.answer.words import times
from varprop.render.numbers import number
from varprop.render.phase_checks import show_checks
from varprop.render.phase_words import phase_words
from varprop.render.plain import plain
from varprop.render.screen import Screen
from varprop.solving.edge_point import EdgePoint
from varprop.solving.universality import CLASSES

TABLE = (0.1, 0.5, 1.0, 4.0)
LAYERS = 20


def show_phase(found: Phase | Edge, screen: Screen, *, digits: int = 6) -> None:
    """Print the phase at a point, or the edge of chaos."""
    if isinstance(found, Phase):
        _point(found, screen, digits)
    else:
        _edge(found, screen, digits)
    if found.checks is not None:
        screen.line()
        show_checks(found.checks, screen)


def _point(found: Phase, screen: Screen, digits: int) -> None:
    weight, bias = (number(float(x), digits) for x in (found.sigma_w2, found.sigma_b2))
    screen.line(f"{found.activation} at σ_w² = {weight}, σ_b² = {bias}", style="bold")
    screen.line("  σ_w² = fan_in·Var(w): Var(w) = σ_w²/fan_in", style="dim")
    screen.line()
    screen.labelled("Length", _length(found, digits))
    if found.chi_perp is not None:
        screen.labelled("Gradient", (_gradient(found),))
        screen.labelled("Phase", (phase_words(found),))
    if found.correlation is not None:
        screen.labelled("Two inputs", _correlation(found, digits))
    if len(found.found.points) > 1 or (found.point is None and found.found.points):
        screen.line()
        rows = [
            (
                number(p.q, digits),
                number(p.chi_parallel, digits),
                number(p.chi_perp, digits),
                p.verdict,
                "← reached" if p == found.point else "",
            )
            for p in found.found.points
        ]
        screen.columns(
            rows, ("fixed point q", "χ∥", "χ⊥", "length", ""), right=frozenset({0, 1, 2})
        )
    _formulas(found, screen)


def _length(found: Phase, digits: int) -> tuple[str, ...]:
    start = number(float(found.start), digits)
    if found.found.continuum:
        return (
            f"every q is kept (χ∥ = 1): marginal, a wrong start stays wrong; q = {start} as asked",
        )
    if found.point is None:
        return (*_no_fixed_point(found, digits),)
    lines = [
        f"q from {start} to q* = {number(found.q_star, digits)}: {found.point.verdict}, "
        f"χ∥ = {number(found.chi_parallel, digits)}"
        + (f", a wrong start fades over ξ_q = {number(found.xi_q, 4)} layers" if found.xi_q else "")
    ]
    if found.decay is not None:
        decay = found.decay
        lines.append(
            f"q_l → {plain(decay.coefficient)}·l^(−{plain(decay.exponent)}): a power of the depth"
        )
    return tuple(lines)


def _no_fixed_point(found: Phase, digits: int) -> tuple[str, ...]:
    count = "no fixed point" if not found.found.points else "no fixed point reached"
    lines = [f"{count}: {found.destination.words}"]
    bias = number(float(found.sigma_b2), digits)
    edge = [number(p.sigma_w2, digits) for p in found.edge]
    where = f"the edge of chaos at σ_b² = {bias} is σ_w² = {', '.join(edge)}"
    return (*lines, where if edge else f"there is no edge of chaos at σ_b² = {bias}")


def _gradient(found: Phase) -> str:
    perp = found.chi_perp or 0.0
    return (
        f"χ⊥ = {number(perp, 6)}: {times(perp)} per layer, {times(perp**LAYERS)} in {LAYERS} layers"
    )


def _correlation(found: Phase, digits: int) -> tuple[str, ...]:
    limit = found.correlation
    if limit is None:
        return ()
    lines = [limit.words]
    law = found.correlation_decay
    if law is not None:
        lines.append(f"1 − c → {_coefficient(law.coefficient)}·l^(−{plain(law.exponent)})")
    if limit.c_star is not None and found.q_star:
        spread = found.q_star * (1 - limit.c_star)
        depth = f" over ξ_c = {number(found.xi_c, digits)} layers" if found.xi_c else ""
        lines[0] += depth
        lines.append(
            f"variance over the data q(1 − c) → {number(spread, digits)} (over the weights: "
            f"{number(found.q_star, digits)})"
        )
    return tuple(lines)


def _formulas(found: Phase, screen: Screen) -> None:
    shown = {"length_map": "q' =", "chi_parallel": "χ∥ =", "chi_perp": "χ⊥ ="}
    lines = [
        (sign, plain(formula))
        for name, sign in shown.items()
        if (formula := found.formulas[name]) is not None and len(plain(formula)) <= 90
    ]
    if lines:
        screen.line()
        screen.columns(lines, fold=frozenset({1}))


def _edge(found: Edge, screen: Screen, digits: int) -> None:
    screen.line(_at_zero(found), style="bold")
    screen.line("edge of chaos: χ⊥ = σ_w²·E[φ'²] = 1 (χ₁ of Poole, Schoenholz)")
    if found.solutions is not None:
        _solutions(found, screen, digits)
    else:
        _table(found, screen, digits)
    screen.line()
    _half_stable(found, screen, digits)
    _class(found, screen)
    if found.solutions is None:
        screen.line(
            "--sigma-b2 0.04 picks one point · --sigma-w2 adds fixed points · --save curve.csv"
            " · --figure phase.svg · --plot",
            style="dim",
        )


def _at_zero(found: Edge) -> str:
    start = found.at_zero
    right, left = start["right"], start["left"]
    value = (
        f"φ(0) = {plain(right)}"
        if right == left
        else f"φ jumps at 0 from {plain(left)} to {plain(right)}"
    )
    slopes = (start["slope_right"], start["slope_left"])
    if slopes[0] == slopes[1]:
        slope = f"φ'(0) = {_exact(slopes[0])}"
    else:
        slope = f"φ'(0) = {_exact(slopes[1])} on the left, {_exact(slopes[0])} on the right"
    return f"{found.activation}: {value}, {slope}"


def _exact(value: Expr) -> str:
    text = plain(value)
    decimal = number(float(value), 6) if getattr(value, "is_finite", False) else "∞"
    if len(text) > 24 or text == decimal:
        return decimal
    return text if getattr(value, "is_Rational", False) else f"{text} = {decimal}"


NOWHERE = {True: "needs σ_b² < 0", False: "E[φ²] infinite or φ' = 0"}
HEADER = ("q*", "σ_w²", "σ_w", "σ_b²", "χ∥", "length")


def _row(point: EdgePoint, digits: int, q: str | None = None) -> tuple[str, ...]:
    return (
        q or number(point.q_star, digits),
        number(point.sigma_w2, digits + 1),
        number(point.sigma_w2**0.5, digits),
        number(point.sigma_b2, digits),
        number(point.chi_parallel, digits),
        point.verdict,
    )


def _table(found: Edge, screen: Screen, digits: int) -> None:
    rows = []
    end = found.geometry.at_zero
    if found.geometry.point_for_all is not None:
        point = found.at(1.0)
        rows = [_row(point, digits, "every q")] if point else []
    else:
        if end is not None:
            rows.append(_row(end, digits, "→ 0"))
        points = [(q, found.at(q)) for q in TABLE]
        rows += [
            _row(p, digits)
            if p
            else (number(q, digits), "–", "–", "–", "–", NOWHERE[found.geometry.bias(q) < 0])
            for q, p in points
        ]
    if rows:
        screen.columns(rows, HEADER, right=frozenset(range(5)))


def _solutions(found: Edge, screen: Screen, digits: int) -> None:
    bias = number(float(found.sigma_b2 or 0), digits)
    solutions = found.solutions or ()
    if not solutions:
        screen.line(f"no point of the edge of chaos has σ_b² = {bias}")
        return
    count = "one point" if len(solutions) == 1 else f"{len(solutions)} points"
    screen.line(f"{count} at σ_b² = {bias}")
    screen.columns([_row(p, digits) for p in solutions], HEADER, right=frozenset(range(5)))


def _half_stable(found: Edge, screen: Screen, digits: int) -> None:
    for point, exact in found.half_stable:
        q = (
            f"{plain(exact)} = {number(point.q_star, digits)}"
            if exact is not None
            else number(point.q_star, digits + 1)
        )
        screen.line(
            f"half-stable point χ∥ = χ⊥ = 1: q* = {q}, σ_w² = {number(point.sigma_w2, digits + 2)}, "
            f"σ_b² = {number(point.sigma_b2, digits + 2)}"
        )
    if not found.half_stable and found.geometry.point_for_all is None:
        screen.line("no half-stable point (χ∥ = χ⊥ = 1 at q* > 0) found for q from 1e-4 to 1e4")


def _class(found: Edge, screen: Screen) -> None:
    screen.line(f"universality class {found.universality}: {CLASSES[found.universality]}")
    decay = found.decay
    if decay is not None:
        screen.line(
            f"at q* → 0: q_l → {_coefficient(decay.coefficient)}·l^(−{plain(decay.exponent)})"
        )


def _coefficient(value: Expr) -> str:
    text = plain(value)
    return text if len(text) <= 16 else number(float(value), 6)
