"""Experiments for activations of several pre-activations: glu and its kin, maxout, crelu."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from varprop.answer.experiment import array_function
from varprop.answer.verify_activations import WORDS, moment_value
from varprop.answer.verify_plan import SYMBOLIC, Planned
from varprop.catalogue.activations import activation
from varprop.catalogue.combined import COMBINED, CombinedEntry, ConcatenatedRelu, GatedPair, Maxout
from varprop.catalogue.combined_moments import combined_moments
from varprop.errors import BadInput
from varprop.moments.quantities import MOMENT_NAMES
from varprop.montecarlo.replicates import Effort
from varprop.montecarlo.units import Unit, verify_unit
from varprop.verdict import Check

Q = 1.7


def planned() -> Iterator[Planned]:
    """Yield the experiments of every combined activation."""
    for entry in COMBINED.values():
        yield from for_combined(entry)


def for_combined(entry: CombinedEntry) -> Iterator[Planned]:
    """Yield one experiment per moment; E[φ'] has no single answer here and is left out."""
    for moment in MOMENT_NAMES:
        if moment != "derivative_mean":
            name = f"activation {entry.name}: {WORDS.get(moment, moment)}"
            base = entry.name.partition("(")[0]
            yield Planned("activation", base, (name,), partial(_run, entry, moment, name))


def _run(
    entry: CombinedEntry, moment: str, name: str, effort: Effort, stream: int
) -> tuple[Check, ...]:
    with SYMBOLIC:
        predicted = moment_value(combined_moments(entry), moment, Q)
        unit = unit_of(entry)
    check = verify_unit(unit, entry.inputs, moment, predicted, Q, effort, name=name, stream=stream)
    return (check,)


def unit_of(entry: CombinedEntry) -> Unit:
    """Return the activation as a function of arrays, from what the entry says of itself."""
    match entry:
        case GatedPair():
            value = array_function(activation(entry.value).phi)
            gate = array_function(activation(entry.gate).phi)
            return lambda h: (value(h[0]) * gate(h[1]))[None]
        case Maxout():
            return lambda h: h.max(axis=0, keepdims=True)
        case ConcatenatedRelu():
            return lambda h: np.concatenate([np.maximum(h, 0), np.maximum(-h, 0)])
    raise BadInput(f"{entry.name} has no sampler.")
