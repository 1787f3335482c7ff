"""Initialisers as libraries spell them: Lasagne's signatures, and laws that are no scheme."""

from __future__ import annotations

import re

from sympy import Expr, Symbol, sqrt

from varprop.catalogue.law_conventions import CONVENTIONS, Convention
from varprop.catalogue.law_entry import WeightLaw
from varprop.catalogue.laws import LAWS
from varprop.catalogue.schemes import Scheme
from varprop.errors import BadInput
from varprop.expression_text import parse_scalar
from varprop.propagation.law_scale import unit_variance

RELU_GAIN = "sqrt(2)"
"""What Lasagne and PyTorch mean by the gain of 'relu'."""

_KEYWORD = re.compile(r"(\w+)\s*=\s*([^,()]+)")
_PAIR = re.compile(r"[(\[]([^,]+),([^,]+)[)\]]")

Parts = list[tuple[str, str]]


def translated(name: str, scheme: Scheme, parts: Parts, text: str) -> Parts:
    """Return (parameter, value) pairs in the scheme's own parameters; "" names a positional one.

    ``Uniform(range=0.01)``, ``Uniform(std=…)``, ``Sparse(sparsity=…)`` and ``gain='relu'`` are
    Lasagne's. Raises BadInput where a library's meaning can't be told.
    """
    parts = [(key, RELU_GAIN if _is_relu(value) else value) for key, value in parts]
    parts = [part for part in parts if not _is_zero_mean(part, scheme, text)]
    own = {key for key, _ in scheme.parameters}
    if scheme.name == "sparse" and name != "Sparse" and "sparsity" in dict(parts):
        raise BadInput(
            f"{text}: sparsity is the share of zeros in PyTorch, of all else in Lasagne. Write "
            f"p={dict(parts)['sparsity']} for that share of zeros, or Sparse(sparsity=…) for Lasagne's."
        )
    if len(parts) == 1 and parts[0][0] == "" and name in ("Uniform", "Sparse"):
        parts = [(_first(name, parts[0][1], text), parts[0][1])]
    for spelling in CONVENTIONS:
        if spelling.library == "Lasagne" and spelling.call.startswith(f"{name}("):
            keys = {key for key, _ in parts}
            known = dict(_KEYWORD.findall(spelling.call))
            if keys and not keys <= own and keys <= known.keys():
                return _values(spelling, known, dict(parts))
    return parts


def _first(name: str, value: str, text: str) -> str:
    """Return what a lone positional argument is in Lasagne; refuse one that reads two ways."""
    if name == "Sparse":
        raise BadInput(
            f"{text}: Lasagne's first argument is the sparsity. Write Sparse(sparsity={value}), or "
            f"sparse(std={value}) for a standard deviation."
        )
    return "range"


def _is_relu(value: str) -> bool:
    return value.strip().strip("'\"") == "relu"


def _is_zero_mean(part: tuple[str, str], scheme: Scheme, text: str) -> bool:
    """Whether a part gives the mean 0, which every scheme has; raises BadInput for another mean."""
    key, value = part
    if key != "mean" or scheme.law not in ("normal", "uniform", "truncated_normal"):
        return False
    if parse_scalar(value) != 0:
        raise BadInput(f"{text} has mean {value}, not 0: the recurrences need zero-mean weights.")
    return True


def _values(spelling: Convention, known: dict[str, str], given: dict[str, str]) -> Parts:
    """Return a library's arguments as the scheme's, by the law's symbols in its call."""
    pair = _PAIR.fullmatch(given.get("range", "").strip())
    if pair is not None:
        return [("low", pair[1]), ("high", pair[2])]
    typed: dict[Expr, Expr] = {
        Symbol(key, positive=True): parse_scalar(given.get(key, default))
        for key, default in known.items()
    }
    law = LAWS[spelling.law]
    found = {symbol: str(parse_scalar(value).subs(typed)) for symbol, value in spelling.values}
    if law.name == "uniform":
        bound = found[law.parameter.symbol]
        return [("low", f"-({bound})"), ("high", bound)]
    own = {law.parameter.symbol: law.parameter.key}
    return [(own.get(symbol, symbol), value) for symbol, value in found.items()]


def refuse_law(name: str, parts: Parts, text: str) -> None:
    """Raise BadInput for a weight law that is no scheme, with what it does or what to write instead."""
    if name not in LAWS:
        return
    law = LAWS[name]
    if not law.random:
        raise BadInput(f"{text} draws nothing: {law.note}. Try he, glorot or normal(std=0.01).")
    if law.tensor:
        raise BadInput(
            f"{text}: {law.name} fills kernels of convolutions ({law.note}), and its variance depends "
            "on the kernel. Try orthogonal(gain=…) for dense layers."
        )
    raise BadInput(
        f"{text}: {law.name} is a law to draw from, and the rules see its variance alone. Write "
        f"normal(std={_as_std(law, parts)}), which has the same."
    )


def _as_std(law: WeightLaw, parts: Parts) -> str:
    """Return the standard deviation for a law's parameter, its letter where none is given."""
    forms = {form.symbol for form in law.forms}
    own = {"", law.parameter.key, law.parameter.symbol}
    shaped = {key: float(parse_scalar(value)) for key, value in parts if key in forms}
    scale = next((value for key, value in parts if key in own), law.parameter.symbol)
    return str(sqrt(unit_variance(law.with_form(**shaped))) * parse_scalar(scale))


def check_domain(scheme: Scheme, values: dict[str, Expr], text: str) -> None:
    """Refuse negative scales, and numbers of form outside the law's domain."""
    law = LAWS[scheme.law]
    forms = {form.symbol for form in law.forms}
    for name, value in values.items():
        if name in forms and value.is_number:
            law.with_form(**{name: float(value)})
        elif name in ("std", "gain") and value.is_extended_nonnegative is False:
            raise BadInput(f"{text}: {name} = {value} must not be negative.")
