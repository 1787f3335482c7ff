"""LayerScale: a trained factor for each feature, all equal at the start."""

from __future__ import annotations

from sympy import Expr

from varprop.frozen import frozen
from varprop.networks.elementwise import Scale
from varprop.networks.shape import Shape


@frozen
class LayerScale(Scale):
    """x·factor with one trained factor for each feature. Source: Touvron et al. 2021, CaiT."""

    def parameters(self, shape: Shape) -> Expr:
        """Return one factor for each feature."""
        return shape.features
