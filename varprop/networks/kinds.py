"""The layers that a spec can name: one entry each, found by name.

Importing this module imports every layer; adding a layer is one class and one entry in
``weight_kinds``, ``unit_kinds`` or ``place_kinds``.
"""

from __future__ import annotations

from varprop.networks.layer_kind import LayerKind
from varprop.networks.place_kinds import BY_PLACE
from varprop.networks.unit_kinds import BY_UNIT
from varprop.networks.weight_kinds import WEIGHTED
from varprop.registry import Registry

__all__ = ["LAYERS", "LayerKind"]

LAYERS: Registry[LayerKind] = Registry("layer", "layers")
for _kind in (*WEIGHTED, *BY_UNIT, *BY_PLACE):
    LAYERS.add(_kind)
