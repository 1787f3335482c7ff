"""Weight laws: stated moments against density, atoms and samples; every entry, by its name."""

import math
import subprocess
import sys

import mpmath
import numpy as np
import pytest
import sympy

from varprop.catalogue.law_conventions import CONVENTIONS
from varprop.catalogue.laws import LAWS
from varprop.catalogue.schemes import SCHEMES
from varprop.errors import BadInput, UnknownName

RANDOM = [name for name, law in LAWS.items() if law.random]
WITH_DENSITY = [name for name, law in LAWS.items() if law.density]
WITH_ATOMS = [name for name, law in LAWS.items() if law.atoms]
LIGHT = {"student_t": {"nu": 30.0}, "sparse": {"p": 0.5}}
"""Forms at which the eighth moment is small enough for a sampled fourth moment."""

SHAPE = (40, 96, 160)
TENSOR = (40, 24, 3, 3)


def shape_of(law):
    return TENSOR if law.tensor else SHAPE


def number(text, law, **values):
    shape = shape_of(law)[-2:] if not law.tensor else TENSOR
    m = max(shape[:2]) * math.prod(shape[2:])
    names = {form.symbol: form.default for form in law.forms} | {"m": m} | values
    return float(sympy.sympify(text, locals={key: sympy.Float(v, 30) for key, v in names.items()}))


def light_form(name):
    return LAWS[name].with_form(**LIGHT.get(name, {}))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", RANDOM)
def test_sampled_moments_are_the_stated_ones(name, dtype):
    law = light_form(name)
    rng = np.random.default_rng(7)
    shape = shape_of(law)
    if law.tensor:
        draws = np.stack([law.sample(rng, shape, dtype) for _ in range(SHAPE[0])])
    else:
        draws = law.sample(rng, shape, dtype)
        assert draws.shape == shape
    assert draws.dtype == dtype
    draws = draws.astype(float).reshape(SHAPE[0], -1)
    for power, expected in ((1, 0.0), (2, 1.0), (3, 0.0), (4, number(law.kurtosis, law))):
        per_matrix = (draws**power).mean(axis=1)
        error = per_matrix.std(ddof=1) / math.sqrt(SHAPE[0])
        assert abs(per_matrix.mean() - expected) < 4.5 * error + 2e-6


@pytest.mark.parametrize("name", WITH_DENSITY)
def test_variance_and_kurtosis_follow_from_the_density(name):
    law = LAWS[name]
    w = sympy.Symbol("w", real=True)
    scale = 1.3
    values = {form.symbol: form.default for form in law.forms} | {law.parameter.symbol: scale}
    density = sympy.lambdify(w, sympy.sympify(law.density, locals={"w": w}).subs(values), "mpmath")
    ends = [float(sympy.sympify(end).subs(values)) for end in law.support]
    low, high = max(-60.0, ends[0]), min(60.0, ends[1])

    def moment(power):
        return mpmath.quad(lambda x: x**power * density(x), [low, low / 20, 0, high / 20, high])

    mass = moment(0)
    assert law.cut or abs(mass - 1) < 1e-9
    variance = moment(2) / mass
    stated = number(law.variance, law, **{law.parameter.symbol: scale})
    assert float(variance) == pytest.approx(stated, rel=1e-9)
    assert float(moment(4) / mass / variance**2) == pytest.approx(
        number(law.kurtosis, law), rel=1e-8
    )


@pytest.mark.parametrize("name", WITH_ATOMS)
def test_atoms_are_a_law_and_give_the_variance(name):
    law = LAWS[name]
    symbol = sympy.Symbol(law.parameter.symbol)
    atoms = [(sympy.sympify(value), sympy.Rational(chance)) for value, chance in law.atoms]
    assert sum(chance for _, chance in atoms) == 1
    mean = sum(value * chance for value, chance in atoms)
    variance = sum((value - mean) ** 2 * chance for value, chance in atoms)
    assert sympy.expand(variance - sympy.sympify(law.variance)) == 0
    assert symbol in mean.free_symbols | variance.free_symbols


