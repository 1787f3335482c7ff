"""The laws that weights are drawn from, each known by its density, moments and a sampler.

Formulas are texts in ``w`` (the weight) and in the symbols of the law's own parameter; nothing
here imports SymPy or NumPy before it is asked for numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from varprop.catalogue import law_draws
from varprop.errors import BadInput, did_you_mean
from varprop.frozen import frozen
from varprop.registry import Registry

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
    of fan_in and fan_out. ``random`` is False where there is nothing to draw. ``draw_cost`` is the
    time to draw many float32 weights, relative to normal ones.
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
    random: bool = True
    draw_cost: float = 1.0
    note: str | None = None

    def sample(
        self, rng: np.random.Generator, shape: tuple[int, ...], dtype: Dtype = "float64"
    ) -> Array:
        """Draw weights of mean square 1; a matrix has the shape (..., fan_out, fan_in).

        Laws that aren't random give their pattern at the value 1. Raises BadInput for a law of
        matrices when ``shape`` has fewer than two axes.
        """
        if not self.independent and len(shape) < 2:
            raise BadInput(f"the law {self.name} fills a matrix: give a shape (fan_out, fan_in).")
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


LAWS: Registry[WeightLaw] = Registry("weight law", "laws")

normal = LAWS.add(
    WeightLaw(
        "normal",
        LawParameter("s", "std", "standard deviation"),
        variance="s**2",
        kurtosis="3",
        density="exp(-w**2/(2*s**2))/sqrt(2*pi*s**2)",
        support=("-oo", "oo"),
        draw=law_draws.normal,
        aliases=("gaussian",),
        source="definition; torch.nn.init.normal_ and keras RandomNormal take s",
    )
)
uniform = LAWS.add(
    WeightLaw(
        "uniform",
        LawParameter("a", "bound", "bound of U(-a, a), not a standard deviation"),
        variance="a**2/3",
        kurtosis="9/5",
        density="1/(2*a)",
        support=("-a", "a"),
        draw=law_draws.uniform,
        draw_cost=0.7,
        source="definition; torch.nn.init.uniform_ takes both ends, jax uniform(s) is [0, s)",
    )
)
truncated_normal = LAWS.add(
    WeightLaw(
        "truncated_normal",
        LawParameter("s", "std", "standard deviation before the cut at ±k·s"),
        variance="s**2*(1 - 2*k*exp(-k**2/2)/(sqrt(2*pi)*erf(k/sqrt(2))))",
        kurtosis="(3 - 2*(k**3 + 3*k)*exp(-k**2/2)/(sqrt(2*pi)*erf(k/sqrt(2))))"
        "/(1 - 2*k*exp(-k**2/2)/(sqrt(2*pi)*erf(k/sqrt(2))))**2",
        density="exp(-w**2/(2*s**2))/sqrt(2*pi*s**2)",
        support=("-k*s", "k*s"),
        cut=True,
        forms=(Form("k", 2.0, 0.1, 8.0, "the cut in standard deviations before the cut"),),
        draw=law_draws.truncated_normal,
        draw_cost=3.5,
        aliases=("truncated", "trunc_normal"),
        source="Johnson, Kotz and Balakrishnan 1994, ch. 13.10.1; keras, jax, timm cut at k = 2",
        note="torch.nn.init.trunc_normal_ takes its ends a, b as weights, not in units of std",
    )
)
rademacher = LAWS.add(
    WeightLaw(
        "rademacher",
        LawParameter("a", "value", "the two values are -a and a, equally likely"),
        variance="a**2",
        kurtosis="1",
        atoms=(("-a", "1/2"), ("a", "1/2")),
        draw=law_draws.rademacher,
        draw_cost=1.2,
        aliases=("sign", "two_point"),
        source="definition",
    )
)
orthogonal = LAWS.add(
    WeightLaw(
        "orthogonal",
        LawParameter(
            "g", "gain", "gain of a semi-orthogonal matrix: all its singular values are g"
        ),
        variance="g**2/m",
        kurtosis="3*m/(m + 2)",
        draw=law_draws.orthogonal,
        draw_cost=20.0,
        independent=False,
        source="Saxe, McClelland and Ganguli 2014; sign as in Mezzadri 2007",
        note="m = max(fan_in, fan_out); the entries of one matrix depend on each other",
    )
)
laplace = LAWS.add(
    WeightLaw(
        "laplace",
        LawParameter("b", "scale", "scale of the density exp(-|w|/b)/(2b)"),
        variance="2*b**2",
        kurtosis="6",
        density="exp(-Abs(w)/b)/(2*b)",
        support=("-oo", "oo"),
        draw=law_draws.laplace,
        draw_cost=4.0,
        aliases=("double_exponential",),
        source="Johnson, Kotz and Balakrishnan 1995, ch. 24",
    )
)
student_t = LAWS.add(
    WeightLaw(
        "student_t",
        LawParameter("s", "scale", "scale that multiplies Student's t with nu degrees of freedom"),
        variance="s**2*nu/(nu - 2)",
        kurtosis="3*(nu - 2)/(nu - 4)",
        forms=(Form("nu", 5.0, 4.0, 1e6, "the degrees of freedom, above 4 for a 4th moment"),),
        draw=law_draws.student_t,
        draw_cost=7.5,
        aliases=("t", "student"),
        source="Johnson, Kotz and Balakrishnan 1995, ch. 28",
        note="heavy tails: of all moments only those below the order nu exist",
    )
)
sparse = LAWS.add(
    WeightLaw(
        "sparse",
        LawParameter("s", "std", "standard deviation of the entries that are not zero"),
        variance="(1 - p)*s**2",
        kurtosis="3/(1 - p)",
        forms=(Form("p", 0.9, 0.0, 1.0, "the probability of a zero"),),
        draw=law_draws.sparse,
        draw_cost=1.8,
        source="Martens 2010, section 5; zeros drawn independently here",
        note="torch.nn.init.sparse_ zeroes exactly ceil(p·rows) entries of each column",
    )
)
constant = LAWS.add(
    WeightLaw(
        "constant",
        LawParameter("c", "value", "the value of every weight"),
        variance="0",
        kurtosis=None,
        atoms=(("c", "1"),),
        draw=law_draws.constant,
        random=False,
        aliases=("full",),
        source="definition",
        note="mean c, not zero: the variance rules for zero-mean weights don't apply",
    )
)
identity = LAWS.add(
    WeightLaw(
        "identity",
        LawParameter("c", "value", "the value on the diagonal"),
        variance="0",
        kurtosis=None,
        draw=law_draws.identity,
        independent=False,
        random=False,
        aliases=("eye", "diagonal"),
        source="definition",
        note="c times the identity: amplitudes are multiplied by c in every layer",
    )
)
