"""The symbols of varprop and their one set of assumptions; names that SymPy keeps for itself."""

from __future__ import annotations

import keyword

import sympy

from varprop.errors import BadInput

RESERVED = {
    "E": "SymPy reads it as the base of natural logarithms",
    "I": "SymPy reads it as the imaginary unit",
    "N": "SymPy reads it as numerical evaluation",
    "O": "SymPy reads it as an order term",
    "Q": "SymPy reads it as its assumption keys",
    "S": "SymPy reads it as its sympify shortcut",
    "C": "SymPy has used it as a class registry",
    "pi": "it is the number π",
    "oo": "SymPy reads it as infinity",
    "zoo": "SymPy reads it as complex infinity",
    "nan": "SymPy reads it as not a number",
    "beta": "SymPy reads it as the beta function",
    "gamma": "SymPy reads it as the gamma function",
    "zeta": "SymPy reads it as the zeta function",
    "lambda": "Python keeps it for itself",
}

h = sympy.Symbol("h", real=True)
"""The pre-activation, a zero-mean Gaussian over the weights."""

q = sympy.Symbol("q", positive=True)
"""The pre-activation variance E[h²] over the weight ensemble at a fixed input."""

c = sympy.Symbol("c", real=True)
"""The correlation of two pre-activations, between -1 and 1."""


def positive(name: str) -> sympy.Symbol:
    """Return the positive symbol of that name; every width, slope and scale is made here.

    Raises BadInput when the name is no identifier or is kept by SymPy or Python.
    """
    check_name(name)
    return sympy.Symbol(name, positive=True)


def check_name(name: str) -> None:
    """Refuse a symbol name that would be read as something else when printed and parsed back."""
    reason = RESERVED.get(name)
    if reason is None and keyword.iskeyword(name):
        reason = "Python keeps it for itself"
    if reason is not None:
        raise BadInput(
            f"the symbol name {name!r} can't be used: {reason}. Try {name.lower()}_1 or another letter."
        )
    if not (name.isascii() and name.isidentifier()):
        raise BadInput(f"{name!r} is no symbol name: use letters, digits and _, a letter first.")
