"""The fold of ``solve --arch``: each tensor's variance is chosen by a condition on the way."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from sympy import Dummy, Expr, Float, nan, oo, sympify, zoo

from varprop.errors import BadInput
from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.layer import NoClosedForm, Weight
from varprop.networks.recording import Recording, Scale, spanning
from varprop.networks.signal import DATA, Back, Signal
from varprop.solving.conditions import CONDITIONS, Condition, Terms


@dataclass(eq=False)
class Tensor:
    """One weight tensor as the fold met it; ``copies`` equal ones stand behind it.

    ``cancelled`` names a norm right behind that divides the scale out of the forward pass.
    """

    path: tuple[str, ...]
    weight: Weight
    feed: Signal
    condition: Condition
    terms: Terms
    value: Value
    copies: Expr | int = 1
    cancelled: str | None = None

    @property
    def name(self) -> str:
        """The layer that uses it."""
        return self.path[-1] if self.path else "weights"


LONGEST_FORMULA = 4000
"""Nodes of a formula that is still written out."""

SMALLEST, LARGEST = 1e-290, 1e290
"""Bounds of q within which its moments stay in double range."""


class Solving(Recording):
    """A fold that asks a condition for every variance; first layers are sized by the forward one.

    ``tensors`` are those met, equal copies together; rows are so unless ``together`` is False.
    """

    def __init__(
        self,
        arithmetic: Arithmetic,
        condition: Condition,
        q: Expr,
        bias: Expr,
        *,
        together: bool = True,
    ) -> None:
        super().__init__(arithmetic, borders=False)
        self.together = together
        self.condition = condition
        self.q = arithmetic.value(q)
        self.bias = arithmetic.value(bias)
        self.tensors: list[Tensor] = []
        self.streams: list[tuple[Value, Value]] = []
        self._starts: list[int] = []
        self._mark = 0

    @property
    def scales(self) -> list[Scale]:
        """Var(w) and σ_b² of each use of a tensor, as floats."""
        return [(float(t.value), float(self.bias_variance(t.weight))) for t in self.used()]

    def variance(self, weight: Weight, feed: Signal) -> Value:
        """Return the condition's solution for this tensor, times its own scale²."""
        to = self.arithmetic.value
        condition = CONDITIONS["forward"] if feed.words == DATA else self.condition
        terms = Terms(
            to(weight.fan_in),
            to(weight.fan_out),
            feed.second,
            feed.slope,
            self.bias_variance(weight),
            feed.reference if feed.reference != 0 else self.q,
        )
        self._check(condition, terms, feed)
        found = condition.solve(Terms(**{k: exact(v) for k, v in vars(terms).items()}))
        factor = to(weight.scale)
        value = (found if self.arithmetic.symbolic else float(found)) * factor * factor
        self.tensors.append(Tensor(self.path, weight, feed, condition, terms, value))
        self.uses.append(self.tensors[-1])
        return value

    def _check(self, condition: Condition, terms: Terms, feed: Signal) -> None:
        here = self.path[-1] if self.path else "the network"
        if not self.arithmetic.symbolic and 0 < terms.q <= terms.bias_variance:
            raise BadInput(
                f"--bias-variance {float(terms.bias_variance):g} must be smaller than q = "
                f"{float(terms.q):g} at {here}: the bias alone already gives it."
            )
        if isinstance(terms.q, float) and not SMALLEST < terms.q < LARGEST:
            raise BadInput(
                f"q at {here} is beyond double range, below {SMALLEST:g} or above {LARGEST:g}: the scales of "
                "the layers before it multiply up. Take scales nearer to 1, or put a norm between."
            )
        if self.arithmetic.symbolic:
            _refuse_long(terms, here)
        if not _is_finite(terms.second_moment) or not _is_finite(terms.derivative_second_moment):
            what = "signal" if not _is_finite(terms.second_moment) else "gradient"
            raise BadInput(
                f"the {what}'s second moment behind {feed.words} is infinite or beyond double range at this "
                f"q: no weight scale of {here} keeps it. Try a smaller --q, or another activation."
            )
        backward = any(side.direction == "backward" for side in condition.sides)
        lost = backward and terms.derivative_second_moment == 0
        if terms.second_moment == 0 or lost:
            what = "signal" if terms.second_moment == 0 else "gradient"
            small = "" if self.arithmetic.symbolic else ", or too small for double range,"
            raise BadInput(
                f"the {what} is 0{small} behind {feed.words}: no weight scale of {here} keeps it."
            )

    def bias_variance(self, weight: Weight) -> Value:
        """Return σ_b², 0 where the layer has no bias."""
        return self.bias if weight.bias is not None else self.arithmetic.value(0)

    def checkpoint(self) -> Callable[[], None]:
        """Return a function that forgets tensors and streams, too."""
        undo, tensors, streams = super().checkpoint(), len(self.tensors), len(self.streams)

        def all_of_it() -> None:
            undo()
            del self.tensors[tensors:], self.streams[streams:]

        return all_of_it

    def stream(self, before: Value, after: Value) -> None:
        """Keep what a skip path carries before and after its branches."""
        self.streams.append((before, after))

    def cancelled(self, norm: str) -> None:
        """Mark the tensor used last."""
        if self.tensors:
            self.tensors[-1].cancelled = norm

    def enter(self, name: str) -> None:
        """Enter a layer; remember which tensors come after."""
        super().enter(name)
        self._starts.append(len(self.tensors))

    def leave(self) -> None:
        """Leave the layer."""
        super().leave()
        self._mark = self._starts.pop()

    def again(self, copies: Expr | int, number: int, back: Back) -> Back:
        """Let the tensors of the block just left stand for its later copies."""
        for tensor in self.tensors[self._mark :]:
            if not isinstance(tensor.value, float) and tensor.value.atoms(Dummy):
                raise NoClosedForm(
                    f"the scale of {tensor.path[-1]} depends on which copy it stands in, for "
                    f"{tensor.feed.words} changes its shape with its size: no closed form. Give a "
                    "number for every symbol but the one of --for, or normalise the branch "
                    "(LayerNorm() first)."
                )
            tensor.copies += copies
            tensor.path = spanning(tensor.path, len(self.path), number, copies)
        return super().again(copies, number, back)


def _refuse_long(terms: Terms, here: str) -> None:
    """Raise BadInput where a formula is too long to work with: each layer's q stands in the next one's."""
    known: dict[Expr, int] = {}
    size = max(_written_size(exact(value), known) for value in vars(terms).values())
    if size > LONGEST_FORMULA:
        symbols = sorted({str(s) for v in vars(terms).values() for s in exact(v).free_symbols})
        raise NoClosedForm(
            f"the formula of {here} would have {size:,} terms, as each layer's q stands in the next one's. "
            f"Give a number for {' or '.join(symbols)}, or fewer layers."
        )


def _is_finite(value: Value) -> bool:
    """Whether a moment is a finite number, or a formula that holds no infinity."""
    if isinstance(value, float):
        return math.isfinite(value)
    return not sympify(value).has(oo, zoo, nan)


def exact(value: Value) -> Expr:
    """Return a float as a Float of 17 digits, anything else as it is."""
    return Float(value, 17) if isinstance(value, float) else sympify(value)


def _written_size(value: Expr, known: dict[Expr, int]) -> int:
    """Return the number of nodes of a formula as it is written, equal parts counted again."""
    if value not in known:
        known[value] = 1 + sum(_written_size(part, known) for part in value.args)
    return known[value]
