"""Refusals of the referee, and how formulas are written in them."""

from __future__ import annotations

from sympy import Basic

from varprop import faces
from varprop.errors import BadInput


class NotAllowed(BadInput):
    """A step that doesn't follow here; its text names the reason and what is allowed instead.

    ``instead`` is a way out that isn't a step of its own, such as stating an assumption.
    """

    def __init__(self, message: str, instead: str = "") -> None:
        super().__init__(message)
        self.instead = instead


def written(expression: Basic) -> str:
    """Return a formula as people write it, as the faces do once they are loaded."""
    return faces.face("plain")(expression) if faces.ready() else str(expression)
