"""Networks with symbols replaced: the same layers at other sizes, rates and factors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from sympy import Expr

from varprop.catalogue.activations import Activation
from varprop.networks.layer import Layer
from varprop.networks.network import Network, network


def substituted(net: Network, values: Mapping[Expr, Expr]) -> Network:
    """Return the network with each symbol replaced by its value; raises BadInput where sizes don't fit."""

    def put(item: Expr) -> Expr:
        return item.subs(values)

    return network(mapped(net.layer, put))


def mapped(item: Any, change: Callable[[Expr], Expr]) -> Any:
    """Return a layer, or any of its fields, with every expression changed."""
    if isinstance(item, Expr):
        return change(item)
    if isinstance(item, tuple):
        return tuple(mapped(part, change) for part in item)
    if isinstance(item, Activation):
        phi = change(item.phi)
        return item if phi == item.phi else Activation(str(phi), phi)
    if isinstance(item, Layer):
        found = {f.name: mapped(getattr(item, f.name), change) for f in fields(item) if f.init}
        return replace(item, **found)
    return item
