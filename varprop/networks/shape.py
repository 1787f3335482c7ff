"""Shapes of signals and sizes of layers: whole numbers, or symbols where a width is left open."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from sympy import Expr, Integer, Mul

from varprop import notation
from varprop.catalogue.stacking import Stackable
from varprop.errors import BadInput, shown
from varprop.expression_text import exact
from varprop.frozen import frozen


@frozen
class Shape:
    """What one example is at one point: features, and either positions in space or tokens.

    ``features`` are channels where ``space`` is given; ``tokens`` is the length of a sequence whose
    members each have all features. A dimension is a SymPy integer or a positive symbol.
    """

    features: Expr
    space: tuple[Expr, ...] = ()
    tokens: Expr | None = None

    @property
    def positions(self) -> Expr:
        """The number of positions or tokens."""
        return self.tokens if self.tokens is not None else Mul(*self.space)

    @property
    def units(self) -> Expr:
        """The number of values of one example."""
        return self.features * self.positions

    @cached_property
    def count(self) -> float:
        """The number of values of one example as a number."""
        return float(self.units)

    @property
    def dims(self) -> tuple[Expr, ...]:
        """The array shape of one example: (tokens, features) or (channels, *space)."""
        if self.tokens is not None:
            return (self.tokens, self.features)
        return (self.features, *self.space)

    def with_features(self, features: Expr) -> Shape:
        """Return the same positions with another number of features."""
        return Shape(features, self.space, self.tokens)

    def __str__(self) -> str:
        """Return 64×32×32, 16 tokens × 512, or 784."""
        if self.tokens is not None:
            return f"{self.tokens} tokens × {self.features}"
        return "×".join(str(d) for d in self.dims)

    def concrete(self) -> tuple[int, ...]:
        """Return the array shape as whole numbers; raises BadInput while a symbol is left."""
        for d in self.dims:
            if not d.is_Integer:
                raise BadInput(
                    f"the size {d} is a symbol: an experiment needs a number. Try {d} = 64."
                )
        return tuple(int(d) for d in self.dims)


KEPT = {
    notation.q: "the pre-activation variance",
    notation.c: "the correlation of two inputs",
    notation.h: "the pre-activation",
}
"""Symbols that mean something else in every rule."""


def scalar(value: Any, what: str) -> Expr:
    """Return a size or a factor as an exact number or an expression of the network's symbols.

    Raises BadInput for what is neither, and for the letters that rules use themselves.
    """
    if not isinstance(value, Expr | str | int | float):
        _refuse_networks(value, what)
    found = exact(value, what)
    for symbol in found.free_symbols & set(KEPT):
        raise BadInput(
            f"{what}: {symbol} is kept for {KEPT[symbol]}. Use another name, such as k or {symbol}_1."
        )
    return found


def _refuse_networks(value: Any, what: str) -> None:
    """Raise BadInput for a layer or an activation that stands where a number does."""
    from varprop.networks.layer import Layer

    if isinstance(value, Layer | Stackable):
        typed = shown(getattr(value, "name", value))
        raise BadInput(
            f"{what} is a number or a symbol, not {typed}: layers in a row are joined with >>."
        )


def size(
    value: Any, what: str, *, least: int = 1, symbolic: bool = True, such_as: str = "64"
) -> Expr:
    """Return a size as an integer or, where allowed, a positive symbol expression.

    Raises BadInput for anything else; ``such_as`` are values that it could have.
    """
    found = scalar(value, what)
    if found.is_Integer and int(found) >= least:
        return Integer(found)
    if not found.free_symbols:
        raise BadInput(
            f"{what} must be a whole number of at least {least}, not {value}. Try {such_as}."
        )
    if not symbolic:
        raise BadInput(
            f"{what} must be a number here, not the symbol {found}: write {such_as}."
            if found.is_Symbol
            else f"{what} must be a number here, not {found}: write {such_as}."
        )
    if found.is_number is False and found.is_positive:
        return found
    loose = sorted((s for s in found.free_symbols if not s.is_positive), key=str)
    if loose:
        raise BadInput(
            f"{what}: {loose[0]} could be 0 or negative. Make it positive: vp.symbols('{loose[0]}')."
        )
    raise BadInput(
        f"{what}: {found} isn't positive for every {' and '.join(sorted(map(str, found.free_symbols)))}. "
        "Give it a letter of its own."
    )


def sizes(
    value: Any, what: str, count: int, *, least: int = 1, such_as: str = "64"
) -> tuple[int, ...]:
    """Return ``count`` whole numbers from one number or a tuple of them; raises BadInput."""
    given = tuple(value) if isinstance(value, tuple | list) else (value,) * count
    if len(given) != count:
        raise BadInput(f"{what} needs one number or {count}, not {len(given)}.")
    return tuple(int(size(v, what, least=least, symbolic=False, such_as=such_as)) for v in given)
