"""The sum that a route builds: coefficients of few special functions, merged and tidied."""

from __future__ import annotations

from sympy import (
    Add,
    And,
    Dummy,
    Expr,
    Mul,
    Piecewise,
    Poly,
    Pow,
    S,
    erf,
    erfc,
    exp,
    expand,
    factor,
    factor_terms,
    sqrt,
)

from varprop.errors import Divergent

MOST_POWERS = 64


class Ledger:
    """Sums ``coefficient · special · exp(exponent) / sqrt(root)``; knows when that is finite."""

    def __init__(self) -> None:
        self._sums: dict[tuple[Expr, Expr, Expr], Expr] = {}
        self._positive: dict[Expr, None] = {}

    def add(
        self, coefficient: Expr, special: Expr = S.One, exponent: Expr = S.Zero, root: Expr = S.One
    ) -> None:
        """Add one summand."""
        if special.is_Add:
            for part in special.args:
                self.add(coefficient, part, exponent, root)
            return
        number, special = special.as_coeff_Mul()
        if coefficient == 0 or number == 0:
            return
        key = (special, exponent, root)
        self._sums[key] = self._sums.get(key, S.Zero) + number * coefficient

    def require(self, quantity: Expr) -> None:
        """Note that the expectation is finite only where ``quantity`` is positive.

        Raises Divergent where it is certainly not.
        """
        if quantity.is_nonpositive:
            raise Divergent("the integrand grows as fast as the Gaussian falls, or faster")
        if not quantity.is_positive:
            self._positive[quantity] = None

    def total(self, outside: Expr) -> Expr:
        """Return the sum in a short form; ``outside`` is its value where it does not converge."""
        self._complement()
        value = Add(*(_summand(c, *key) for key, c in self._sums.items()))
        if not self._positive:
            return value
        return Piecewise((value, And(*(each > 0 for each in self._positive))), (outside, True))

    def _complement(self) -> None:
        """Write a·erf(z) + b·erfc(z) as b + (a - b)·erf(z)."""
        for special, exponent, root in list(self._sums):
            opposite = (erf(special.args[0]), exponent, root) if isinstance(special, erfc) else None
            if opposite in self._sums:
                coefficient = self._sums.pop((special, exponent, root))
                self._sums[opposite] -= coefficient
                self.add(coefficient, S.One, exponent, root)


def _summand(coefficient: Expr, special: Expr, exponent: Expr, root: Expr) -> Expr:
    short = tidy(coefficient)
    size = 1 / sqrt(root)
    if root.is_Add and short.has(Add):
        ratio = tidy(coefficient / root)
        if ratio.count_ops() < short.count_ops():
            short, size = ratio, sqrt(root)
    return short * size * special * exp(factor_terms(exponent) if exponent.is_Add else exponent)


def tidy(coefficient: Expr) -> Expr:
    """Return a short form of a coefficient: expanded to cancel, then common factors taken out."""
    if not coefficient.has(Add):
        return coefficient
    names = {each: Dummy(positive=True) for each in coefficient.atoms(exp) if _is_steep(each)}
    if names:
        return tidy(coefficient.xreplace(names)).xreplace({name: e for e, name in names.items()})
    if any(is_denominator(power) for power in coefficient.atoms(Pow)):
        return factor(coefficient)
    expanded = expand(coefficient)
    if not expanded.is_Add:
        return expanded
    product = _factored(expanded)
    if any(power.exp.is_negative for power in expanded.atoms(Pow)):
        return product
    plain = factor_terms(expanded, clear=True)
    return product if product.count_ops() < plain.count_ops() else plain


def _is_steep(exponential: Expr) -> bool:
    """Tell whether a factorisation would take exp(n·x) for the n-th power of exp(x), n large."""
    return bool(abs(exponential.args[0].as_coeff_Mul()[0]) > MOST_POWERS)


def _factored(expanded: Expr) -> Expr:
    """Factor a sum; one of rational multiples of powers of one symbol goes straight to Poly."""
    powers: dict[int, Expr] = {}
    symbols = expanded.free_symbols
    for summand in expanded.args:
        number, power = summand.as_coeff_Mul()
        base, exponent = power.as_base_exp()
        if len(symbols) != 1 or not (exponent.is_Integer and number.is_Rational):
            return factor(expanded)
        if base is not S.One and not base.is_Symbol:
            return factor(expanded)
        powers[0 if base is S.One else int(exponent)] = number
    (symbol,) = symbols
    low = min(powers)
    shifted = Poly.from_dict({power - low: number for power, number in powers.items()}, symbol)
    content, factors = shifted.factor_list()
    return Mul(content, symbol**low, *(base.as_expr() ** power for base, power in factors))


def is_denominator(power: Pow) -> bool:
    """Tell whether a power divides by a sum."""
    return bool(power.base.is_Add and power.exp.is_negative)
