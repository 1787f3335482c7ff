"""The signal by which a route says: this is not mine."""

from __future__ import annotations

from varprop.errors import VarpropError


class Unrecognised(VarpropError):
    """No rule of this route applies; the next route is asked. Never reaches a user.

    Its arguments are a reason or an expression, which nobody prints: that would cost more than most
    routes.
    """

    def __init__(self, *reasons: object) -> None:
        Exception.__init__(self, *reasons)
