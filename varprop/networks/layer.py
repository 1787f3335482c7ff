"""What a layer is: a rule for two inputs and the gradient, a sampler, and examples.

A layer's rule reads a Setting and never draws; its sampler reads a Drawing and never sees the rule.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache, wraps
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar

from sympy import Expr, S

from varprop.errors import BadInput, shown
from varprop.frozen import frozen
from varprop.networks import written
from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.misfits import Misfit, NoClosedForm, needs_features_only
from varprop.networks.shape import Shape
from varprop.networks.signal import Back, Gradient, Signal

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.containers import Repeat, Serial
    from varprop.networks.drawing import Drawing


LONGEST_NAME = 50
"""Characters of a layer's text that a message shows."""

__all__ = [
    "Forward",
    "Layer",
    "Misfit",
    "NoClosedForm",
    "Sampled",
    "Setting",
    "Weight",
    "needs_features_only",
    "remembered",
]

P = ParamSpec("P")
T = TypeVar("T")


@frozen
class Weight:
    """One weight tensor: its fans, how fan_in came about (``64·3·3``) and its array shape.

    ``fan_in`` and ``fan_out`` are the numbers of terms in one output and of outputs that one input
    feeds, strides and groups included; ``dims`` is (out, in, *kernel). ``scale`` multiplies the
    standard deviation that a condition or scheme gives; ``role`` tells the tensors of one layer
    apart (query, key, …). ``bias`` is the number of biases that come with it. ``layout`` names the
    kind of layer where libraries store the axes differently, ``split`` is the number of parts
    (heads, a multiplier) that some of them give an axis of its own.
    """

    fan_in: Expr
    fan_out: Expr
    product: str
    dims: tuple[Expr, ...]
    scale: Expr
    role: str = ""
    bias: Expr | None = None
    layout: str = "linear"
    split: Expr = S.One


class Setting(ABC):
    """What a rule may ask while a network is folded: numbers, scales, and where to write."""

    arithmetic: Arithmetic
    borders = True
    """Whether the padding's border is averaged in (else every unit is an interior one)."""

    @abstractmethod
    def again(self, copies: Expr | int, number: int, back: Back) -> Back:
        """Let the copy just left, whose number this is, stand for as many more of the same.

        Returns the gradient's way back through all of them.
        """

    @property
    @abstractmethod
    def on_stream(self) -> bool:
        """Whether no branch waits to be joined where the fold is."""

    @abstractmethod
    def kept(self, gradient: Gradient) -> Gradient:
        """Return a gradient on the stream within double range."""

    @abstractmethod
    def whole(self, size: Value) -> Value:
        """Return the size of the gradient that arrived last, with all that was taken out of it."""

    def checkpoint(self) -> Callable[[], None]:
        """Return a function that forgets what is written from here on."""
        return lambda: None

    def stream(self, before: Value, after: Value) -> None:  # noqa: B027
        """Say what a skip path carried before branches were added, and what it carries after."""

    def cancelled(self, norm: str) -> None:  # noqa: B027
        """Say that a norm right behind the tensor used last divides its scale out again."""

    @abstractmethod
    def variance(self, weight: Weight, feed: Signal) -> Value:
        """Return Var(w) of a tensor that multiplies ``feed``, its own ``scale`` included."""

    @abstractmethod
    def bias_variance(self, weight: Weight) -> Value:
        """Return σ_b² of the tensor's biases."""

    @abstractmethod
    def assume(self, sentence: str) -> None:
        """State an assumption that the rule makes."""

    @abstractmethod
    def approximate(self, sentence: str) -> None:
        """Name an approximation, its regime and how far off it is."""

    @abstractmethod
    def enter(self, name: str) -> None:
        """Enter a layer, so that what follows carries its name."""

    @abstractmethod
    def leave(self) -> None:
        """Leave the layer entered last."""

    @abstractmethod
    def mark(
        self, signal: Signal, back: Back, *, preactivation: bool, elementwise: bool = False
    ) -> Back:
        """Keep a row for this point; the returned Back fills in its gradient."""


Forward = tuple[Signal, Back]


