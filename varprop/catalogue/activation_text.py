"""From what people type to an activation: names, values of parameters, formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import NoReturn

from sympy import Expr

from varprop.catalogue.activation_entry import ActivationEntry, Parameter
from varprop.catalogue.activations import ACTIVATIONS, Activation, formula
from varprop.errors import BadInput, UnknownName, did_you_mean, shown
from varprop.expression_text import parse_tree, read_tree
from varprop.expression_text.nodes import Call, Name, Node
from varprop.expression_text.reading import ARGUMENTS
from varprop.expression_text.walk import names_in
from varprop.notation import c, h, q

NOT_POINTWISE = {
    "softmax": "it normalises over a whole vector",
    "log_softmax": "it normalises over a whole vector",
    "softmin": "it normalises over a whole vector",
    "sparsemax": "it normalises over a whole vector",
    "logsumexp": "it reduces a whole vector",
}


def read_activation(text: str) -> Activation:
    """Return the activation that ``text`` names or writes (see ``activation``)."""
    if not isinstance(text, str):
        raise BadInput(f"an activation is text, such as 'relu', not {type(text).__name__}")
    text = text.strip()
    folded = _canonical(text)
    if folded is not None:
        entry = ACTIVATIONS[folded]
        return Activation(entry.name, formula(entry), entry)
    name, colon, values = text.partition(":")
    if colon and name.strip().isidentifier():
        text = f"{name.strip()}({values})"
    tree = parse_tree(text)
    if isinstance(tree, Name) and tree.text not in ARGUMENTS:
        _refuse_name(tree.text)
    if isinstance(tree, Call) and _names_parameters(tree):
        return _with_values(text, tree)
    return _custom(text, tree)


def _canonical(text: str) -> str | None:
    """Return the canonical name of ``text``, in any capitals, or None."""
    if text in ACTIVATIONS:
        return ACTIVATIONS[text].name
    folded = text.casefold()
    return next((known for known in ACTIVATIONS.spellings() if known.casefold() == folded), None)


def _refuse_name(name: str) -> NoReturn:
    from varprop.catalogue.combined import COMBINED

    if name in NOT_POINTWISE:
        raise BadInput(
            f"{name!r} is no function of one number: {NOT_POINTWISE[name]}. "
            "Moments are known for pointwise activations: varprop list activations"
        )
    if name in COMBINED:
        raise BadInput(
            f"{name!r} combines several pre-activations: {COMBINED[name].formula}. "
            f"It isn't a function of one number; varprop gain {name} shows its moments"
        )
    # aliases first, so that of two spellings that differ in capitals the canonical one is offered
    known = [*ACTIVATIONS.spellings(), *COMBINED.spellings(), *ACTIVATIONS, *COMBINED]
    count = len(ACTIVATIONS) + len(COMBINED)
    raise UnknownName(
        f"no activation {shown(name)!r}. {did_you_mean(name, known)}All {count}: varprop list activations"
    )


def _names_parameters(tree: Call) -> bool:
    """Tell ``leaky_relu(0.2)`` from ``relu(x)``: no argument letter stands between the brackets."""
    from varprop.catalogue.combined import COMBINED

    letters = names_in((*tree.arguments, *(value for _, value in tree.keywords)))
    known = _canonical(tree.name) is not None or tree.name in COMBINED
    return (known or not letters) and not letters.intersection(ARGUMENTS)


def _with_values(text: str, tree: Call) -> Activation:
    name = _canonical(tree.name)
    if name is None:
        _refuse_name(tree.name)
    entry = ACTIVATIONS[name]
    nodes = assigned(entry, tree)
    values = {
        parameter.name: _value(entry, parameter, text, node) for parameter, node in nodes.items()
    }
    given = ", ".join(_shown(entry, p, text[n.start : n.end]) for p, n in nodes.items())
    return Activation(
        f"{entry.name}({given})" if given else entry.name, formula(entry, values), entry
    )


def _shown(entry: ActivationEntry, parameter: Parameter, value: str) -> str:
    """Show the first parameter by its value alone, later ones by name."""
    return value if parameter is entry.parameters[0] else f"{parameter.name}={value}"


def assigned(entry: ActivationEntry, call: Call) -> dict[Parameter, Node]:
    """Return which parameter each value of ``call`` is for, in the entry's order."""
    if len(call.arguments) > len(entry.parameters):
        raise BadInput(f"{entry.name} takes {_signature(entry)}, not {len(call.arguments)} values")
    found = dict(zip(entry.parameters, call.arguments, strict=False))
    for key, node in call.keywords:
        parameter = _parameter(entry, key)
        if parameter in found:
            raise BadInput(f"{entry.name} got two values for {parameter.name}")
        found[parameter] = node
    return {p: found[p] for p in entry.parameters if p in found}


