"""A number or a formula of positive symbols, from whatever was typed."""

from __future__ import annotations

import math
from typing import TypeAlias

from sympy import Expr, I, Integer, Rational, nan, oo, zoo

from varprop.errors import BadInput, shown
from varprop.expression_text.reading import NOT_FINITE, parse_scalar

Number: TypeAlias = int | float | str | Expr


def exact(value: Number, what: str) -> Expr:
    """Return the number or symbolic expression that was typed; decimals are exact rationals.

    Raises BadInput for what isn't finite and real, and for text that can't be read; text is never
    evaluated.
    """
    if isinstance(value, Expr):
        return _real(value, what)
    if isinstance(value, bool):
        raise BadInput(f"{what} must be a number, not {value!r}.")
    if isinstance(value, int):
        return Integer(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise BadInput(f"{what} must be a finite number, not {value}.")
        return Rational(repr(float(value)))
    if not isinstance(value, str):
        return _foreign(value, what)
    if value.strip().lstrip("+-").casefold() in NOT_FINITE:
        raise BadInput(f"{what} must be a finite number, not {value.strip()}.")
    return parse_scalar(value)


def _real(value: Expr, what: str) -> Expr:
    """Return a SymPy expression, a Float without decimals as an integer; raises BadInput.

    Other Floats stay: a rule that puts numbers in for symbols has made them.
    """
    if value.is_Rational or value.is_Symbol:
        return value
    if value.has(nan, oo, -oo, zoo):
        raise BadInput(f"{what} must be a finite number, not {shown(value)}.")
    if not value.is_comparable if value.is_number else value.has(I):
        raise BadInput(f"{what} must be a real number, not {shown(value)}.")
    return Integer(value) if value.is_Float and float(value).is_integer() else value


def _foreign(value: object, what: str) -> Expr:
    """Return a number of another library, such as NumPy's, by its own way to int or float."""
    for way in ("__index__", "__float__"):
        if hasattr(value, way) and not getattr(value, "ndim", 0):
            try:
                return exact(getattr(value, way)(), what)
            except TypeError:
                continue
    raise BadInput(f"{what} must be a number or a symbol, not {shown(repr(value))}.")
