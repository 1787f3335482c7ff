"""A sampled world: named random quantities drawn together, and E, Var, Cov, Σ evaluated in it.

A line of an argument speaks of w[j], x[j], h …; here these are arrays, so that both sides of the
line become numbers without any rule of the argument being used.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from sympy import Basic, Expr, Float, Indexed, Integer, Integral, KroneckerDelta, S, Sum, Symbol
from sympy import lambdify as compiled

from varprop.catalogue.arrays import Array
from varprop.errors import BadInput
from varprop.moments import GaussianExpectation
from varprop.rewriting.nodes import Cov, Mean, Var

MODULES = ["scipy", "numpy"]
PANELS = 2**17
FAR = 12.0
"""Standard deviations beyond which a Gaussian integral is left out."""


class World:
    """Random families as arrays (groups, draws, members) by name, and numbers for the rest.

    Groups are independent of each other: each gives one value of an expectation.
    """

    def __init__(self, families: Mapping[str, Array], numbers: Mapping[str, float]) -> None:
        self.families = dict(families)
        self.numbers = dict(numbers)

    def define(self, name: str, expression: Expr) -> None:
        """Add a quantity made of others, such as h = Σ_j w_j x_j."""
        values = self._draws(_spelled_out(expression, self.numbers))
        self.families[name] = values.mean(axis=2, keepdims=True)

    def values(self, expression: Expr) -> Array:
        """Return what an expression of E, Var, Cov, sums and Gaussian integrals is in each group.

        Raises BadInput for a symbol that means nothing here.
        """
        plain = _spelled_out(expression, self.numbers)
        held: dict[Basic, Array | float] = {}
        for node in plain.atoms(Mean, Var, Cov):
            held[node] = self._node(node)
        for node in plain.atoms(GaussianExpectation, Integral):
            held[node] = integral(node, self.numbers)
        names = {node: Symbol(f"_{k}", real=True) for k, node in enumerate(held)}
        plain = plain.xreplace(names)
        plain = plain.subs(_values(plain.free_symbols - set(names.values()), self.numbers))
        found = compiled(list(names.values()), plain, modules=MODULES)(*held.values())
        return np.broadcast_to(np.asarray(found, dtype=float), (self._groups,))

    @property
    def _groups(self) -> int:
        return len(next(iter(self.families.values())))

    def _node(self, node: Expr) -> Array:
        if not any(self._random(atom) for atom in node.free_symbols | node.atoms(Indexed)):
            raise BadInput(f"{node} has no meaning outside its own line.")
        with np.errstate(all="ignore"):
            first = self._draws(node.args[0])
            if isinstance(node, Mean):
                return _mean(first)
            second = first if isinstance(node, Var) else self._draws(node.args[1])
            count = math.prod(np.broadcast_shapes(first.shape, second.shape)[1:])
            centred = _mean(first * second) - _mean(first) * _mean(second)
            return centred * count / (count - 1)

    def _draws(self, expression: Expr) -> Array:
        """Return the expression's value in every draw; a bare family name stands for any member."""
        atoms = expression.atoms(Indexed)
        inside = {atom.base.label for atom in atoms} | {atom.base for atom in atoms}
        random = sorted(atoms | (expression.free_symbols - inside - atoms), key=str)
        names = {atom: Symbol(f"_{k}", real=True) for k, atom in enumerate(random)}
        evaluate = compiled(list(names.values()), expression.xreplace(names), modules=MODULES)
        value = np.asarray(evaluate(*map(self._array, random)), dtype=float)
        draws = next(iter(self.families.values())).shape[:2]
        return np.broadcast_to(value, np.broadcast_shapes(value.shape, (*draws, 1)))

    def _random(self, atom: Basic) -> bool:
        name = str(atom.base.label) if isinstance(atom, Indexed) else str(atom)
        return name in self.families

    def _array(self, atom: Basic) -> Array:
        if isinstance(atom, Indexed):
            return self._family(str(atom.base.label))[..., int(atom.indices[0]) - 1, None]
        name = str(atom)
        if name in self.numbers and name not in self.families:
            return np.array([[[self.numbers[name]]]])
        return self._family(name)

    def _family(self, name: str) -> Array:
        if name not in self.families:
            raise BadInput(f"{name} has no meaning outside its own line.")
        return self.families[name]


def _mean(values: Array) -> Array:
    return np.asarray(values.mean(axis=(1, 2)))


def _spelled_out(expression: Expr, numbers: Mapping[str, float]) -> Expr:
    """Write sums term by term; a count is a symbol whose number is a whole one."""
    counts = {s: Integer(numbers[s.name]) for s in expression.free_symbols if _count(s, numbers)}
    short = expression.subs(counts)
    short = short.replace(lambda e: isinstance(e, Sum), lambda e: e.doit(deep=False))
    return short.replace(
        lambda e: isinstance(e, KroneckerDelta), lambda e: S(int(e.args[0] == e.args[1]))
    )


def _count(symbol: Basic, numbers: Mapping[str, float]) -> bool:
    return isinstance(numbers.get(str(symbol)), int)


def integral(held: Expr, numbers: Mapping[str, float], panels: int = PANELS) -> float:
    """Return a Gaussian expectation or an integral by the midpoint rule, which no route uses."""
    if isinstance(held, GaussianExpectation):
        f, h, variance, mean = held.args
        width = math.sqrt(_number(variance, numbers))
        z = _middles(-FAR, FAR, panels)
        weight = np.exp(-(z**2) / 2) * (2 * FAR / panels) / math.sqrt(2 * math.pi)
        values = _evaluated(f, h, _number(mean, numbers) + width * z, numbers)
        return float(np.where(weight == 0, 0, values * weight).sum())
    f, (h, low, high) = held.args
    scale = max([1.0, *(abs(n) for n in numbers.values() if not isinstance(n, int))])
    ends = [_number(end, numbers) if end.is_finite else None for end in (low, high)]
    start = -FAR * scale if ends[0] is None else ends[0]
    stop = FAR * scale if ends[1] is None else ends[1]
    values = _evaluated(f, h, _middles(start, stop, panels), numbers)
    return float(values.sum() * (stop - start) / panels)


def _middles(low: float, high: float, panels: int) -> Array:
    return low + (high - low) * (np.arange(panels) + 0.5) / panels


def _evaluated(f: Expr, h: Symbol, points: Array, numbers: Mapping[str, float]) -> Array:
    found = f.subs(_values(f.free_symbols - {h}, numbers))
    with np.errstate(all="ignore"):
        values = compiled(h, found, modules=MODULES)(points)
    return np.broadcast_to(np.asarray(values, dtype=float), points.shape)


def _number(expression: Expr, numbers: Mapping[str, float]) -> float:
    return float(expression.subs(_values(expression.free_symbols, numbers)))


def _values(symbols: set[Basic], numbers: Mapping[str, float]) -> dict[Basic, Float]:
    unknown = sorted(s.name for s in symbols if s.name not in numbers)
    if unknown:
        raise BadInput(f"the symbol {unknown[0]} has no number here.")
    return {s: Float(numbers[s.name], 17) for s in symbols}
