"""Pairs of terms that cancel and factors that overflow, and what stands in their place."""

from __future__ import annotations

from typing import NamedTuple

from sympy import Add, Expr, Mul, Pow, S, Symbol, exp, tanh


class Fused(NamedTuple):
    """coefficient × op(inner), in place of two terms that cancel."""

    coefficient: Expr
    op: str
    inner: Expr


def fused_pairs(expr: Add, h: Symbol) -> tuple[list[Fused], list[Expr]]:
    """Split a sum into fused pairs and the terms that stay.

    u − tanh u -> tanhshrink u; and of a constant with one term: eᵘ − 1, 1 − cos u, 1 − tanh² u,
    1 ± tanh u, 1 ± erf u, 1 − 1/(1 + eᵘ), √(1 + u) − 1.
    """
    pairs: list[Fused] = []
    terms = list(expr.args)
    for term in list(terms):
        coefficient, factor = term.as_independent(h, as_Add=False)
        if isinstance(factor, tanh) and -coefficient * factor.args[0] in terms:
            terms.remove(term)
            terms.remove(-coefficient * factor.args[0])
            pairs.append(Fused(-coefficient, "tanhshrink", factor.args[0]))
    constant = Add(*(term for term in terms if not term.has(h)))
    if constant == 0:
        return pairs, terms
    for term in terms:
        coefficient, factor = term.as_independent(h, as_Add=False)
        fused = _with_constant(constant, coefficient, factor) if term.has(h) else None
        if fused is not None:
            rest = [other for other in terms if other.has(h) and other is not term]
            return [*pairs, fused], rest
    return pairs, terms


def _with_constant(constant: Expr, c: Expr, factor: Expr) -> Fused | None:
    """Return constant + c·factor as one function when constant = ±c."""
    if constant not in (c, -c):
        return None
    inner = factor.args[0] if factor.args else S.Zero
    if constant == c:
        return {
            "tanh": Fused(2 * c, "expit", 2 * inner),
            "erf": Fused(c, "erfc", -inner),
        }.get(factor.func.__name__)
    if isinstance(factor, Pow):
        return _power_with_constant(c, factor)
    return {
        "exp": Fused(c, "expm1", inner),
        "cos": Fused(-2 * c, "versine", inner),
        "tanh": Fused(-2 * c, "expit", -2 * inner),
        "erf": Fused(-c, "erfc", inner),
    }.get(factor.func.__name__)


def _power_with_constant(c: Expr, factor: Pow) -> Fused | None:
    base, power = factor.as_base_exp()
    if isinstance(base, tanh) and power == 2:
        return Fused(-c, "sech2", base.args[0])
    logistic = logistic_argument(base)
    if logistic is not None and power == -1:
        return Fused(-c, "expit", logistic)
    if power == S.Half and isinstance(base, Add) and base.as_coeff_Add()[0] == 1:
        return Fused(c, "sqrt1pm1", base - 1)
    return None


def logistic_argument(base: Expr) -> Expr | None:
    """Return w when ``base`` is 1 + eʷ."""
    if isinstance(base, Add) and len(base.args) == 2 and base.as_coeff_Add()[0] == 1:
        rest = base.as_coeff_Add()[1]
        return rest.args[0] if isinstance(rest, exp) else None
    return None


def fused_factor(expr: Expr, h: Symbol) -> tuple[list[tuple[Expr, int]], list[Expr]]:
    """Split a product into powers of the logistic function and the factors that stay.

    e^{rw}/(1 + eʷ)ⁿ becomes σ(w)ʳ σ(−w)ⁿ⁻ʳ for 0 ≤ r ≤ n, which never overflows.
    """
    fused: list[tuple[Expr, int]] = []
    rest = list(Mul.make_args(expr))
    for factor in list(rest):
        base, power = factor.as_base_exp()
        w = logistic_argument(base)
        if w is None or not (power.is_Integer and power < 0) or not w.has(h):
            continue
        rest.remove(factor)
        times = _exponential(rest, w, -int(power))
        fused += [pair for pair in ((w, times), (-w, -int(power) - times)) if pair[1]]
    return fused, rest


def _exponential(factors: list[Expr], w: Expr, largest: int) -> int:
    """Take e^{rw} with integer 0 < r ≤ largest out of ``factors`` and return r, or 0."""
    for factor in factors:
        if isinstance(factor, exp):
            ratio = (factor.args[0] / w).cancel()
            if ratio.is_Integer and 0 < ratio <= largest:
                factors.remove(factor)
                return int(ratio)
    return 0
