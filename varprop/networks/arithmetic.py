"""The two arithmetics in which every layer's rule is read: with formulas, or with floats."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import sympy
from sympy import Expr, S, Symbol, sympify

from varprop.errors import BadInput, Undecided
from varprop.moments import BivariateExpectation, GaussianExpectation, closed_form
from varprop.notation import c, h, q
from varprop.propagation.curves import Curve
from varprop.propagation.feed import moments_of

if TYPE_CHECKING:
    from varprop.moments.pair_series import PairSeries

Value = Any
"""A SymPy expression in the symbolic arithmetic, a float in the numeric one."""

_U, _V = Symbol("u", real=True), Symbol("v", real=True)


TIDIED = 150
"""Operations in a formula up to which it is brought to lowest terms."""


class Arithmetic(ABC):
    """How a rule's numbers are added up and its expectations are taken."""

    symbolic: bool

    @abstractmethod
    def value(self, number: Any) -> Value:
        """Return a size, a probability or a factor as a number of this arithmetic."""

    @abstractmethod
    def sqrt(self, value: Value) -> Value:
        """Return the square root."""

    @abstractmethod
    def tidy(self, value: Value) -> Value:
        """Return the value with what cancels in it cancelled, where that is easily seen."""

    @abstractmethod
    def moment(self, phi: Expr, name: str, variance: Value, mean: Value = 0) -> Value:
        """Return the moment of that name of φ(h), h ~ N(mean, variance)."""

    @abstractmethod
    def pair(self, phi: Expr, variance: Value, covariance: Value) -> Value:
        """Return E[φ(u)φ(v)] for zero-mean u, v of this variance and covariance."""


class Symbolic(Arithmetic):
    """Formulas: closed forms where a route knows one, held expectations elsewhere."""

    symbolic = True

    def value(self, number: Any) -> Expr:
        """Return the number as an exact expression."""
        return sympify(number)

    def sqrt(self, value: Expr) -> Expr:
        """Return the square root."""
        return sympy.sqrt(value)

    def tidy(self, value: Expr) -> Expr:
        """Return a quotient of polynomials in lowest terms, anything else as it is."""
        found = sympify(value)
        if found.has(sympy.Float) or found.count_ops() > TIDIED:
            return found
        plain = found.is_rational_function(*found.free_symbols)
        return sympy.cancel(found) if found.free_symbols and plain else found

    def moment(self, phi: Expr, name: str, variance: Expr, mean: Expr = S.Zero) -> Expr:
        """Return the closed form at that variance, or the held expectation."""
        if mean == 0:
            return moments_of(phi).best(name).subs(q, variance)
        held = GaussianExpectation(moments_of(phi).integrand(name), h, variance, mean)
        found = closed_form(held)
        return held if found is None else found

    def pair(self, phi: Expr, variance: Expr, covariance: Expr) -> Expr:
        """Return the closed kernel, or the held expectation of the product.

        Where the law holds symbols or expectations, only a kernel in (q, c) is looked for. Raises
        BadInput where such laws would stand three deep.
        """
        kinds = (BivariateExpectation, GaussianExpectation)
        nested = sympify(variance + covariance).atoms(*kinds)
        any_pair = bool(nested or sympify(covariance / variance).free_symbols)
        if any_pair:
            generic = closed_form(_product(phi, q, c))
            if generic is not None:
                law = {q: variance, c: covariance / variance}
                return generic.subs(law, simultaneous=True)
            if any(part.has(*kinds) for one in nested for part in one.law):
                raise BadInput(
                    f"{phi}: two inputs have no formula through a third layer of it. Give numbers "
                    "instead of symbols."
                )
        held = _product(phi, variance, covariance / variance)
        found = None if any_pair else closed_form(held)
        return held if found is None else found


def _product(phi: Expr, variance: Expr, correlation: Expr) -> BivariateExpectation:
    """Return E[φ(u)φ(v)], held."""
    both = phi.xreplace({h: _U}) * phi.xreplace({h: _V})
    return BivariateExpectation(both, _U, _V, variance, variance, correlation)


