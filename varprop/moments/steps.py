"""The lines of a closed form's own derivation, shared by the routes.

Every equation can be checked with numbers: its sides hold expectations, integrals over the density,
or are identities in h.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sympy import Add, Eq, Expr, Integral, S, exp, oo, pi, sqrt

from varprop.derivation import Kind, Step
from varprop.moments.expectation import Expectation
from varprop.moments.pieces import Piece
from varprop.moments.problem import Problem, Trail
from varprop.moments.reader import recognise
from varprop.moments.terms import Term
from varprop.moments.unrecognised import Unrecognised


def bell(x: Expr, variance: Expr, mean: Expr = S.Zero) -> Expr:
    """Return the density of N(mean, var=variance) at x."""
    return exp(-((x - mean) ** 2) / (2 * variance)) / sqrt(2 * pi * variance)


def integral(expr: Expr, problem: Problem, low: Expr, high: Expr) -> Expr:
    """Return ∫ expr · density over (low, high), unevaluated."""
    weight = bell(problem.h, problem.q, problem.mean)
    return Integral(expr * weight, (problem.h, low, high)) if expr != 0 else S.Zero


def add_up(held: Expectation, value: Expr) -> Step:
    """The last line: everything added up."""
    return Step(
        Eq(held, value, evaluate=False), "add up", Kind.ALGEBRA, "the parts above, added up"
    )


def note_cut(problem: Problem, trail: Trail) -> None:
    """Note that the line is cut at the kinks."""
    if len(problem.pieces) < 2:
        return
    parts = Add(*(integral(p.expr, problem, p.low, p.high) for p in problem.pieces))
    ends = ", ".join(str(p.low) for p in problem.pieces[1:])
    trail.add(
        lambda: Step(
            Eq(problem.held, parts, evaluate=False),
            "cut at the kinks",
            Kind.EXPECTATION,
            f"on each side of {ends} the integrand is smooth",
        )
    )


def note_pieces(problem: Problem, trail: Trail, value_of: Callable[[Piece], Expr]) -> None:
    """Note the squares that are completed and what each piece contributes."""
    noted: set[Expr] = set()
    for piece in problem.pieces:
        if piece.expr == 0:
            continue
        for term in _terms(piece.expr, problem):
            if any(term.quadratic) or any(term.linear):
                step = square_step(term, problem)
                if step.equation not in noted:
                    noted.add(step.equation)
                    trail.steps.append(step)
        left = integral(piece.expr, problem, piece.low, piece.high)
        trail.steps.append(
            Step(
                Eq(left, value_of(piece), evaluate=False),
                "moments of a cut Gaussian",
                Kind.EXPECTATION,
                "by parts, down to the mass of the interval",
            )
        )


def _terms(expr: Expr, problem: Problem) -> Sequence[Term]:
    try:
        return recognise(expr, [problem.h])
    except Unrecognised:
        return ()


def square_step(term: Term, problem: Problem) -> Step:
    """exp(Ah² + Bh) times a density is a factor times another density, for every h."""
    h, q, mean = problem.h, problem.q, problem.mean
    square, slope = term.quadratic[0], term.linear[0]
    root = 1 - 2 * square * q
    factor = exp((slope**2 * q / 2 + square * mean**2 + slope * mean) / root) / sqrt(root)
    other = bell(h, q / root, (mean + slope * q) / root)
    return Step(
        Eq(exp(square * h**2 + slope * h) * bell(h, q, mean), factor * other, evaluate=False),
        "complete the square",
        Kind.ALGEBRA,
        "the exponents agree term by term in h",
    )


def folded_step(problem: Problem, fractions: Sequence[Expr]) -> Step:
    """The line is folded onto h > 0 and the sum split into partial fractions."""
    parts = Add(*(integral(part, problem, S.Zero, oo) for part in fractions))
    return Step(
        Eq(problem.held, parts, evaluate=False),
        "fold at 0",
        Kind.EXPECTATION,
        "the density is even; f(h) + f(-h) in partial fractions",
        ("h has zero mean",),
    )


def fraction_step(problem: Problem, fraction: Expr, value: Expr) -> Step:
    """What one partial fraction contributes."""
    return Step(
        Eq(integral(fraction, problem, S.Zero, oo), value, evaluate=False),
        "partial fraction",
        Kind.EXPECTATION,
        "by parts, down to the first power: erfi and Ei, or erfc",
        source="Gradshteyn and Ryzhik, Table of Integrals, 3.353 and 3.466",
    )
