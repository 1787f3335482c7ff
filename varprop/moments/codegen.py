"""What lambdify writes for a held expectation: a call that evaluates it at floats or arrays.

The expectation itself stays in this process; the code refers to it by number.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Expr, Symbol

from varprop.errors import Undecided
from varprop.moments.expectation import Expectation, GaussianExpectation

_HELD: dict[Expectation, int] = {}
_BY_NUMBER: list[Expectation] = []


def call(held: Expectation, printer: Any, function: str) -> str:
    """Return code that calls ``function`` of this module on the law and on the free symbols."""
    number = _HELD.setdefault(held, len(_BY_NUMBER))
    if number == len(_BY_NUMBER):
        _BY_NUMBER.append(held)
    printer.module_imports[__name__].add(function)
    law = [printer._print(part) for part in held.law]
    inner = [printer._print(symbol) for symbol in parameters(held)]
    return f"{function}({', '.join([str(number), *law, *inner])})"


def parameters(held: Expectation) -> list[Symbol]:
    """Return the free symbols of the integrand in the order of their names."""
    free = held.integrand.free_symbols - set(held.bound_symbols)
    return sorted(free, key=lambda symbol: symbol.name)


def _at(number: int, values: tuple[Any, ...]) -> Expectation:
    held = _BY_NUMBER[number]
    exact = [sympy.sympify(value) for value in values]
    count = len(held.law)
    names = dict(zip(parameters(held), exact[count:], strict=True))
    return held.func(held.integrand.xreplace(names), *held.bound_symbols, *exact[:count])


def mpmath_value(number: int, *values: Any) -> Any:
    """Return the expectation at mpmath numbers, to mpmath's present precision."""
    import mpmath

    value: Expr = _at(number, values).evalf(mpmath.mp.dps)
    return mpmath.mpmathify(value)


def python_value(number: int, *values: Any) -> float:
    """Return the expectation at floats."""
    from varprop.moments.numeric import quadrature

    held = _at(number, values)
    found = quadrature(held)
    if found is None:
        raise Undecided(f"{held} is beyond the range of floats.")
    return found[0]


def numpy_value(number: int, *values: Any) -> Any:
    """Return the expectation at arrays that broadcast; vectorised where only a variance varies."""
    import numpy as np

    held = _BY_NUMBER[number]
    simple = isinstance(held, GaussianExpectation) and len(values) == 2 and np.all(values[1] == 0)
    if simple:
        from varprop.moments.numbers.vector import moments

        f, h = held.args[:2]
        q = np.asarray(values[0], dtype=float)
        found = moments(f, h, np.atleast_1d(q).ravel(), "mean")[0]
        return np.reshape(found, q.shape)
    each = np.vectorize(lambda *row: python_value(number, *(float(x) for x in row)), otypes=[float])
    return each(*values)
