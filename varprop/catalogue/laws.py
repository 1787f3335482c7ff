"""The laws that weights are drawn from, each known by its density, moments and a sampler.

Formulas are texts in ``w`` (the weight) and in the symbols of the law's own parameter; nothing
here imports SymPy or NumPy before it is asked for numbers.
"""

from __future__ import annotations

from varprop.catalogue import law_code, law_draws
from varprop.catalogue.law_entry import Form, LawParameter, WeightLaw
from varprop.registry import Registry

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
        code=law_code.normal,
        aliases=("gaussian", "Normal"),
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
        code=law_code.uniform,
        aliases=("Uniform",),
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
        code=law_code.truncated_normal,
        draw_cost=3.5,
        aliases=("truncated", "trunc_normal", "TruncatedNormal"),
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
        code=law_code.rademacher,
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
        code=law_code.orthogonal,
        aliases=("Orthogonal",),
        draw_cost=20.0,
        independent=False,
        source="Saxe, McClelland and Ganguli 2014; sign as in Mezzadri 2007",
        note="m = max(fan_in, fan_out); the entries of one matrix depend on each other",
        second_moment="the m entries along the longer side have squares that add up to g², and share "
        "one law",
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
        code=law_code.laplace,
        draw_cost=4.0,
        aliases=("double_exponential",),
        source="Johnson, Kotz and Balakrishnan 1995, ch. 24",
        second_moment="∫ w²·exp(−w/b)/b dw from 0 to ∞, by parts twice: 2!·b²",
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
        code=law_code.student_t,
        draw_cost=7.5,
        aliases=("t", "student"),
        source="Johnson, Kotz and Balakrishnan 1995, ch. 28",
        note="heavy tails: of all moments only those below the order nu exist",
        second_moment="w = s·z/√(χ²/nu): E[z²] = 1 and E[nu/χ²] = nu/(nu − 2)",
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
        code=law_code.sparse,
        aliases=("Sparse",),
        draw_cost=1.8,
        source="Martens 2010, section 5; zeros drawn independently here",
        note="torch.nn.init.sparse_ zeroes exactly ceil(p·rows) entries of each column; Lasagne's "
        "sparsity is 1 − p, the share that is not zero",
        second_moment="0 with probability p, else N(0, s²): p·0 + (1 − p)·s²",
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
        aliases=("full", "Constant"),
        source="definition",
        note="all units of a layer compute the same and get the same gradient: symmetry is not "
        "broken. Mean c, not zero: the rules for zero-mean weights don't apply",
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
        aliases=("eye", "diagonal", "Identity"),
        source="definition",
        note="c times the identity: amplitudes are multiplied by c in every layer",
    )
)
delta_orthogonal = LAWS.add(
    WeightLaw(
        "delta_orthogonal",
        LawParameter("g", "gain", "gain of the semi-orthogonal matrix in the middle of the kernel"),
        variance="g**2/m",
        kurtosis="3*m/(m/t + 2)",
        forms=(Form("t", 9.0, 0.0, 1e9, "the number of kernel positions, 9 for a 3×3 kernel"),),
        draw=law_draws.delta_orthogonal,
        draw_cost=5.0,
        independent=False,
        tensor=True,
        source="Xiao et al. 2018, section 3.4: convolutions that keep every norm",
        note="m = t·max(channels in, channels out); all other kernel positions are 0",
        second_moment="t·max(channels) entries share the g² of one row or column of the middle",
    )
)
dirac = LAWS.add(
    WeightLaw(
        "dirac",
        LawParameter("c", "value", "the value that passes a channel on, in the middle"),
        variance="0",
        kurtosis=None,
        draw=law_draws.dirac,
        independent=False,
        tensor=True,
        random=False,
        source="Zagoruyko and Komodakis 2017; torch.nn.init.dirac_",
        note="the convolution that hands channel i to channel i, times c; not random",
    )
)