def test_the_known_truncation_constant():
    law = LAWS.truncated_normal
    assert math.sqrt(number(law.variance, law, s=1.0)) == pytest.approx(
        0.87962566103423978, abs=1e-15
    )
    draws = law.sample(np.random.default_rng(0), (10_000,))
    assert abs(draws).max() <= 2 / 0.8796256610342398


@pytest.mark.parametrize("shape", [(30, 50), (50, 30), (3, 40, 40), (1, 7), (700, 12)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_orthogonal_matrices_are_semi_orthogonal(shape, dtype):
    matrix = LAWS.orthogonal.sample(np.random.default_rng(3), shape, dtype).astype(float)
    matrix /= math.sqrt(max(shape[-2:]))
    if shape[-2] > shape[-1]:
        matrix = matrix.swapaxes(-1, -2)
    gram = matrix @ matrix.swapaxes(-1, -2)
    assert abs(gram - np.eye(gram.shape[-1])).max() < (1e-5 if dtype == "float32" else 1e-13)


def test_orthogonal_matrices_are_uniform_among_all():
    # The trace of a uniform orthogonal matrix has mean 0 and mean square 1; a QR decomposition
    # without the sign of R's diagonal gives a mean far from 0.
    count, size = 20_000, 5
    matrices = LAWS.orthogonal.sample(np.random.default_rng(1), (count, size, size))
    traces = np.trace(matrices, axis1=1, axis2=2) / math.sqrt(size)
    assert abs(traces.mean()) < 4 / math.sqrt(count)
    assert abs((traces**2).mean() - 1) < 4 * (traces**2).std() / math.sqrt(count)


@pytest.mark.parametrize("name", list(LAWS))
def test_one_seed_gives_one_draw(name):
    first, second = (
        LAWS[name].sample(
            np.random.default_rng(5), (6, 9, 3)[: 3 if LAWS[name].tensor else 2], "float32"
        )
        for _ in "ab"
    )
    assert first.tobytes() == second.tobytes()


def test_laws_without_chance():
    assert (LAWS.constant.sample(np.random.default_rng(0), (2, 3)) == 1).all()
    assert (LAWS.identity.sample(np.random.default_rng(0), (2, 3, 3)) == np.eye(3)).all()


@pytest.mark.parametrize("kernel", [(), (3,), (3, 3), (1, 5), (3, 3, 3)])
@pytest.mark.parametrize(("rows", "columns"), [(12, 7), (7, 12), (9, 9)])
def test_delta_orthogonal_kernels_keep_norms(rows, columns, kernel):
    law = LAWS.delta_orthogonal
    tensor = law.sample(np.random.default_rng(2), (rows, columns, *kernel))
    taps = math.prod(kernel)
    assert (tensor != 0).reshape(rows, columns, -1).any(axis=(0, 1)).sum() == 1
    centre = tensor.reshape(rows, columns, -1).sum(axis=-1)
    centre /= math.sqrt(taps * max(rows, columns))
    tall = centre if rows >= columns else centre.T
    assert abs(tall.T @ tall - np.eye(min(rows, columns))).max() < 1e-12
    assert (tensor**2).mean() == pytest.approx(1, rel=1e-12)


def test_dirac_kernels_pass_every_channel_on():
    tensor = LAWS.dirac.sample(np.random.default_rng(0), (4, 4, 3, 3))
    signal = np.random.default_rng(1).standard_normal((4, 3, 3))
    assert np.einsum("oikl,ikl->o", tensor, signal) == pytest.approx(signal[:, 1, 1])


def test_kernels_are_no_dense_layer():
    from varprop.montecarlo.network import DenseNetwork

    with pytest.raises(BadInput, match="dense counterparts"):
        DenseNetwork((4, 4), (1.0,), LAWS.dirac, np.tanh, np.cos)
    with pytest.raises(BadInput, match="shape \\(fan_out, fan_in, "):
        LAWS.delta_orthogonal.sample(np.random.default_rng(0), (5,))


LASAGNE = (
    *("Constant", "Normal", "Uniform", "Glorot", "GlorotNormal", "GlorotUniform"),
    *("He", "HeNormal", "HeUniform", "Orthogonal", "Sparse"),
)


@pytest.mark.parametrize("name", LASAGNE)
def test_every_name_of_lasagne_is_known_and_explained(name):
    from varprop.answer.derive import derive

    assert name in LAWS or name in SCHEMES
    assert derive(name).value is not None


@pytest.mark.parametrize(
    "name", [n for n in LAWS if n not in ("rademacher", "laplace", "student_t")]
)
def test_libraries_spell_each_law(name):
    assert LAWS[name].conventions


@pytest.mark.parametrize("entry", CONVENTIONS, ids=lambda e: f"{e.library} {e.call}")
def test_conventions_name_the_symbols_of_their_law(entry):
    law = LAWS[entry.law]
    symbols = {law.parameter.symbol, *(form.symbol for form in law.forms)}
    assert {symbol for symbol, _ in entry.values} <= symbols
    assert entry.values[0][0] == law.parameter.symbol
    for _, formula in entry.values:
        sympy.sympify(formula)


def variance_by(library, law, place=0, **numbers):
    """Var(w) of a library's call with these values, from the law's own formula."""
    found = [e for e in LAWS[law].conventions if e.library == library][place]
    values = {k: float(sympy.sympify(v).subs(numbers)) for k, v in found.values}
    return number(LAWS[law].variance, LAWS[law], **values)


def test_the_traps_between_libraries():
    assert variance_by("Lasagne", "sparse", sparsity=0.1, std=0.5) == pytest.approx(0.1 * 0.25)
    assert variance_by("PyTorch", "sparse", sparsity=0.1, std=0.5) == pytest.approx(0.9 * 0.25)
    assert variance_by("Lasagne", "uniform", range=0.3) == pytest.approx(0.03)
    assert variance_by("Lasagne", "uniform", 1, std=0.3) == pytest.approx(0.09)
    assert variance_by("JAX", "uniform", scale=0.6) == pytest.approx(0.03)
    assert variance_by("Keras", "truncated_normal", stddev=1) == pytest.approx(0.773741, abs=1e-6)
    scaled = variance_by("Keras", "truncated_normal", 1, scale=2, fan_in=50)
    assert scaled == pytest.approx(2 / 50, rel=1e-14)
    # torch's ends are weights: at ±2 with std 0.02 nothing is cut.
    wide = variance_by("PyTorch", "truncated_normal", std=0.02, b=2)
    assert wide == pytest.approx(0.02**2, rel=1e-14)
    assert "symmetry is not broken" in LAWS.constant.note


def test_other_forms_and_their_refusals():
    assert LAWS.truncated_normal.with_form(k=1.0).forms[0].default == 1.0
    draws = LAWS.truncated_normal.with_form(k=0.5).sample(np.random.default_rng(0), (50_000,))
    assert draws.var() == pytest.approx(1, abs=0.02)
    with pytest.raises(BadInput, match="must lie between"):
        LAWS.student_t.with_form(nu=4.0)
    with pytest.raises(BadInput, match="no 'cutoff'"):
        LAWS.truncated_normal.with_form(cutoff=2.0)
    with pytest.raises(BadInput, match="fills a matrix"):
        LAWS.orthogonal.sample(np.random.default_rng(0), (5,))
    with pytest.raises(UnknownName, match="Did you mean uniform"):
        LAWS["unifrom"]


def test_listing_laws_imports_neither_numpy_nor_sympy():
    code = (
        "import sys; from varprop.catalogue.laws import LAWS; list(LAWS);"
        "sys.exit(any(name in sys.modules for name in ('numpy', 'sympy', 'scipy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
