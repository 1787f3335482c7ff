"""Decimals as people give them: equal to the digits that are written."""

from __future__ import annotations

import re

from varprop.checking.spelling import Spelt

_DECIMAL = re.compile(r"(?<![\w.])(\d*\.\d+|\d+\.\d*)(?:[eE][-+]?\d+)?")
LEAST_DIGITS = 3


def rounding(sides: tuple[Spelt, Spelt]) -> float:
    """Return half a unit in the last digit of a decimal, relative to it; 0 where none has three digits."""
    coarsest = 0.0
    for side in sides:
        for match in _DECIMAL.finditer(side.text):
            digits = match[1].replace(".", "").lstrip("0")
            if len(digits) >= LEAST_DIGITS:
                coarsest = max(coarsest, 0.5001 / int(digits))
    return coarsest
