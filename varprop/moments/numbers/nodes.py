"""The graph that an integrand is read into: one instruction per distinct subexpression."""

from __future__ import annotations

from typing import Any, NamedTuple

import sympy
from sympy import Expr, S


class Instruction(NamedTuple):
    """An operation on earlier instructions; ``exact`` is the number that a constant stands for."""

    op: str
    args: tuple[int, ...] = ()
    exact: Any = None


def rounded(exact: Any) -> float:
    """Return the nearest double (SymPy's constants are evaluated with guard digits)."""
    exact = sympy.sympify(exact)
    return int(exact.p) / int(exact.q) if exact.is_Rational else float(exact.evalf(25))


class Graph:
    """Instructions in an order in which they can be carried out; equal ones are shared.

    ``op`` is "h" (the Gaussian), "const", "add", "mul", "power" (``exact`` an integer),
    "root" (real exponent, base not negative), "max", "min", "where", "less", "and", "or", "not",
    or the name of a function in ``rules.RULES``.
    """

    def __init__(self) -> None:
        self.nodes: list[Instruction] = []
        self._index: dict[Instruction, int] = {}
        self.h = self.put("h")

    def put(self, op: str, *args: int, exact: Any = None) -> int:
        """Return the index of this instruction, which is added when it is new."""
        key = Instruction(op, args, exact)
        if key not in self._index:
            self._index[key] = len(self.nodes)
            self.nodes.append(key)
        return self._index[key]

    def const(self, value: Expr | int) -> int:
        """Return a constant held exactly."""
        return self.put("const", exact=sympy.sympify(value))

    def exact(self, node: int) -> Expr | None:
        """Return the number that a constant node stands for, None for any other node."""
        instruction = self.nodes[node]
        return instruction.exact if instruction.op == "const" else None

    def add(self, *terms: int) -> int:
        """Return the sum; constants are added exactly."""
        constant, rest = S.Zero, []
        for term in terms:
            exact = self.exact(term)
            if exact is None:
                rest.append(term)
            else:
                constant += exact
        if not constant.is_zero or not rest:
            rest.append(self.const(constant))
        total = rest[0]
        for term in rest[1:]:
            total = self.put("add", total, term)
        return total

    def mul(self, *factors: int) -> int:
        """Return the product; constants are multiplied exactly, and come first."""
        constant, rest = S.One, []
        for factor in factors:
            exact = self.exact(factor)
            if exact is None:
                rest.append(factor)
            else:
                constant *= exact
        if constant.is_zero or not rest:
            return self.const(constant)
        total = rest[0]
        for factor in rest[1:]:
            total = self.put("mul", total, factor)
        return total if constant == 1 else self.put("mul", self.const(constant), total)

    def neg(self, node: int) -> int:
        """Return the negative."""
        return self.mul(self.const(-1), node)

    def power(self, base: int, exponent: int) -> int:
        """Return an integer power."""
        if exponent == 0:
            return self.const(1)
        if exponent == 1:
            return base
        exact = self.exact(base)
        if exact is not None:
            return self.const(exact**exponent)
        return self.put("power", base, exact=exponent)

    def where(self, condition: int, yes: int, no: int) -> int:
        """Return ``yes`` where the condition holds, else ``no``."""
        return yes if yes == no else self.put("where", condition, yes, no)

    def reachable(self, outputs: tuple[int, ...]) -> list[int]:
        """Return the nodes that the outputs need, in order."""
        seen: set[int] = set()
        stack = list(outputs)
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                stack.extend(self.nodes[node].args)
        return sorted(seen)