def _parameter(entry: ActivationEntry, key: str) -> Parameter:
    for parameter in entry.parameters:
        if key in (parameter.name, *parameter.aliases):
            return parameter
    raise BadInput(f"{entry.name} has no parameter {key!r}; it takes {_signature(entry)}")


def _signature(entry: ActivationEntry) -> str:
    named = [f"{p.name} (default {p.default})" for p in entry.parameters]
    return " and ".join(named) or "no parameters"


def _value(entry: ActivationEntry, parameter: Parameter, text: str, node: Node) -> Expr:
    value = read_tree(text, node, None, ())
    wrong = {"positive": value.is_positive, "nonnegative": value.is_nonnegative}.get(
        parameter.domain, True
    )
    if wrong is False:
        raise BadInput(f"{entry.name} needs a {parameter.domain} {parameter.name}, not {value}")
    return value


def _custom(text: str, tree: Node) -> Activation:
    phi = read_tree(text, tree, CatalogueFunctions(), ARGUMENTS)
    check_activation(text, phi)
    return Activation(text, phi)


def check_activation(name: str, phi: Expr) -> None:
    """Refuse what is no real function of the pre-activation alone. Raises BadInput."""
    if not phi.has(h):
        raise BadInput(f"{name!r} does not depend on its argument: write it in x (or h or z)")
    kept = {q: "the variance", c: "the correlation"}
    for symbol, meaning in kept.items():
        if symbol in phi.free_symbols:
            raise BadInput(f"{name!r}: {symbol} is kept for {meaning}; use another letter")
    _check_real(name, phi)


SAMPLES = (-4.43, -1.89, -0.6, -0.18, 0.23, 0.71, 2.375, 4.625)
_FLOATS = {
    "Heaviside": lambda x: 0.5 if x == 0 else float(x > 0),
    "sech": lambda x: 1 / math.cosh(x),
}


def _check_real(name: str, phi: Expr) -> None:
    """Evaluate φ in floating point at sample points, unless SymPy knows that it is real."""
    if phi.is_real:
        return
    import sympy

    others = sorted(phi.free_symbols - {h}, key=str)
    function = sympy.lambdify([h, *others], phi, modules=[_FLOATS, "math"])
    for point in SAMPLES:
        try:
            real = not isinstance(function(point, *(0.5 for _ in others)), complex)
        except (OverflowError, ZeroDivisionError):
            continue
        except (ValueError, TypeError):
            real = False
        if not real:
            raise BadInput(
                f"{name!r} is not a real number at {point}; an activation is real for every input"
            )


class CatalogueFunctions(Mapping[str, Callable[..., Expr]]):
    """The catalogue's activations as functions inside a formula: ``relu(x)``, ``elu(x, 2)``."""

    def __getitem__(self, name: str) -> Callable[..., Expr]:
        """Return φ as a function of its argument and parameters."""
        entry = ACTIVATIONS[name]

        def apply(argument: Expr, *values: Expr, **named: Expr) -> Expr:
            return _applied(entry, argument, values, named)

        return apply

    def __contains__(self, name: object) -> bool:
        """Tell whether the catalogue has the name or alias."""
        return name in ACTIVATIONS

    def __iter__(self) -> Iterator[str]:
        """Iterate over names and aliases."""
        return iter(ACTIVATIONS.spellings())

    def __len__(self) -> int:
        """Count names and aliases."""
        return len(ACTIVATIONS.spellings())


def _applied(
    entry: ActivationEntry, argument: Expr, values: tuple[Expr, ...], named: Mapping[str, Expr]
) -> Expr:
    if len(values) > len(entry.parameters):
        raise BadInput(f"after its argument it takes {_signature(entry)}")
    chosen = {p.name: v for p, v in zip(entry.parameters, values, strict=False)}
    for key, value in named.items():
        chosen[_parameter(entry, key).name] = value
    return formula(entry, chosen).subs(h, argument)
