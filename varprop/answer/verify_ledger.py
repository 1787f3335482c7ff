"""Lines of algebra at typical points: each must follow from the lines before it."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Mapping

from sympy import Basic, Expr, Float, Integral

from varprop.derivation import Step
from varprop.errors import BadInput
from varprop.moments import GaussianExpectation
from varprop.montecarlo.world import integral
from varprop.propagation.dense import WEIGHT
from varprop.propagation.sums import BIAS
from varprop.rewriting.nodes import Cov, Mean, Var

DEEPEST = 12
MEANS = {
    "harmonic mean": lambda a, b: 2 * a * b / (a + b),
    "geometric mean": lambda a, b: math.sqrt(a * b),
}
_AT = re.compile(r"at (\w+) = ([^,;]+)")
HELD = (Mean, Var, Cov, GaussianExpectation, Integral)


class Ledger:
    """What the lines so far say: names with their values, the conditions, the solutions."""

    def __init__(self, numbers: Mapping[str, float]) -> None:
        self._numbers = dict(numbers)
        self._known: dict[Basic, Expr] = {}
        self._conditions: list[Step] = []
        self._solved: list[Expr] = []

    def add(self, step: Step) -> None:
        """Take in a line that may be used by later ones."""
        left, right = step.equation.args
        if step.rule == "condition":
            self._conditions.append(step)
        elif step.rule == "solve":
            self._solved.append(right)
        elif isinstance(left, HELD) and not right.has(left):
            self._known[left] = right

    def sides(self, step: Step) -> tuple[float, float]:
        """Return what both sides of a line of algebra come to, from what earlier lines say."""
        left, right = step.equation.args
        if step.rule != "solve":
            if isinstance(left, (Mean, Var, Cov)) and left not in self._known:
                raise BadInput("the line gives a name to what was not there before.")
            return self._number(left, self._bias(right)), self._number(right)
        for words, mean in MEANS.items():
            if words in step.because and len(self._solved) >= 2:
                both = [self._number(value) for value in self._solved[-2:]]
                return mean(*both), self._number(right)
        if not self._conditions:
            raise BadInput("nothing was imposed that this line could solve.")
        at = _AT.search(step.because)
        numbers = {at[1]: float(at[2])} if at else {}
        asked = (side.subs(left, right) for side in self._conditions[-1].equation.args)
        imposed, kept = (self._number(side, numbers=numbers) for side in asked)
        return imposed, kept

    def _bias(self, right: Expr) -> dict[Basic, Expr]:
        """Var(b) is the part of a layer's variance that is there without weights."""
        return {Var(BIAS): right.subs(Var(WEIGHT), 0)} if right.has(Var(WEIGHT)) else {}

    def _number(
        self,
        expression: Expr,
        further: Mapping[Basic, Expr] | None = None,
        numbers: Mapping[str, float] | None = None,
    ) -> float:
        known = {**self._known, **(further or {})}
        for _ in range(DEEPEST):
            expression = expression.xreplace(known)
            if not any(expression.has(node) for node in known):
                break
        return float(self._filled(expression, {**self._numbers, **(numbers or {})}))

    def _filled(self, expression: Expr, numbers: Mapping[str, float]) -> Expr:
        """Put numbers in: integrals by quadrature, what stays unknown by a value of its own."""
        quadrature = (GaussianExpectation, Integral)
        plain = expression.replace(
            lambda e: isinstance(e, quadrature), lambda e: Float(integral(e, numbers), 17)
        )
        held = {node: Float(_typical(str(node)), 17) for node in plain.atoms(Mean, Var, Cov)}
        plain = plain.xreplace(held)
        symbols = {s: numbers.get(s.name, _typical(s.name)) for s in plain.free_symbols}
        return plain.subs({s: Float(n, 17) for s, n in symbols.items()}).evalf(17)


def _typical(name: str) -> float:
    """Return a number between 0.5 and 1.5 that belongs to a name."""
    return 0.5 + zlib.crc32(name.encode()) / 2**32
