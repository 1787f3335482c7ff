"""One variable: pieces go to the cut Gaussian, error functions and waves to Stein's lemma."""

from __future__ import annotations

from itertools import pairwise

from sympy import Expr, sign

from varprop.moments import steps
from varprop.moments.ledger import Ledger
from varprop.moments.pieces import Piece
from varprop.moments.problem import Problem, Trail
from varprop.moments.reader import recognise
from varprop.moments.routes import cut
from varprop.moments.terms import Term, Terms, merged, multiplied
from varprop.moments.unrecognised import Unrecognised


def by_pieces(problem: Problem, trail: Trail) -> Expr:
    """Add up polynomial × exponential pieces, each on its interval."""
    value = _sum(problem, problem.pieces)
    if trail.kept:
        steps.note_cut(problem, trail)
        steps.note_pieces(problem, trail, lambda piece: _sum(problem, (piece,)))
        trail.add(lambda: steps.add_up(problem.held, value))
    return value


def _sum(problem: Problem, parts: tuple[Piece, ...]) -> Expr:
    ledger = Ledger()
    for piece in parts:
        if piece.expr != 0:
            cut.add_piece(ledger, piece, problem.h, problem.q, problem.mean)
    return ledger.total(problem.outside)


def by_stein(problem: Problem, trail: Trail) -> Expr:
    """Write pieces with sign functions, then peel, absorb and condition."""
    from varprop.moments.gaussians import Normal
    from varprop.moments.routes.stein import Stein, Watcher

    ledger, watcher, terms = Ledger(), Watcher(), signed(problem)
    if any(map(hopeless, terms)):
        raise Unrecognised("an even product with four error functions")
    normal = Normal((problem.mean,), ((problem.q,),))
    if trail.kept:
        from varprop.moments.routes.recorder import Recorder

        watcher = recorder = Recorder(trail, [problem.h], lambda expr: expr)
        recorder.opened(problem.held, terms, normal)
    Stein(ledger, watcher).add(terms, normal)
    value = ledger.total(problem.outside)
    trail.add(lambda: steps.add_up(problem.held, value))
    return value


def hopeless(term: Term) -> bool:
    """Tell early that Stein's lemma would end at an even product of four error functions."""
    count = len(term.factors)
    return count > 3 and term.powers[0] % 2 == count % 2


def signed(problem: Problem) -> Terms:
    """Return f as ½(first + last piece) + ½ Σ (jump at k)·sign(h - k)."""
    parts, h = problem.pieces, problem.h
    terms = recognise((parts[0].expr + parts[-1].expr) / 2, [h])
    for left, right in pairwise(parts):
        step = recognise(sign(h - left.high), [h])
        jump = recognise((right.expr - left.expr) / 2, [h])
        terms = terms + [t for a in jump for b in step for t in multiplied(a, b)]
    return merged(terms)
