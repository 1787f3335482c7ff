"""Two variables: kinks as signs, then Stein's lemma and Price's theorem by conditioning."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import sympy
from sympy import Add, Dummy, Eq, Expr, Function, Mul, Pow, S, Symbol, expand, factor_terms, sqrt

from varprop.derivation import Kind, Step
from varprop.moments.calculus import held_part
from varprop.moments.expectation import BivariateExpectation, GaussianExpectation
from varprop.moments.gaussians import Normal
from varprop.moments.ledger import Ledger, tidy
from varprop.moments.one_variable import solve_gaussian
from varprop.moments.problem import Trail
from varprop.moments.reader import recognise
from varprop.moments.routes.stein import Stein, Watcher
from varprop.moments.routes.symmetry import is_tame
from varprop.moments.signs import with_signs
from varprop.moments.steps import add_up

if TYPE_CHECKING:
    from varprop.moments.routes.recorder import Recorder


def solve_bivariate(held: BivariateExpectation, trail: Trail) -> Expr:
    """Return the closed form; raises Unrecognised.

    The covariance stays one symbol on the way, so that all algebra is rational; it becomes
    c·√(q_u q_v) at the end.
    """
    f, u, v, *law = held.args
    line = on_line(held)
    if line is not None:
        return _reduced(held, line, trail)
    if f.xreplace({u: -u, v: -v}) == -f and is_tame(f, u) and is_tame(f, v):
        trail.add(lambda: _odd_step(held))
        return S.Zero
    q_u, q_v, c = names = _names(law)
    shared = Dummy("k", real=True)
    signed = with_signs(f, (u, v))

    def back(expr: Expr) -> Expr:
        short = shortened(expr.xreplace({shared: c * sqrt(q_u) * sqrt(q_v)}))
        return short.xreplace(dict(zip(names, law, strict=True)))

    ledger, watcher, terms = Ledger(), Watcher(), recognise(signed, (u, v))
    normal = Normal((S.Zero, S.Zero), ((q_u, shared), (shared, q_v)))
    if trail.kept:
        watcher = recorder = _recorder(held, signed, trail, back)
        recorder.opened(held_part(signed, held), terms, normal)
    Stein(ledger, watcher).add(terms, normal)
    value = back(ledger.total(sympy.nan))
    trail.add(lambda: add_up(held, value))
    return value


def on_line(held: BivariateExpectation) -> Expr | None:
    """Return expectations over one variable that equal ``held``; None where it needs two."""
    f, u, v, q_u, q_v, c = held.args
    if not f.has_free(v):
        return GaussianExpectation(f, u, q_u)
    if not f.has_free(u):
        return GaussianExpectation(f, v, q_v)
    if c in (S.One, S.NegativeOne):
        return GaussianExpectation(f.xreplace({v: c * sqrt(q_v) / sqrt(q_u) * u}), u, q_u)
    if c == 0:
        left, right = f.as_independent(v, as_Add=False)
        if not right.has_free(u):
            return GaussianExpectation(left, u, q_u) * GaussianExpectation(right, v, q_v)
    return None


def _reduced(held: BivariateExpectation, line: Expr, trail: Trail) -> Expr:
    because = "the pair is independent, or one variable decides"
    trail.add(
        lambda: Step(Eq(held, line, evaluate=False), "one variable", Kind.EXPECTATION, because)
    )
    value = S.One
    for part in (line,) if isinstance(line, GaussianExpectation) else line.args:
        value *= solve_gaussian(part, trail)
    trail.add(lambda: add_up(held, value))
    return value


def _recorder(
    held: BivariateExpectation, signed: Expr, trail: Trail, back: Callable[[Expr], Expr]
) -> Recorder:
    from varprop.moments.routes.recorder import Recorder

    if signed != held.integrand:
        trail.steps.append(
            Step(
                Eq(held, held_part(signed, held), evaluate=False),
                "kinks as signs",
                Kind.ALGEBRA,
                "max(0, x) = x(1 + sign x)/2 and the like, up to a null set",
            )
        )
    return Recorder(trail, held.bound_symbols, back)


def _odd_step(held: BivariateExpectation) -> Step:
    because = "f(-u, -v) = -f(u, v) and the density is even"
    return Step(Eq(held, 0, evaluate=False), "odd function", Kind.EXPECTATION, because)


def _names(law: list[Expr]) -> tuple[Symbol, Symbol, Symbol]:
    """Return a symbol for each parameter of the law, its own where it is a fitting symbol."""
    fresh: dict[Expr, Symbol] = {}
    for part in law[:2]:
        plain = part.is_Symbol and part.is_positive
        fresh.setdefault(part, part if plain else Dummy("q", positive=True))
    c = law[2]
    name = c if c.is_Symbol and c.is_real else Dummy("c", real=True)
    return fresh[law[0]], fresh[law[1]], name


def shortened(value: Expr) -> Expr:
    """Shorten the sums that remain, so that √(q² - c²q²) becomes q·√(1 - c²)."""
    under_root = value.replace(
        lambda node: node.is_Pow and node.base.is_Add and not node.exp.is_Integer,
        lambda node: Pow(factor_terms(expand(node.base)), node.exp),
    )
    return Add(*(_tidied(summand) for summand in Add.make_args(under_root)))


def _tidied(summand: Expr) -> Expr:
    rational: list[Expr] = []
    rest: list[Expr] = []
    for part in Mul.make_args(summand):
        whole = not (part.is_Pow and not part.exp.is_Integer) and not part.has(Function)
        (rational if whole else rest).append(part)
    return Mul(tidy(Mul(*rational)), *rest)
