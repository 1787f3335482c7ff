"""``gain --against``: what a library's constant is under each reading, and where it leads."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from sympy import Expr

from varprop.answer.gain import Askable, GainReport, gain
from varprop.answer.gain_outlook import LAYERS
from varprop.answer.words import times
from varprop.catalogue.library_gains import LIBRARIES, LIBRARY_GAINS, LibraryGain
from varprop.catalogue.number_arithmetic import minus
from varprop.catalogue.number_arithmetic import times as product
from varprop.errors import BadInput, did_you_mean
from varprop.expression_text import parse_scalar
from varprop.moments import Moments
from varprop.moments.numbers.number import Number
from varprop.notation import h
from varprop.solving.stability import reached

EXACT = 1e-12
SAMPLED = 2e-3
READINGS = {
    "second_moment": "the second-moment gain",
    "variance": "the std gain",
    "derivative": "the backward gain",
    "linear": "the small-signal gain 1/|φ'(0)|",
}


@dataclass(frozen=True)
class Destination:
    """Where q goes from 1 under the constant: the fixed point (None: it grows for ever)."""

    q: float | None
    chi_parallel: float | None
    chi_perp: float | None


@dataclass(frozen=True)
class AgainstReport:
    """One constant judged: its relative distance from each reading's gain at q = 1.

    ``distances`` hold value/gain − 1, None where a reading has no gain; ``destination`` is where
    the length map leads from q = 1; ``verdict`` is a sentence computed from these numbers.
    """

    entry: LibraryGain
    value: float
    expr: Expr
    report: GainReport
    distances: dict[str, float | None]
    destination: Destination

    @cached_property
    def verdict(self) -> str:
        """What the constant is, and what it does to signal and gradient."""
        return f"{_identity(self)}; {_signal(self)}, {_gradient(self)}"


@dataclass(frozen=True)
class Centred:
    """The length map under centred weights: q' = σ_w²·Var φ(h)."""

    moments: Moments

    def number(self, name: str, q: float) -> Number | None:
        """Return Var φ in place of E[φ²], and its slope in q; φ is continuous here."""
        if name == "second_moment":
            return self.moments.number("variance", q)
        if name == "length_slope":
            return minus(self.moments.number(name, q), self._slope_of_squared_mean(q))
        return self.moments.number(name, q)

    def closed(self, name: str) -> Expr | None:
        """Return the closed form of Var φ in place of that of E[φ²]."""
        return self.moments.closed("variance" if name == "second_moment" else name)

    def _slope_of_squared_mean(self, q: float) -> Number:
        """d(E[φ]²)/dq = E[φ]·E[hφ']/q, by Stein's lemma and the heat equation."""
        from varprop.moments.numbers.scalar import expectation

        stretched = expectation(h * self.moments.derivative, h, q)
        return product(product(self.moments.number("mean", q), stretched), Number(1 / q, 0.0))


def against(library: str) -> tuple[AgainstReport, ...]:
    """Return every constant of ``library``, judged. Raises BadInput for an unknown library."""
    if library not in LIBRARIES:
        raise BadInput(
            f"no library {library!r}. {did_you_mean(library, LIBRARIES)}All: {', '.join(LIBRARIES)}"
        )
    return tuple(judge(entry) for entry in LIBRARY_GAINS if entry.library == library)


def judge(entry: LibraryGain) -> AgainstReport:
    """Return what is true of one constant under each reading."""
    expr = parse_scalar(entry.value)
    value = float(expr)
    report = gain(entry.activation, 1, closed=False)
    gains = {name: getattr(report.gains, name) for name in READINGS}
    distances = {name: None if g is None else value / g - 1 for name, g in gains.items()}
    return AgainstReport(entry, value, expr, report, distances, _destination(entry, value, report))


def _destination(entry: LibraryGain, value: float, report: GainReport) -> Destination:
    source: Askable = report.subject.moments
    if entry.centred and isinstance(source, Moments):
        source = Centred(source)
    limit, judged, _ = reached(source, value**2, 0.0, 1.0)  # type: ignore[arg-type]
    return Destination(limit, *_slopes(source, value**2, judged))


def _slopes(source: Askable, sigma_w2: float, q: float) -> tuple[float | None, float | None]:
    found = (source.number(name, q) for name in ("length_slope", "derivative_second_moment"))
    parallel, perp = (None if n is None or n.value is None else sigma_w2 * n.value for n in found)
    return parallel, perp


def _identity(judged: AgainstReport) -> str:
    """Name the reading that the constant agrees with, or say how far it is from the asked one."""
    distances = {name: d for name, d in judged.distances.items() if d is not None}
    wanted = "variance" if judged.entry.centred else "second_moment"
    order = sorted(distances, key=lambda name: (abs(distances[name]) > SAMPLED, name != wanted))
    best = order[0]
    at = "" if best == "linear" else " at q = 1"
    if abs(distances[best]) <= EXACT:
        return f"exactly {READINGS[best]}{at}"
    true = getattr(judged.report.gains, best)
    if abs(distances[best]) <= SAMPLED:
        return f"{READINGS[best]}{at}, {100 * distances[best]:+.2g} % off the true {true:.6g}"
    true, off = getattr(judged.report.gains, wanted), 100 * distances[wanted]
    kind = "q = 1 gain" if wanted == "second_moment" else "std gain"
    return f"not the {kind} {true:.7g} ({abs(off):.3g} % {'above' if off > 0 else 'below'} it)"


def _signal(judged: AgainstReport) -> str:
    goal = judged.destination
    if goal.q is None:
        return "q grows without bound"
    if goal.q == 0:
        return "q dies out"
    parallel = goal.chi_parallel or 0.0
    kind = "marginal" if abs(parallel - 1) < 1e-9 else "stable" if parallel < 1 else "unstable"
    held = math.isclose(goal.q, 1, rel_tol=1e-9)
    if held:
        return f"q = 1 is kept ({kind}, χ∥ = {parallel:.4g})"
    return f"q goes to the {kind} fixed point q* = {goal.q:.6g} (χ∥ = {parallel:.4g})"


def _gradient(judged: AgainstReport) -> str:
    perp = judged.destination.chi_perp
    if perp is None:
        return "the gradient has no bound"
    if abs(perp - 1) < 1e-9:
        return "the gradient is kept"
    return f"gradient {times(perp)} per layer (χ⊥ = {perp:.5g}), {times(perp**LAYERS)} in {LAYERS}"
