"""Experiments for activations: every moment, at the default and the typical parameters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

from sympy import Rational

from varprop import notation
from varprop.answer.experiment import array_function
from varprop.answer.gain import Askable
from varprop.answer.verify_plan import SYMBOLIC, Planned
from varprop.catalogue.activations import ACTIVATIONS, Activation, activation
from varprop.errors import BadInput, SafetyNet
from varprop.moments import Moments
from varprop.moments.quantities import MOMENT_NAMES
from varprop.montecarlo.moments import verify_moment
from varprop.montecarlo.replicates import Effort
from varprop.verdict import Check

WORDS = {
    "mean": "E[phi]",
    "second_moment": "E[phi^2]",
    "fourth_moment": "E[phi^4]",
    "derivative_mean": "E[phi']",
    "derivative_second_moment": "E[phi'^2]",
    "variance": "Var(phi)",
    "length_slope": "dE[phi^2]/dq",
}
"""Moments as the names of checks spell them."""

SAME = 1e-7
SMALL = 1e-3
"""Closed form and stable evaluation are the same to 1e-7, or to 1e-10 where they are small."""


def planned() -> Iterator[Planned]:
    """Yield the experiments of the whole catalogue."""
    for entry in ACTIVATIONS.values():
        for spelling in entry.typical():
            yield from for_activation(partial(activation, spelling), spelling, entry.name)


def for_activation(make: partial[Activation], spelling: str, entry: str) -> Iterator[Planned]:
    """Yield one experiment per moment of an activation, which is read when it runs."""
    for moment in MOMENT_NAMES:
        name = f"activation {spelling}: {WORDS.get(moment, moment)}"
        yield Planned("activation", entry, (name,), partial(_run, make, moment, name))


def _run(
    make: partial[Activation], moment: str, name: str, effort: Effort, stream: int
) -> tuple[Check, ...]:
    with SYMBOLIC:
        found = make()
        left = sorted(s.name for s in found.phi.free_symbols - {notation.h})
        if left:
            raise BadInput(f"{found.name}: give a number for {', '.join(left)} to sample it.")
        moments = Moments(found.phi)
        phi = array_function(found.phi)

    def predict(q: float) -> float:
        with SYMBOLIC:
            return moment_value(moments, moment, q)

    return (verify_moment(phi, moment, predict, effort, name=name, stream=stream),)


def moment_value(moments: Askable, moment: str, q: float) -> float:
    """Return the moment at q: the closed form's value where there is one, as varprop prints it.

    Raises SafetyNet where closed form and stable evaluation, which ``gain`` shows, differ.
    """
    number, closed = moments.number(moment, q), moments.closed(moment)
    stable = math.inf if number is None or number.value is None else number.value
    if closed is None:
        return stable
    value = float(closed.subs(notation.q, Rational(str(q))).evalf(20, maxn=400))
    if abs(value - stable) > SAME * max(abs(value), SMALL):
        raise SafetyNet(
            f"{MOMENT_NAMES[moment]} at q = {q:g}: the closed form gives {value:.12g}, "
            f"the stable evaluation {stable:.12g}."
        )
    return value
