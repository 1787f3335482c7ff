"""``gain``: moments of an activation, the gains that follow from them, and how stable they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from sympy import Expr, Rational, cancel, sqrt

from varprop.answer.gain_ratios import chi, linear_gain, root_of_ratio
from varprop.catalogue.activations import ACTIVATIONS, Activation, activation_from
from varprop.catalogue.combined import COMBINED, CombinedEntry
from varprop.catalogue.combined_moments import combined_moments
from varprop.catalogue.combined_text import combined
from varprop.errors import BadInput, Divergent
from varprop.faces import Shown
from varprop.moments import Moments
from varprop.moments.numbers.number import Number, settled
from varprop.notation import h, q

MOMENTS = (
    "mean",
    "second_moment",
    "variance",
    "fourth_moment",
    "derivative_mean",
    "derivative_second_moment",
    "length_slope",
)
CLOSED = ("second_moment", "mean", "derivative_second_moment")
NEEDED = {"second_moment": "E[φ²]", "derivative_second_moment": "E[φ'²]"}


class Askable(Protocol):
    """What has Gaussian moments: one activation or a combined one."""

    def number(self, name: str, q: float) -> Number | None:
        """Return the moment at variance ``q``."""

    def closed(self, name: str) -> Expr | None:
        """Return the moment in closed form in ``notation.q``."""


@dataclass(frozen=True)
class Subject:
    """What a gain is asked for: a pointwise activation or a combined one."""

    name: str
    source: Activation | CombinedEntry

    @cached_property
    def phi(self) -> Expr | None:
        """φ in ``notation.h``; None for a combined activation."""
        return self.source.phi if isinstance(self.source, Activation) else None

    @cached_property
    def moments(self) -> Askable:
        """Where its moments come from."""
        if isinstance(self.source, Activation):
            return Moments(self.source.phi)
        return combined_moments(self.source)

    @property
    def inputs_per_output(self) -> float:
        """Pre-activations per output: fan_out/fan_in of a stack of equal widths."""
        if isinstance(self.source, Activation):
            return 1.0
        return self.source.inputs / self.source.outputs

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Symbols left open, as in prelu(alpha)."""
        if self.phi is None:
            return ()
        return tuple(sorted(s.name for s in self.phi.free_symbols - {h}))


@dataclass(frozen=True)
class Gains:
    """√(weight variance·fan) under four readings; None where a reading has no answer.

    ``second_moment`` √(q/E[φ²]) keeps E[h²]; ``variance`` √(q/Var φ) keeps it after the mean of φ
    is removed; ``derivative`` 1/√E[φ'²] keeps the gradient; ``linear`` is 1/|φ'(0)|.
    """

    second_moment: float | None
    variance: float | None
    derivative: float | None
    linear: float | None


@dataclass(frozen=True)
class GainReport(Shown):
    """All of ``varprop gain`` for one activation at one variance ``q``.

    ``moments`` hold numbers with bounds, None while parameters are symbols or where there is no
    one answer; ``infinite`` names moments that do not exist. ``chi_parallel`` = dq'/dq and
    ``chi_perp`` (the gradient's factor per layer) are taken at the second-moment gain.
    ``closed`` maps moments to closed forms in q, None where none is known; ``digits`` holds
    decimal texts where more digits than a float has were asked for.
    """

    subject: Subject
    q: Rational
    moments: dict[str, Number | None]
    infinite: tuple[str, ...]
    gains: Gains
    chi_parallel: float | None
    chi_perp: float | None
    closed: dict[str, Expr | None]
    digits: dict[str, str] | None = None

    @property
    def activation(self) -> str:
        """The catalogue's name, or the formula as typed."""
        return self.subject.name

    def value(self, name: str) -> float | None:
        """Return a moment as a float, None where it has none."""
        number = self.moments[name]
        return None if number is None else number.value

    @property
    def gain_formula(self) -> Expr | None:
        """√(q/E[φ²]) in ``notation.q``, None where E[φ²] has no closed form or is 0."""
        square = self.closed.get("second_moment")
        return sqrt(cancel(q / square)) if square else None

    @property
    def unstable(self) -> bool:
        """Whether the second-moment gain holds q at an unstable fixed point of the length map."""
        return self.chi_parallel is not None and abs(self.chi_parallel) > 1

    @property
    def marginal(self) -> bool:
        """Whether χ_∥ is exactly 1: every q is kept, a wrong start stays wrong."""
        return self.chi_parallel is not None and abs(self.chi_parallel) == 1


def subject(source: Any) -> Subject:
    """Return the activation meant by a name, formula, SymPy expression or function.

    Raises UnknownName or BadInput.
    """
    if isinstance(source, str):
        several = combined(source)
        if several is not None:
            return Subject(several.name, several)
    found = activation_from(source)
    return Subject(found.name, found)


def everything() -> tuple[str, ...]:
    """Return every name of the catalogue, pointwise activations first."""
    return (*ACTIVATIONS, *COMBINED)


def gain(source: Any, q: Rational | int = 1, *, closed: bool = True) -> GainReport:
    """Return moments, gains and stability of an activation at pre-activation variance ``q``.

    ``closed=False`` leaves the closed forms out. Raises BadInput, UnknownName, and Divergent where
    E[φ²] or E[φ'²] is infinite.

    >>> gain("relu").gains.second_moment ** 2
    2.0000000000000004
    """
    variance = Rational(q)
    if not variance > 0:
        raise BadInput(f"--q {variance} must be positive: q is a variance.")
    asked = subject(source)
    numbers, infinite = _numbers(asked, float(variance))
    forms = {name: asked.moments.closed(name) for name in CLOSED} if closed else {}
    parallel, perp = _slopes(asked, numbers, float(variance))
    return GainReport(
        asked,
        variance,
        numbers,
        infinite,
        _gains(asked, numbers, float(variance)),
        parallel,
        perp,
        forms,
    )


def _numbers(asked: Subject, q: float) -> tuple[dict[str, Number | None], tuple[str, ...]]:
    if asked.parameters:
        return dict.fromkeys(MOMENTS), ()
    numbers: dict[str, Number | None] = {}
    infinite = []
    for name in MOMENTS:
        try:
            numbers[name] = asked.moments.number(name, q)
        except Divergent as error:
            if name in NEEDED:
                raise Divergent(f"{asked.name} at q = {q:g}: {error}") from error
            numbers[name] = None
            infinite.append(name)
            continue
        found = numbers[name]
        if name in NEEDED and found is not None:
            settled(found, f"{asked.name} at q = {q:g}: {NEEDED[name]}")
    return numbers, tuple(infinite)


def _gains(asked: Subject, numbers: dict[str, Number | None], q: float) -> Gains:
    one = Number(1.0, 0.0)
    length = Number(q, 0.0)
    return Gains(
        root_of_ratio(length, numbers["second_moment"]),
        root_of_ratio(length, numbers["variance"]),
        root_of_ratio(one, numbers["derivative_second_moment"]),
        None if asked.phi is None or asked.parameters else linear_gain(asked.phi),
    )


def _slopes(
    asked: Subject, numbers: dict[str, Number | None], q: float
) -> tuple[float | None, float | None]:
    length, square = Number(q, 0.0), numbers["second_moment"]
    parallel = chi(length, square, numbers["length_slope"])
    perp = chi(length, square, numbers["derivative_second_moment"], asked.inputs_per_output)
    return parallel, perp
