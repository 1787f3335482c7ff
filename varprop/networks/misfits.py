"""What a network refuses: shapes that can't enter a layer, formulas that aren't known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from varprop.errors import BadInput
from varprop.networks.shape import Shape

if TYPE_CHECKING:
    from varprop.networks.layer import Layer


class NoClosedForm(BadInput):
    """A formula in symbols was asked for where none is known; numbers can be followed instead."""


class Misfit(BadInput):
    """A shape that can't enter a layer; ``trail`` names the layers around it, innermost first.

    A chain around it adds which layer made the shape, unless the message is ``named``: it says so itself.
    """

    def __init__(self, message: str, *, named: bool = False) -> None:
        super().__init__(message)
        self.named = named
        self._shape: Shape | None = None

    def refused_in(self, layer: Layer, shape: Shape, maker: Layer | None) -> None:
        """Note a layer around the place, what enters it, and the layer that made this."""
        self.inside(layer)
        self._shape = self._shape or shape
        if shape != self._shape:
            self.named = True
        elif maker is not None:
            self.fed_by(maker, shape)

    def fed_by(self, maker: Layer, shape: Shape) -> None:
        """Say which layer made the shape that was refused."""
        if self.named or (self._shape is not None and self._shape != shape):
            return
        self.named = True
        name = maker.last_name()
        message, arrives = str(self.args[0]), f"{shape} arrives"
        if arrives in message:
            self.args = (message.replace(arrives, f"{arrives} from {name}", 1),)
        else:
            self.args = (f"{message.rstrip('.')}. What arrives, {shape}, comes from {name}.",)


def needs_features_only(shape: Shape, what: object) -> None:
    """Refuse channels with positions where a layer mixes features alone."""
    if shape.space:
        raise Misfit(
            f"{what} takes features, but {shape} arrives: add Flatten() or GlobalAvgPool() before it."
        )


def without_positions(kind: str, directions: int, shape: Shape) -> str:
    """Say what to do about a shape that hasn't as many directions as a layer slides along."""
    if shape.tokens is not None:
        other = "GlobalAvgPool()" if "Pool" in kind else "Dense, which acts on each token"
        return f"put it before Tokens(), or take {other}"
    if 1 <= len(shape.space) <= 3:
        return f"take {kind[:-2]}{len(shape.space)}d"
    sizes = ", ".join(("3", *("32",) * directions))
    return f"put {kind} before Flatten() and GlobalAvgPool(), or begin with Input({sizes})"


def no_tokens(what: str, shape: Shape) -> Misfit:
    """Return the refusal of a shape without tokens, and what gives it some."""
    advice = (
        "put Tokens() before it"
        if shape.space
        else "begin with Input(512, tokens=128), or with a Conv layer and Tokens()"
    )
    return Misfit(f"{what} takes tokens, but {shape} arrives: {advice}.")


NEAREST = 6
"""Numbers of groups that a message offers."""


def fitting(channels: int, asked: int) -> str:
    """Return numbers of equal groups that channels can be split into, those nearest to the one asked for."""
    from sympy import divisors

    near = sorted(divisors(channels), key=lambda n: abs(n - asked))[:NEAREST]
    *first, last = map(str, sorted(near))
    return f"{', '.join(first)} or {last}" if first else last