class Numeric(Arithmetic):
    """Floats in double range."""

    symbolic = False

    def value(self, number: Any) -> float:
        """Return the number as a float; raises BadInput while a symbol is left."""
        if isinstance(number, float):
            return number
        found = sympify(number)
        if found.free_symbols:
            raise BadInput(f"{found} is a symbol: a number is needed here.")
        return float(found if found.is_number else found.evalf(17))

    def sqrt(self, value: float) -> float:
        """Return the square root."""
        return math.sqrt(value)

    def tidy(self, value: float) -> float:
        """Return the number."""
        return value

    def moment(self, phi: Expr, name: str, variance: float, mean: float = 0.0) -> float:
        """Return the moment by the stable numeric path."""
        if variance == 0.0:
            return float(moments_of(phi).integrand(name).subs(h, mean))
        if mean != 0.0:
            return _shifted(phi, name, variance, mean)
        if (phi, name) in _DIRECT:
            return _at(phi, name, variance)
        try:
            return _curve(phi, name)(variance)
        except Undecided:
            _DIRECT.add((phi, name))
            return _at(phi, name, variance)

    def pair(self, phi: Expr, variance: float, covariance: float) -> float:
        """Return the kernel from its closed form, else by quadrature; nan beyond double range."""
        if variance == 0.0:
            return float(phi.subs(h, 0)) ** 2
        if not math.isfinite(variance):
            return math.nan
        correlation = max(-1.0, min(1.0, covariance / variance))
        if correlation == 0.0:
            mean = self.moment(phi, "mean", variance)
            return mean * mean
        if correlation == 1.0:
            return self.moment(phi, "second_moment", variance)
        fast = _kernel(phi)
        if fast is not None:
            found = fast(variance, correlation)
            if math.isnan(found) and math.isinf(self.moment(phi, "second_moment", variance)):
                return math.inf
            return found
        return _on_plane(phi, variance, correlation)


@cache
def _curve(phi: Expr, name: str) -> Curve:
    _refuse_symbols(phi)
    return Curve(moments_of(phi), name)


_DIRECT: set[tuple[Expr, str]] = set()
"""Moments that change too fast for an interpolation in q: each value is computed by itself."""


@lru_cache(maxsize=4096)
def _at(phi: Expr, name: str, variance: float) -> float:
    number = moments_of(phi).number(name, variance)
    return math.inf if number.value is None else number.value


@lru_cache(maxsize=4096)
def _shifted(phi: Expr, name: str, variance: float, mean: float) -> float:
    from varprop.moments.numbers.scalar import expectation

    _refuse_symbols(phi)
    number = expectation(moments_of(phi).integrand(name), h, variance, mean)
    return math.inf if number.value is None else number.value


@cache
def _kernel(phi: Expr) -> Callable[[float, float], float] | None:
    """Return the closed kernel as a function of floats (q, c), None where none is known or it cancels.

    A function with floats in it, such as one shifted by a computed mean, goes to quadrature at once.
    """
    if phi.has(sympy.Float):
        return None
    found = closed_form(_product(phi, q, c))
    if found is None or found.has(sympy.Piecewise) or found.has(sympy.exp):
        return None
    function = sympy.lambdify((q, c), found, "math")

    def fast(variance: float, correlation: float) -> float:
        try:
            found = float(function(variance, correlation))
        except OverflowError:
            return math.nan
        return found if math.isfinite(found) else math.nan

    return fast


PRECISE = 1e-13
"""Error of a pair's moment, as a share of E[φ²], up to which the series in c is enough."""


@lru_cache(maxsize=65536)
def _on_plane(phi: Expr, variance: float, correlation: float) -> float:
    from varprop.moments.plane import on_plane

    _refuse_symbols(phi)
    series = _series(phi, variance)
    if series is not None:
        value, bound = series.at(correlation)
        if bound <= PRECISE * series.whole:
            return value
    found = on_plane(_product(phi, sympy.Float(variance, 17), sympy.Float(correlation, 17)))
    if found is None:
        raise Undecided(f"E[φ(u)φ(v)] at q = {variance:.6g} is beyond double range.")
    return found[0]


@lru_cache(maxsize=1024)
def _series(phi: Expr, variance: float) -> PairSeries | None:
    from varprop.moments.pair_series import pair_series

    return pair_series(phi, h, variance)


def _refuse_symbols(phi: Expr) -> None:
    left = sorted(str(s) for s in phi.free_symbols - {h})
    if left:
        raise BadInput(f"{left[0]} is a symbol: a number is needed here. Try {left[0]} = 1/5.")


def slope_pair(arithmetic: Arithmetic, phi: Expr, variance: Value, covariance: Value) -> Value:
    """Return E[φ'(u)φ'(v)], the factor of the gradients' correlation."""
    return arithmetic.pair(moments_of(phi).derivative, variance, covariance)
