"""Both sides of one relation, read and worked out in one world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import sympy
from sympy import Expr, KroneckerDelta, Symbol, expand

from varprop.checking.expectation import HELD, Engine
from varprop.checking.integrals import ACCURACY, has_numbers
from varprop.checking.numbers import ROUNDING, Point, close, number, points
from varprop.checking.reading import Reader
from varprop.checking.spelling import Spelt
from varprop.checking.world import World

MOST_OPERATIONS = 400


@dataclass(frozen=True)
class Sides:
    """``raw`` sides hold operators, ``left`` and ``right`` are their values in the world."""

    world: World
    raw: tuple[Expr, Expr]
    left: Expr
    right: Expr
    opened: Mapping[Symbol, Expr]
    wide: bool

    @property
    def symbols(self) -> set[Symbol]:
        """Every symbol left on either side."""
        return self.left.free_symbols | self.right.free_symbols

    @property
    def unknown(self) -> set[Symbol]:
        """Moments that nothing given determines."""
        return {
            s
            for s in self.symbols
            if s in self.opened and not has_numbers(self.opened[s], self.world)
        }

    @property
    def parameters(self) -> set[Symbol]:
        """Symbols that are free numbers."""
        free = self.symbols - set(self.opened)
        for symbol in (self.symbols & set(self.opened)) - self.unknown:
            for atom in self.world.random_in(self.opened[symbol]):
                law = self.world.variable(atom).law
                free |= law.symbols if law is not None else set()
            free |= self.opened[symbol].free_symbols - self.world.random_in(self.opened[symbol])
        return free

    @property
    def accuracy(self) -> float:
        """Up to which relative difference numbers of both sides count as equal."""
        return ACCURACY if self.symbols & (set(self.opened) - self.unknown) else ROUNDING

    def at(self, point: Point) -> tuple[float, float]:
        """Return both sides as floats; NaN where one has no number."""
        return (
            number(self.left, point, self.opened, self.world),
            number(self.right, point, self.opened, self.world),
        )

    def tried(self, most: int = 8) -> list[tuple[Point, float, float]]:
        """Return both sides at several points, those without a number left out."""
        return list(self.trying(most))

    def trying(self, most: int = 8) -> Iterator[tuple[Point, float, float]]:
        """Yield both sides at one point after the other."""
        for point in islice(points(self.parameters | self.unknown, self.world), most):
            left, right = self.at(point)
            if left == left and right == right:
                yield point, left, right

    def equal(self) -> str | None:
        """Return how the sides were found equal: symbolic or numbers; None where they differ."""
        gap = self.left - self.right
        if gap == 0 or expand(gap) == 0:
            return "symbolic"
        tried = False
        for _, left, right in self.trying():
            tried = True
            if not close(left, right, self.accuracy):
                return None
        if self._simplifies(gap):
            return "symbolic"
        return "numbers" if tried else None

    def _simplifies(self, gap: Expr) -> bool:
        if sympy.count_ops(gap) > MOST_OPERATIONS:
            return False
        return bool(sympy.simplify(gap) == 0)


def read_sides(
    world: World, left: Spelt, right: Spelt, defined: dict[str, str] | None = None
) -> Sides:
    """Read and evaluate both sides."""
    raw = (Reader(left, world, defined).read(), Reader(right, world, defined).read())
    return evaluate(world, raw)


def evaluate(world: World, raw: tuple[Expr, Expr]) -> Sides:
    """Evaluate both sides in a world."""
    engine = Engine(world)
    left, right = (engine.evaluate(side) for side in raw)
    return Sides(world, raw, left, right, engine.open, engine.used_wide)


def reread(
    world: World, sides: Sides, spelt: tuple[Spelt, Spelt], defined: dict[str, str]
) -> Sides:
    """Return the sides in a world with other definitions."""
    if world.definitions == sides.world.definitions and world.values == sides.world.values:
        return evaluate(world, sides.raw)
    return read_sides(world, *spelt, defined)


def held_in(raw: Expr) -> list[Expr]:
    """Return the operators typed in a side, outermost first."""
    return [node for node in sympy.preorder_traversal(raw) if isinstance(node, HELD)]


def diagonal(raw: tuple[Expr, Expr]) -> list[tuple[Expr, Expr]]:
    """Split a statement with δ_ij into its cases i = j and i ≠ j; one case where there is none."""
    deltas = {d for side in raw for d in side.atoms(KroneckerDelta)}
    if len(deltas) != 1:
        return [raw]
    delta = next(iter(deltas))
    first, second = (symbol.name for symbol in delta.args)
    names = {
        s: Symbol(f"{s.name[: -len(second)]}{first}", real=True)
        for side in raw
        for s in side.free_symbols
        if s.name.endswith(f"_{second}")
    }
    equal = tuple(side.xreplace({delta: sympy.S.One}).xreplace(names) for side in raw)
    apart = tuple(side.xreplace({delta: sympy.S.Zero}) for side in raw)
    return [(equal[0], equal[1]), (apart[0], apart[1])]
