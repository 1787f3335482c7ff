"""Activations by name, by name with parameters, or as a formula of your own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from varprop.catalogue.activation_entry import ActivationEntry, Parameter
from varprop.catalogue.pointwise import POINTWISE
from varprop.catalogue.stacking import Stackable
from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.registry import Registry

if TYPE_CHECKING:
    from sympy import Expr


__all__ = [
    "ACTIVATIONS",
    "Activation",
    "ActivationEntry",
    "Parameter",
    "activation",
    "activation_from",
    "formula",
]

ACTIVATIONS: Registry[ActivationEntry] = Registry("activation", "activations")
for _entry in POINTWISE:
    ACTIVATIONS.add(_entry)


@frozen
class Activation(Stackable):
    """φ as a SymPy expression in ``notation.h``, and the entry it comes from (None: your own).

    ``name`` is the catalogue's name with the parameters given, or the formula as typed.
    """

    name: str
    phi: Expr
    entry: ActivationEntry | None = None

    def __str__(self) -> str:
        """Return the name."""
        return self.name


def is_name(text: str) -> bool:
    """Whether an activation's text is a name (relu, elu(a=2)) and no formula in x."""
    return not _LETTER.search(text)


def applied(name: str, words: str) -> str:
    """Return φ(words) as people write it: a name takes brackets, a formula the words in x's place."""
    if is_name(name):
        return f"{name}({words})"
    shown = name.replace("**", "^").replace("*", "·")
    return _LETTER.sub(lambda _: words, shown)


_LETTER = re.compile(r"\b[xhz]\b")


def formula(entry: ActivationEntry, values: Mapping[str, Expr] | None = None) -> Expr:
    """Return φ of ``entry`` in ``notation.h``, at its default parameters where none is given."""
    from varprop.expression_text import parse_expression, parse_scalar

    given = values or {}
    names = {
        p.name: given[p.name] if p.name in given else parse_scalar(p.default)
        for p in entry.parameters
    }
    return parse_expression(entry.formula, argument="h", names=names)


@lru_cache(maxsize=1024)
def activation(text: str) -> Activation:
    """Return the activation that ``text`` names or writes.

    A name or alias (``relu``, ``SiLU``), a name with values (``leaky_relu(0.2)``,
    ``leaky_relu:0.2``, ``elu(alpha=1)``, ``prelu(alpha)``), or a formula in x, h or z that may
    use the names as functions (``relu(x)**2``). Raises UnknownName or BadInput.

    >>> activation("leaky_relu:0.2").phi
    Max(0, h) + Min(0, h)/5
    """
    from varprop.catalogue.activation_text import read_activation

    return read_activation(text)


def activation_from(
    source: str | Expr | Activation | Callable[[float], float],
    kinks: Sequence[float] = (),
    derivative: Callable[[float], float] | None = None,
) -> Activation:
    """Return the activation of a name, a SymPy expression or a Python (NumPy) function.

    A function declares the points where it or its slope jumps in ``kinks`` and may bring its
    exact ``derivative``; without one the slope is found by interpolation (about 1e-12).
    Raises BadInput.

    >>> from sympy import Symbol, tanh
    >>> activation_from(tanh(Symbol("x"))).phi
    tanh(h)
    """
    if isinstance(source, Activation):
        return source
    if isinstance(source, str):
        return activation(source)
    from sympy import Expr as SymPyExpr

    from varprop.catalogue.activation_callable import from_callable, from_expression

    if isinstance(source, SymPyExpr):
        return from_expression(source)
    if callable(source):
        return from_callable(source, kinks, derivative)
    raise BadInput(f"an activation is text, a SymPy expression or a function, not {source!r}")
