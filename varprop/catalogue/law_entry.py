"""What a weight law declares of itself: parameter, moments, density or atoms, sampler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from varprop.catalogue.law_code import LawCode
from varprop.catalogue.law_conventions import CONVENTIONS, Convention
from varprop.errors import BadInput, did_you_mean
from varprop.frozen import frozen

if TYPE_CHECKING:
    import numpy as np

    from varprop.catalogue.arrays import Array, Dtype

Draw = Callable[["np.random.Generator", tuple[int, ...], "Dtype", Mapping[str, float]], "Array"]


@frozen
class LawParameter:
    """The number that a library asks for: symbol in the formulas, keyword for users, meaning."""

    symbol: str
    key: str
    meaning: str


@frozen
class Form:
    """A further number that fixes the form of a law and not its scale, with its open domain."""

    symbol: str
    default: float
    above: float
    below: float
    meaning: str


@frozen
class WeightLaw:
    """One law of weights.

    ``variance`` is E[w²] − E[w]² in terms of the parameter; ``kurtosis`` is E[w⁴]/Var(w)², None
    where the variance is zero. ``density`` is the density on ``support``, or proportional to it
    when ``cut`` is set; laws of finitely many values have ``atoms`` (value, probability) instead.
    ``independent`` is False for laws of whole matrices: their formulas then use ``m``, the larger
    of fan_in and fan_out. ``tensor`` says that it fills a convolution tensor of the shape (fan_out,
    fan_in, *kernel), fans counted in channels; ``m`` is then the larger of them times the number t
    of kernel positions, and moments are averages over the tensor. ``random`` is False where there
    is nothing to draw. ``draw_cost`` is the time to draw many float32 weights, relative to normal
    ones. ``code`` is the source that draws it in each library, None where initialisers can't be emitted.
    ``second_moment`` are words for why E[w²] is the variance where neither density nor atoms
    show it; E[w] is then 0 by symmetry.
    """

    name: str
    parameter: LawParameter
    variance: str
    kurtosis: str | None
    draw: Draw = field(repr=False)
    source: str
    aliases: tuple[str, ...] = ()
    density: str | None = None
    support: tuple[str, str] | None = None
    atoms: tuple[tuple[str, str], ...] = ()
    forms: tuple[Form, ...] = ()
    cut: bool = False
    independent: bool = True
    code: LawCode | None = field(default=None, repr=False)
    tensor: bool = False
    random: bool = True
    draw_cost: float = 1.0
    note: str | None = None
    second_moment: str | None = None

    def sample(
        self, rng: np.random.Generator, shape: tuple[int, ...], dtype: Dtype = "float64"
    ) -> Array:
        """Draw weights of mean square 1; a matrix has the shape (..., fan_out, fan_in).

        Laws of tensors take (fan_out, fan_in, *kernel).

        Laws that aren't random give their pattern at the value 1. Raises BadInput for a law of
        matrices when ``shape`` has fewer than two axes.
        """
        if not self.independent and len(shape) < 2:
            filled = "tensor: give a shape (fan_out, fan_in, *kernel)"
            raise BadInput(
                f"the law {self.name} fills a "
                f"{filled if self.tensor else 'matrix: give a shape (fan_out, fan_in)'}."
            )
        values = {entry.symbol: entry.default for entry in self.forms}
        return self.draw(rng, shape, dtype, MappingProxyType(values))

    def with_form(self, **values: float) -> WeightLaw:
        """Return the law with another form, e.g. ``truncated_normal`` cut at ``k=3``.

        Raises BadInput for a name the law doesn't have or a value outside its open domain.
        """
        known = {entry.symbol: entry for entry in self.forms}
        for name, value in values.items():
            if name not in known:
                listed = ", ".join(known) or "none"
                raise BadInput(
                    f"the law {self.name} has no {name!r}. {did_you_mean(name, known)}"
                    f"Its numbers of form: {listed}."
                )
            entry = known[name]
            if not entry.above < value < entry.below:
                raise BadInput(
                    f"{self.name}: {name} = {value:g} must lie between {entry.above:g} and "
                    f"{entry.below:g} (it is {entry.meaning})."
                )
        forms = tuple(
            replace(form, default=float(values.get(form.symbol, form.default)))
            for form in self.forms
        )
        return replace(self, forms=forms)

    @property
    def conventions(self) -> tuple[Convention, ...]:
        """How libraries spell this law, each in its own parameter."""
        return tuple(entry for entry in CONVENTIONS if entry.law == self.name)
