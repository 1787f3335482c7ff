"""What enters the copies of a block that adds features, as in DenseNet, by the copy's number."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from sympy import Expr, S, Symbol, cancel, sympify

from varprop.networks.shape import Shape
from varprop.networks.signal import Part, Signal

AVERAGED = ("second", "mean", "cross", "between", "slope")


class Mixture:
    """Units of what ``entered`` the first copy, and of equal additions, one a copy.

    ``first`` is what left the first copy, ``shape`` what enters the copy of that ``number``.
    """

    def __init__(self, entered: Signal, first: Signal, shape: Shape, number: Symbol) -> None:
        self._entered, self._first, self._shape, self._number = entered, first, shape, number

    def entering(self, number: Expr) -> Signal:
        """Return what enters the copy of that number, the features of whose shape are linear in it."""
        entered, first = self._entered, self._first
        features = self._shape.features.subs(self._number, number)
        moments = {
            name: self._average(getattr(entered, name), getattr(first, name), number, features)
            for name in AVERAGED
        }
        shape = self._shape.with_features(features)
        parts = self._parts(number, features)
        return replace(first, shape=shape, parts=parts, **moments)

    def _average(self, old: Any, one: Any, number: Expr, features: Expr) -> Any:
        """Return an average over all units from that before and that behind the first copy."""
        if old is None or one is None:
            return None
        before, behind = self._entered.shape.features, self._first.shape.features
        added = one * behind - old * before
        return cancel((old * before + (number - 1) * added) / features)

    def _parts(self, number: Expr, features: Expr) -> tuple[Part, ...] | None:
        if self._first.parts is None or self._entered.parts is None:
            return None
        old = {_law(part): part.share for part in self._entered.parts}
        return tuple(
            replace(
                part,
                share=self._average(old.get(_law(part), S.Zero), part.share, number, features),
            )
            for part in self._first.parts
        )

    def is_entering(self, number: Expr, found: Signal) -> bool:
        """Whether a signal is what enters the copy of that number."""
        wanted = self.entering(number)
        named = (*AVERAGED, "reference", "shape", "parts")
        return all(equal(getattr(wanted, name), getattr(found, name)) for name in named)


def _law(part: Part) -> Part:
    """Return what units of a part have in common, whatever their share."""
    return replace(part, share=S.One)


def equal(a: Any, b: Any) -> bool:
    """Whether two formulas, laws or shapes are the same once all that cancels is cancelled."""
    if a is None or b is None:
        return a is b
    if isinstance(a, tuple):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, Part | Shape):
        return all(equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, Expr | int) and isinstance(b, Expr | int):
        return a == b or cancel(sympify(a - b)) == 0
    return bool(a == b)
