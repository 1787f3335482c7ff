"""The running error: code that bounds the rounding error of each node, in unit roundoffs.

The bounds are absolute and keep the second order, so a value with no digits left shows as such. An
overflow has an infinite error, which only functions that are flat there absorb (0·∞ counts as 0: the
derivative of tanh underflows). An underflow that might meet an overflow has an absolute error.
Source: N. J. Higham, Accuracy and Stability of Numerical Algorithms, section 3.3.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from varprop.moments.numbers.nodes import Graph, rounded
from varprop.moments.numbers.number import UNIT
from varprop.moments.numbers.rules import RULES

VANISHING = ("exp", "sech", "expit", "erfc", "bump")
"""Functions that may underflow."""

EXPLODING = ("exp", "expm1", "sinh", "cosh")
"""Functions that may overflow where the integrand still matters."""

TRUSTED_CALL = 16.0
"""A Python function is taken to be right to 8 ulps."""

UNKNOWN_SLOPE = 1e6
"""Bound on how much a Python function magnifies the rounding of its argument (none when that is h)."""


class RunningError:
    """Writes the error of one node after the other; nodes without error have none."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.known: dict[int, bool] = {}
        self.wild: set[int] = set()

    def name(self, index: int) -> str | None:
        """Return the variable that holds the error of a node, None when it is exact."""
        return f"e{index}" if self.known[index] else None

    def of(self, index: int) -> str | None:
        """Return the code for the error of a node, given those of its arguments."""
        op, args, exact = self.graph.nodes[index]
        if op in EXPLODING or any(a in self.wild for a in args):
            self.wild.add(index)
        found = self._error(index, op, args, exact)
        self.known[index] = found is not None
        return found

    def _error(self, index: int, op: str, args: tuple[int, ...], exact: Any) -> str | None:
        own = [self.name(a) for a in args]
        if op in ("h", "less", "and", "or", "not"):
            return None
        if op == "const":
            return None if _is_exact(exact) else repr(abs(rounded(exact)))
        if op in ("max", "min", "where"):
            return _choice(op, args, own)
        if op == "add":
            return _sum(*own, f"abs(v{index})")
        if op == "call":
            return f"{TRUSTED_CALL} * abs(v{index}) + {own[0] or 0.0} * {UNKNOWN_SLOPE}"
        if op == "mul":
            return self._product(index, args, own)
        if op in ("power", "root"):
            return self._power(index, op, args[0], exact)
        return self._function(op, index, args[0])

    def _times(self, factor: str, node: int) -> str:
        """Return factor × error of the node; 0·∞ = 0 where the error may be infinite."""
        if node in self.wild:
            return f"absorbed({factor}, e{node})"
        return f"{factor} * e{node}"

    def _product(self, index: int, args: tuple[int, ...], own: list[str | None]) -> str | None:
        first, second = args
        terms = [
            self._times(f"abs(v{other})", node)
            for node, other in ((first, second), (second, first))
            if self.known[node]
        ]
        if None not in own:
            terms.append(f"{UNIT!r} * {self._times(f'e{first}', second)}")
        constant = self.graph.exact(first)
        free = constant is not None and _is_shift(constant)
        return _sum(*terms, None if free else f"abs(v{index})", self._faint(index))

    def _power(self, index: int, op: str, base: int, exact: Any) -> str | None:
        size = abs(rounded(exact))
        made = f"{'k' if op == 'root' else int(size)} * abs(v{index})"
        if not self.known[base]:
            return _sum(made, self._faint(index))
        if op == "power" and int(exact) > 0:
            slope = integer_power(f"(abs(v{base}) + {UNIT!r} * e{base})", int(exact) - 1)
        else:
            slope = f"abs(v{index} * reciprocal(abs(v{base}) - {UNIT!r} * e{base}))"
            slope = f"abs(v{index} * reciprocal(v{base}))" if base in self.wild else slope
        return _sum(self._times(f"{size!r} * ({slope})", base), made, self._faint(index))

    def _function(self, op: str, index: int, argument: int) -> str | None:
        rule = RULES[op]
        moved = None
        if self.known[argument] and rule.magnify != "0.0":
            factor = f"abs({_spelled(rule.magnify, index, argument)})"
            moved = self._times("1.0" if rule.magnify == "1.0" else factor, argument)
        made = f"{_spelled(rule.ulps, index, argument)} * abs(v{index})"
        return _sum(moved, None if rule.ulps == "0.0" else made, self._faint(index))

    def _faint(self, index: int) -> str | None:
        return f"tiny(v{index})" if self._may_vanish(index) else None

    def _may_vanish(self, index: int) -> bool:
        op, args, exact = self.graph.nodes[index]
        if op == "power" and int(exact) < 0:
            return args[0] in self.wild
        if op in ("mul", "power"):
            return all(self._may_vanish(a) or self.graph.exact(a) is not None for a in args)
        return op in VANISHING


def integer_power(base: str, exponent: int) -> str:
    """Return code for an integer power: products up to the fourth."""
    if exponent == 0:
        return "1.0"
    if exponent < 0:
        return f"reciprocal({integer_power(base, -exponent)})"
    return " * ".join([base] * exponent) if exponent <= 4 else f"power({base}, {exponent})"


def _choice(op: str, args: tuple[int, ...], own: list[str | None]) -> str | None:
    """The error of the branch that is taken; of max and min the larger one while that is open."""
    first, second = own[-2] or "0.0", own[-1] or "0.0"
    if first == second:
        return own[-1]
    if op == "where":
        return f"where(v{args[0]}, {first}, {second})"
    sign = "" if op == "max" else "-"
    return f"chosen({sign}v{args[0]}, {sign}v{args[1]}, {first}, {second})"


def _spelled(code: str, value: int, argument: int) -> str:
    names = {"v": f"v{value}", "a": f"v{argument}"}
    return re.sub(r"\b[av]\b", lambda found: names[found.group()], code)


def _sum(*terms: str | None) -> str | None:
    present = [term for term in terms if term]
    return " + ".join(present) if present else None


def _is_exact(exact: Any) -> bool:
    return bool(exact.is_Rational) and Fraction(rounded(exact)) == Fraction(
        int(exact.p), int(exact.q)
    )


def _is_shift(exact: Any) -> bool:
    """Tell whether multiplying by this number is free of rounding: ± a power of two."""
    if not exact.is_Rational:
        return False
    return all(abs(part) & (abs(part) - 1) == 0 for part in (int(exact.p), int(exact.q)))
