"""Initialisers as people type them: ``he``, ``glorot(gain=sqrt(2))``, ``uniform(-a, a)``."""

from __future__ import annotations

import re

from sympy import Expr, Symbol

from varprop.answer.initialiser_spelling import check_domain, refuse_law, translated
from varprop.catalogue.schemes import SCHEMES, Scheme
from varprop.errors import BadInput, did_you_mean, shown
from varprop.expression_text import parse_expression, parse_scalar
from varprop.frozen import frozen

FAN_NAMES = ("d", "n", "fan_in")
_CALL = re.compile(r"^\s*([A-Za-z_]\w*)\s*(?:\((.*)\)|:(.*))?\s*$", re.DOTALL)


@frozen
class Initialiser:
    """A scheme with its parameters: Var(w) and σ_b² as formulas in fan_in and fan_out."""

    text: str
    scheme: Scheme
    weight_variance: Expr
    bias_variance: Expr
    scale: Expr | None = None

    def at(self, fan_in: float, fan_out: float) -> tuple[float, float]:
        """Return Var(w) and σ_b² of a matrix with these fans."""
        fans = {_positive("fan_in"): fan_in, _positive("fan_out"): fan_out}
        return (
            float(self.weight_variance.subs(fans)),
            float(self.bias_variance.subs(fans)),
        )


def initialiser(text: str) -> Initialiser:
    """Read one initialiser.

    Raises UnknownName for a scheme that is not registered and BadInput for parameters that are
    missing, unknown, ambiguous (``normal(0.01)``: standard deviation or variance?) or not zero-mean.
    """
    match = _CALL.match(text) if isinstance(text, str) else None
    if match is None:
        raise BadInput(
            f"can't read the initialiser {shown(text)!r}. Try he or glorot(gain=sqrt(2))."
        )
    name, inside, after = match.groups()
    parts = _parts(inside if inside is not None else after or "")
    if name not in SCHEMES:
        refuse_law(name, parts, text.strip())
    scheme = SCHEMES[name]
    given = _arguments(scheme, translated(name, scheme, parts, text.strip()), text)
    values = _values(scheme, given, text)
    _check_centred(values, text)
    check_domain(scheme, values, text.strip())
    names = {**values, "fan_in": _positive("fan_in"), "fan_out": _positive("fan_out")}
    return Initialiser(
        text.strip(),
        scheme,
        parse_expression(scheme.weight_variance, argument="_", names=names),
        parse_expression(scheme.bias_variance, argument="_", names=names),
        values.get("scale"),
    )


def _positive(name: str) -> Symbol:
    return Symbol(name, positive=True)


def _split(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def _parts(inside: str) -> list[tuple[str, str]]:
    """Return (key, value) of each argument, the key empty where only a value is typed."""
    found = []
    for part in _split(inside):
        key, sign, value = part.partition("=")
        found.append((key.strip(), value) if sign else ("", part))
    return found


def _arguments(scheme: Scheme, parts: list[tuple[str, str]], text: str) -> dict[str, Expr]:
    names = [name for name, _ in scheme.parameters]
    given: dict[str, Expr] = {}
    for position, (typed, text_value) in enumerate(parts):
        key, value = typed, text_value
        if not typed:
            if scheme.name == "normal":
                raise BadInput(
                    f"{text.strip()}: is {value} the standard deviation or the variance? "
                    f"Write normal(std={value}) or normal(var={value})."
                )
            if position >= len(names):
                raise BadInput(f"{text.strip()}: {scheme.name} takes {len(names)} parameters.")
            key = names[position]
        if scheme.name == "normal" and key == "var":
            if parse_scalar(value).is_negative:
                raise BadInput(f"{text.strip()}: var = {value} must not be negative.")
            key, value = "std", f"sqrt({value})"
        if key not in names:
            raise BadInput(
                f"{text.strip()}: {scheme.name} has no parameter {key!r}. {did_you_mean(key, names)}"
                f"It takes {', '.join(names) or 'none'}."
            )
        if key in given:
            raise BadInput(f"{text.strip()} gives {key} twice.")
        given[key] = _fan_formula(value, text)
    return given


def _fan_formula(value: str, text: str) -> Expr:
    expression = parse_scalar(value)
    fan_in = _positive("fan_in")
    expression = expression.subs({_positive(name): fan_in for name in FAN_NAMES})
    other = expression.free_symbols - {fan_in, _positive("fan_out")}
    if other:
        raise BadInput(
            f"{text.strip()}: {min(map(str, other))} is no number. Use numbers and "
            f"{', '.join(FAN_NAMES)} (all three mean fan_in) or fan_out."
        )
    return expression


def _values(scheme: Scheme, given: dict[str, Expr], text: str) -> dict[str, Expr]:
    values = {}
    for name, default in scheme.parameters:
        if name in given:
            values[name] = given[name]
        elif default is not None:
            values[name] = parse_scalar(default)
        else:
            example = ", ".join(f"{n}=…" if n == "std" else n for n, _ in scheme.parameters)
            raise BadInput(f"{text.strip()} needs {name}: {scheme.name}({example}).")
    return values


def _check_centred(values: dict[str, Expr], text: str) -> None:
    if "low" not in values:
        return
    low, high = values["low"], values["high"]
    if (high - low).is_positive is False:
        raise BadInput(f"{text.strip()}: the range must go from low to high, {low} < {high}.")
    if low + high != 0:
        raise BadInput(
            f"{text.strip()} has mean {(low + high) / 2}, not 0: the recurrences need zero-mean "
            f"weights. The zero-mean range of that width is uniform({(low - high) / 2}, {(high - low) / 2})."
        )
