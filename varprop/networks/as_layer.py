"""What can stand in a network written in Python: layers, and activations by name, entry or function."""

from __future__ import annotations

import re
from typing import Any

from sympy import Expr

from varprop.errors import BadInput, shown
from varprop.networks.layer import Layer


def as_layer(item: Any) -> Layer:
    """Return a layer as it is, an activation (by name, entry or function) as a layer.

    Raises BadInput for anything else.
    """
    from varprop.catalogue.activations import Activation as Phi
    from varprop.catalogue.activations import activation_from
    from varprop.networks.elementwise import Activate, activate

    if isinstance(item, Layer):
        return item
    if isinstance(item, str):
        _refuse_spec(item)
        return activate(item)
    if isinstance(item, Phi):
        return Activate(item)
    phi = getattr(item, "activation", None)
    if isinstance(phi, Phi):
        return Activate(phi)
    if isinstance(item, Expr) and item.free_symbols:
        return Activate(activation_from(item))
    raise BadInput(_no_layer(item))


def _refuse_spec(text: str) -> None:
    """Raise BadInput for text that names a layer: only an activation is written as text here."""
    from varprop.networks.kinds import LAYERS

    called = [name for name in re.findall(r"([A-Za-z_]\w*)\s*\(", text) if name in LAYERS]
    if called or ">>" in text:
        name = called[0] if called else "Dense"
        raise BadInput(
            f"{shown(text)!r} is no activation: write vp.layers.{name}(…) without quotes, "
            'or all of the network as text, vp.network("Input(784) >> Dense(512) >> relu").'
        )


def _no_layer(item: Any) -> str:
    if isinstance(item, Expr | int | float):
        number = f"{float(item):g}" if not isinstance(item, Expr) or item.is_real else str(item)
        return (
            f"{number} is a number, and no layer: an activation with a value is "
            'vp.activation("leaky_relu(0.2)"), vp.leaky_relu(0.2) is its value at 0.2.'
        )
    if isinstance(item, type) and issubclass(item, Layer):
        return f"{item.__name__} is a kind of layer, make one: {item.__name__}(…)."
    return f"{item!r} is no layer: use varprop.layers, an activation, or network('...')."