@frozen
class Layer(ABC):
    """A layer or a network: abstract, or final. Fields are its signature in the spec language.

    ``by_itself`` says that E[x²] behind it depends on E[x²] before alone, not on what two inputs or
    two positions have in common.
    """

    by_itself: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Refuse flags that are neither True nor False; kinds read their other values after that."""
        for name in _flags(type(self)):
            value = getattr(self, name)
            if not isinstance(value, bool):
                raise BadInput(
                    f"{name} of {type(self).__name__} is True or False, not {shown(repr(value))}."
                )

    @property
    def silent(self) -> bool:
        """Whether the weights are 0, so that nothing passes."""
        scale = getattr(self, "scale", None)
        return scale is not None and bool(scale.is_zero)

    @property
    def fresh(self) -> bool:
        """Whether every path through the layer meets weights of its own, drawn with mean 0.

        What leaves is then independent of what enters.
        """
        return False

    def mixes(self, shape: Shape) -> bool:
        """Whether every path through the layer meets weights that sum over features, of this shape.

        What leaves a feature is then independent of what enters it, its size too.
        """
        return self.fresh

    def copied(self, entering: bool) -> bool:
        """Whether features that leave may be made of the same value, given that of those that enter.

        Raises BadInput in a layer that takes its features as independent.
        """
        return entering and not self.fresh

    def last_name(self) -> str:
        """Return a short name of what leaves: a container's last layer, else the spec text."""
        parts = getattr(self, "layers", None) or (getattr(self, "block", self),)
        if parts[-1] is not self:
            return str(parts[-1].last_name())
        text = str(self)
        return text if len(text) <= LONGEST_NAME else f"{type(self).__name__}(…)"

    @abstractmethod
    def output(self, shape: Shape) -> Shape:
        """Return the shape that leaves; raises BadInput where ``shape`` can't enter."""

    @cached_property
    def label(self) -> str:
        """A short name for rows: the spec text, for containers the type's name, "" for none."""
        nested = any(str(field.type) in ("Layer", "tuple[Layer, ...]") for field in fields(self))
        return type(self).__name__ if nested else str(self)

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """Return the weight tensors for an input of this shape, in the order of use."""
        return ()

    def parameters(self, shape: Shape) -> Expr:
        """Return the number of trained values: weights, biases, and scales of norms."""
        from sympy import Add, Mul

        return Add(*(Mul(*w.dims) + (w.bias or 0) for w in self.weights(shape)))

    @abstractmethod
    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Return the signal that leaves and the map of the gradient back through the layer."""

    @abstractmethod
    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw the layer's weights for an input of this shape."""

    def __rshift__(self, other: Any) -> Serial:
        """Return this layer followed by another, or by an activation."""
        from varprop.networks.containers import serial

        return serial(self, other)

    def __rrshift__(self, other: Any) -> Serial:
        """Return an activation followed by this layer."""
        from varprop.networks.containers import serial

        return serial(other, self)

    def __rmul__(self, count: Any) -> Repeat:
        """Return ``count`` copies in a row, each with weights of its own."""
        from varprop.networks.containers import Repeat

        return Repeat(self, count)

    def __mul__(self, count: Any) -> Repeat:
        """Return ``count`` copies in a row, each with weights of its own."""
        return self.__rmul__(count)

    def __str__(self) -> str:
        """Return the layer as spec text."""
        return written.call(self, written.in_spec)

    def __repr__(self) -> str:
        """Return the Python expression that makes the layer from the names of ``varprop.layers``."""
        return written.call(self, written.in_python)

    def behind(self) -> str:
        """Return the same where the layer stands behind another one, joined with >>."""
        return repr(self)


@lru_cache(maxsize=256)
def _flags(kind: type[Layer]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if str(field.type) == "bool")


@dataclass(frozen=True, eq=False)
class Sampled:
    """One drawn layer: arrays are (inputs, *shape).

    ``forward`` maps the layer's input to its output, ``backward`` the gradient at the output of the
    last ``forward`` to that at its input.
    """

    forward: Callable[[Array], Array]
    backward: Callable[[Array], Array]


def remembered(method: Callable[P, T]) -> Callable[P, T]:
    """Keep what a layer says of a shape: copies of a block ask for the same again and again."""
    known = lru_cache(maxsize=512)(method)

    @wraps(method)
    def look_up(*args: P.args, **kwargs: P.kwargs) -> T:
        return known(*args, **kwargs)  # type: ignore[arg-type]

    return look_up
