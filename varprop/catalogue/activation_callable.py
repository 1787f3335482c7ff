"""An activation given as a SymPy expression or as a Python function of one number."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import sympy
from sympy import Expr

from varprop.catalogue.activation_text import check_activation
from varprop.catalogue.activations import Activation
from varprop.errors import BadInput
from varprop.expression_text.reading import ARGUMENTS
from varprop.notation import h

NODES = 16
WIDEST, NARROWEST = 0.25, 1e-4
TAIL = 1e-13
PREFIX = "call_"

Real = Callable[[Any], Any]


def from_expression(expr: Expr) -> Activation:
    """Return the activation of ``expr``, whose argument is its x, h or z, or its only symbol."""
    free = expr.free_symbols
    letters = [s for s in free if s == h or s.name in ARGUMENTS]
    chosen = letters or list(free)
    if len(chosen) != 1:
        raise BadInput(
            f"{expr} has {len(chosen)} symbols that could be its argument; write it in one of "
            f"{', '.join(ARGUMENTS)}, other letters are parameters"
        )
    phi = expr.subs(chosen[0], h)
    check_activation(str(expr), phi)
    return Activation(str(phi), phi)


def from_callable(
    function: Callable[[float], float], kinks: Sequence[float], derivative: Real | None
) -> Activation:
    """Return the activation of a Python function with its declared ``kinks``.

    φ becomes a Piecewise of one opaque SymPy function per interval, so every kink is visible in
    the expression; its values carry double precision, whatever digits are asked for.
    """
    name = _name(function)
    _try(function, name)
    ends = sorted(float(kink) for kink in kinks)
    if not all(math.isfinite(end) for end in ends):
        raise BadInput(f"the kinks of {name} must be finite numbers, not {list(kinks)}")
    edges = [-math.inf, *ends, math.inf]
    intervals = list(pairwise(edges))
    pieces = [
        _opaque(f"{name}_{i}" if ends else name, function, derivative, *interval)(h)
        for i, interval in enumerate(intervals)
    ]
    exact = [sympy.Rational(str(end)) for end in ends]
    branches = [(p, h < end) for p, end in zip(pieces, exact, strict=False)]
    phi = sympy.Piecewise(*branches, (pieces[-1], True)) if ends else pieces[0]
    return Activation(name, phi)


def _name(function: Callable[[float], float]) -> str:
    name = str(getattr(function, "__name__", "phi"))
    return name if name.isascii() and name.isidentifier() else "phi"


def _try(function: Callable[[float], float], name: str) -> None:
    """Call the function once: it must turn a float into a finite real number."""
    try:
        value = float(function(0.3))
    except Exception as error:
        raise BadInput(
            f"{name}(0.3) fails ({type(error).__name__}: {error}); an activation takes a float "
            "and returns a real number"
        ) from error
    if not math.isfinite(value):
        raise BadInput(f"{name}(0.3) is {value}; an activation returns a finite real number")


def _opaque(
    name: str, function: Real, derivative: Real | None, low: float, high: float
) -> type[sympy.Function]:
    """Return a SymPy function that calls ``function``; its derivative is one more such function.

    The prefix keeps a user's ``def exp(x)`` apart from SymPy's function of the same name.
    """
    slope = derivative or (lambda x: _on_floats(x, lambda t: _slope(function, t, low, high)))

    @cache
    def derived() -> type[sympy.Function]:
        return _opaque(f"{name}_prime", slope, None, low, high)

    def fdiff(self: sympy.Function, argindex: int = 1) -> Expr:
        if argindex != 1:
            raise sympy.ArgumentIndexError(self, argindex)
        return derived()(self.args[0])

    def evaluated(self: sympy.Function, precision: int) -> Expr | None:
        point = self.args[0]
        if not point.is_number:
            return None
        return sympy.Float(float(function(float(point))), precision=precision)

    members = {
        "_imp_": staticmethod(function),
        "_eval_evalf": evaluated,
        "fdiff": fdiff,
        "nargs": 1,
        "is_real": True,
    }
    return type(f"{PREFIX}{name}", (sympy.Function,), members)


def _on_floats(x: Any, at: Real) -> Any:
    """Apply ``at`` to a float, or to each element of a NumPy array."""
    if getattr(x, "shape", None):
        import numpy

        return numpy.vectorize(at, otypes=[float])(x)
    return at(float(x))


def _slope(function: Real, x: float, low: float, high: float) -> float:
    """Return f'(x) from a Chebyshev interpolant on a window that stays inside (low, high).

    The window is halved until the last coefficients are rounding noise.
    """
    half = min(WIDEST * max(1.0, abs(x)), (high - low) / 2)
    while True:
        centre = min(max(x, low + half), high - half)
        coefficients = _chebyshev(function, centre, half)
        largest = max(abs(c) for c in coefficients)
        tail = max(abs(c) for c in coefficients[-3:])
        if tail <= TAIL * largest or half <= NARROWEST:
            return _differentiated(coefficients, (x - centre) / half) / half
        half /= 2


def _chebyshev(function: Real, centre: float, half: float) -> list[float]:
    angles = [math.pi * (k + 0.5) / NODES for k in range(NODES)]
    values = [float(function(centre + half * math.cos(angle))) for angle in angles]
    coefficients = [
        2 / NODES * math.fsum(v * math.cos(j * a) for v, a in zip(values, angles, strict=True))
        for j in range(NODES)
    ]
    return [coefficients[0] / 2, *coefficients[1:]]


def _differentiated(coefficients: list[float], t: float) -> float:
    """Return Σ cⱼ Tⱼ'(t), with Tⱼ' = j Uⱼ₋₁."""
    total, previous, current = 0.0, 0.0, 1.0
    for j, coefficient in enumerate(coefficients[1:], start=1):
        total += j * coefficient * current
        previous, current = current, 2 * t * current - previous
    return total
