"""Layers as calls, in the spec language and in Python: ``Dense(10, scale=1/3)``, ``scale='1/3'``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any

from sympy import Expr

from varprop.catalogue.activations import Activation, activation
from varprop.errors import VarpropError
from varprop.notation import h


def call(layer: Any, shown: Callable[[Any], str]) -> str:
    """Return ``Name(values, key=value)`` without what is left at its default."""
    values = []
    for number, field in enumerate(fields(layer)):
        value = getattr(layer, field.name)
        if value == field.default:
            continue
        named = field.default is not MISSING and number > 0
        values.append(f"{field.name}={shown(value)}" if named else shown(value))
    return f"{type(layer).__name__}({', '.join(values)})"


def in_spec(value: Any) -> str:
    """Return a field's value as spec text."""
    if isinstance(value, tuple):
        return f"({', '.join(map(in_spec, value))})"
    return str(value)


def in_python(value: Any) -> str:
    """Return a field's value as a Python expression; formulas and activations are text there."""
    if isinstance(value, tuple):
        return f"({', '.join(map(in_python, value))})"
    if isinstance(value, Activation):
        return repr(_text(value))
    if isinstance(value, Expr) and not value.is_Integer:
        return repr(str(value))
    return repr(value)


def _text(act: Activation) -> str:
    """Return the text of an activation: its name, or its formula where the name is the caller's own."""
    try:
        own = activation(act.name).phi != act.phi
    except VarpropError:
        own = True
    return str(act.phi.subs(h, "x")) if own else act.name
