"""What pairs of positions have in common by their distance, a number that holds for all others too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from sympy import Rational

if TYPE_CHECKING:
    from varprop.networks.spatial import Window

Value = Any
Lag = tuple[int, ...]


class Lags(dict[Lag, Value]):
    """Values by distance: those listed, and ``rest`` at every other distance.

    ``rest`` isn't 0 where one value, as of a gate, stands at all positions of an input.
    """

    def __init__(self, listed: Mapping[Lag, Value] | None = None, rest: Value = 0) -> None:
        """Leave out what is as the rest."""
        super().__init__({lag: e for lag, e in (listed or {}).items() if e != rest})
        self.rest = rest

    def at(self, lag: Lag | None) -> Value:
        """Return the value at a distance; None stands for the rest."""
        return self.rest if lag is None else self.get(lag, self.rest)

    @property
    def empty(self) -> bool:
        """Whether every value is 0."""
        return not self and bool(self.rest == 0)

    def within(self, window: Window) -> Value:
        """Return the sum over ordered pairs of different positions of a window, over its positions."""
        count = prod(window.kernel)
        found: Value = self.rest * (count - 1) if self.rest != 0 else 0
        for lag, e in self.items():
            found = found + (e - self.rest) * shared_pairs(window, lag)
        return found


NO_LAGS = Lags()


def by_lag(each: Sequence[Lags], rule: Callable[[Lag | None], Value]) -> Lags:
    """Return a rule's values at the distances that any of these tells apart; None stands for the rest.

    Where all are 0, so is what the rule says.
    """
    rest = rule(None) if any(one.rest != 0 for one in each) else 0
    return Lags({lag: rule(lag) for lag in {lag for one in each for lag in one}}, rest)


def over(beyond: Value, own: Value) -> Value:
    """Return what two positions share beyond C over V − C; 0 where two inputs are the same, V = C."""
    return 0 if own == 0 else beyond / own


def shared_pairs(window: Window, lag: Lag) -> Rational:
    """Return the number of ordered pairs at this lag in one window, over its positions."""
    pairs = prod(max(0, k - abs(d)) for k, d in zip(window.kernel, lag, strict=True))
    return Rational(pairs, prod(window.kernel))
