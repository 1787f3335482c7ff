"""Gradients whose size leaves double range on their way back through very many layers.

The way back is linear: a factor taken out of a gradient at one point is a factor of every gradient
below it. On the stream, where no branch waits to be joined, such factors are kept as logarithms.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from varprop.propagation.depth import power

if TYPE_CHECKING:
    from varprop.networks.arithmetic import Value
    from varprop.networks.signal import Gradient

FAR = 1e150
"""Sizes above this or below its inverse are taken out."""

LOG_FAR = math.log(FAR)


class Power:
    """``taken`` is ln of all that was taken out of the gradient so far."""

    def __init__(self) -> None:
        self.taken = 0.0

    def keep(self, gradient: Gradient) -> Gradient:
        """Return the gradient within range; what was taken out is remembered."""
        size = gradient.second
        if not isinstance(size, float) or 1 / FAR < size < FAR or not 0 < size < math.inf:
            return gradient
        self.taken += math.log(size)
        both = gradient.cross
        return replace(gradient, second=1.0, cross=None if both is None else both / size)

    def whole(self, size: Value) -> Value:
        """Return a size with all that was taken out: infinite or 0 beyond double range."""
        return (
            size if self.taken == 0 else power(math.log(size) + self.taken if size else -math.inf)
        )
