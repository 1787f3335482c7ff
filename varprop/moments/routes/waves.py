"""Waves on pieces: cos(th + b) is the real part of exp(i(th + b)), cut like any exponential."""

from __future__ import annotations

from sympy import Add, Expr, I, Integer, S, erf, erfc, erfi, exp, expand, re

from varprop.moments import steps
from varprop.moments.ledger import Ledger
from varprop.moments.pieces import Piece
from varprop.moments.problem import Problem, Trail
from varprop.moments.reader import recognise
from varprop.moments.routes.cut import Truncated
from varprop.moments.terms import Term
from varprop.moments.unrecognised import Unrecognised


def by_waves(problem: Problem, trail: Trail) -> Expr:
    """Add up polynomial × exponential × wave pieces; the answer is a real part."""
    value = _sum(problem, problem.pieces)
    if trail.kept:
        steps.note_cut(problem, trail)
        steps.note_pieces(problem, trail, lambda piece: _sum(problem, (piece,)))
        trail.add(lambda: steps.add_up(problem.held, value))
    return value


def _sum(problem: Problem, parts: tuple[Piece, ...]) -> Expr:
    h = problem.h
    real, complex_ = Ledger(), Ledger()
    for piece in parts:
        for term in recognise(piece.expr, [h]):
            if term.factors or not isinstance(term.powers[0], int):
                raise Unrecognised("an error function or a real power on a piece")
            slope, phase = turned(term)
            form = Truncated(
                piece.low, piece.high, term.quadratic[0], slope, problem.q, problem.mean
            )
            ledger = real if term.wave is None else complex_
            form.add_to(ledger, {Integer(term.powers[0]): term.coefficient * phase})
    return real.total(problem.outside) + _real_part(complex_.total(problem.outside))


def turned(term: Term) -> tuple[Expr, Expr]:
    """Return the complex slope and the constant phase of a term; a sine is -i times a cosine's."""
    if term.wave is None:
        return term.linear[0], S.One
    phase = exp(I * term.wave.offset) * (-I if term.wave.sine else 1)
    return term.linear[0] + I * term.wave.slopes[0], phase


def _real_part(value: Expr) -> Expr:
    value = expand(value.replace(erfc, lambda z: 1 - erf(z)).replace(erf, _erf))
    real = Add(*(re(summand) for summand in Add.make_args(value)))
    if real.has(I):
        raise Unrecognised("an error function of a complex number")
    return real


def _erf(z: Expr) -> Expr:
    turned_back = z / I
    return I * erfi(turned_back) if turned_back.is_real else erf(z)
