"""Every pointwise activation, in the order in which they are listed."""

from __future__ import annotations

from varprop.catalogue.piecewise_table import PIECEWISE_LINEAR, PIECEWISE_SMOOTH
from varprop.catalogue.smooth_table import OSCILLATING_AND_OTHER, SELF_GATED, SIGMOID_LIKE

POINTWISE = (
    *PIECEWISE_LINEAR,
    *PIECEWISE_SMOOTH,
    *SIGMOID_LIKE,
    *SELF_GATED,
    *OSCILLATING_AND_OTHER,
)
