"""From what a user names to the experiments that are meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial

from varprop.answer import verify_activations, verify_combined, verify_layers, verify_schemes
from varprop.answer.verify_plan import Planned, everything
from varprop.catalogue.activations import ACTIVATIONS, activation
from varprop.catalogue.combined import COMBINED
from varprop.catalogue.combined_text import combined
from varprop.catalogue.laws import LAWS
from varprop.catalogue.schemes import SCHEMES
from varprop.errors import BadInput, UnknownName, did_you_mean
from varprop.networks.kinds import LAYERS
from varprop.networks.zoo import NETWORKS
from varprop.solving.conditions import CONDITIONS

KINDS = {
    "activations": "activation",
    "laws": "law",
    "inits": "scheme",
    "schemes": "scheme",
    "conditions": "condition",
    "layers": "layer",
    "networks": "network",
    "depth": "depth",
}
"""Words for all entries of one kind."""

REGISTRIES = (
    ("activation", ACTIVATIONS),
    ("activation", COMBINED),
    ("law", LAWS),
    ("scheme", SCHEMES),
    ("condition", CONDITIONS),
    ("layer", LAYERS),
    ("network", NETWORKS),
)

_EQUATION = re.compile(r"[<>=≤≥]|[EV𝔼]\s*\[|\bVar\s*\(|\bE\s*\(")
_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\(.*\)|:.*)\s*", re.DOTALL)


def chosen(names: Sequence[str]) -> tuple[Planned, ...]:
    """Return the experiments of all entries named, each once, in the order of ``everything``.

    A name is that of an entry or one of its aliases, a kind (activations, laws, inits, conditions,
    layers), a check's full name, an activation or scheme with values, or a formula in x.
    Raises UnknownName with the nearest names, and BadInput for an equation.
    """
    catalogue = tuple(everything())
    found: dict[str, Planned] = {}
    for name in names:
        for experiment in _meant(name.strip(), catalogue):
            found.setdefault(experiment.names[0], experiment)
    return tuple(found.values())


def _meant(name: str, catalogue: Iterable[Planned]) -> tuple[Planned, ...]:
    if name in KINDS:
        return tuple(p for p in catalogue if p.kind == KINDS[name])
    entries = {(kind, registry[name].name) for kind, registry in REGISTRIES if name in registry}
    if name in verify_layers.LAYERS:
        entries.add(("layer", name))
    if entries:
        return tuple(p for p in catalogue if (p.kind, p.entry) in entries)
    whole = tuple(p for p in catalogue if name in p.names)
    return whole or _with_values(name)


def _with_values(name: str) -> tuple[Planned, ...]:
    """Return the experiments of an entry with values or of a formula; the name is not registered."""
    call = _CALL.fullmatch(name)
    if _EQUATION.search(name) and not (call and call[1] in SCHEMES):
        raise BadInput(_other_command(name))
    if call and call[1] in SCHEMES:
        return tuple(verify_schemes.for_scheme(SCHEMES[call[1]], name))
    several = combined(name)
    if several is not None:
        return tuple(verify_combined.for_combined(several))
    if name.isidentifier():
        known = spellings()
        raise UnknownName(
            f"nothing to verify is called {name!r}. {did_you_mean(name, known)}"
            "All names: varprop list; all checks: varprop verify --all"
        )
    found = activation(name)
    make = partial(activation, name)
    entry = found.entry.name if found.entry else found.name
    return tuple(verify_activations.for_activation(make, found.name, entry))


def spellings() -> tuple[str, ...]:
    """Return every name that ``verify`` takes."""
    names = [name for _, registry in REGISTRIES for name in registry.spellings()]
    return tuple(dict.fromkeys((*names, *verify_layers.LAYERS, *KINDS)))


def _other_command(text: str) -> str:
    quoted = text.replace('"', "'")
    if re.search(r"[<>=≤≥]", quoted):
        return f'verify takes names; this is a claim: varprop check "{quoted}"'
    return f'verify takes names; this is an expectation: varprop derive "{quoted}"'
