"""A number or a formula of positive symbols, from whatever was typed."""

from __future__ import annotations

import math
from typing import TypeAlias

from sympy import Expr, Integer, Rational

from varprop.errors import BadInput
from varprop.expression_text.reading import parse_scalar

Number: TypeAlias = int | float | str | Expr


def exact(value: Number, what: str) -> Expr:
    """Return the number or symbolic expression that was typed; decimals are exact rationals.

    Raises BadInput for what isn't finite, and for text that can't be read; text is never evaluated.
    """
    if isinstance(value, Expr):
        return value
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
    if value.strip().casefold() in ("nan", "inf", "+inf", "-inf", "infinity", "-infinity", "oo"):
        raise BadInput(f"{what} must be a finite number, not {value}.")
    return parse_scalar(value)


def _foreign(value: object, what: str) -> Expr:
    """Return a number of another library, such as NumPy's, by its own way to int or float."""
    for way in ("__index__", "__float__"):
        if hasattr(value, way):
            return exact(getattr(value, way)(), what)
    raise BadInput(f"{what} must be a number or a symbol, not {value!r}.")
