"""Units of several pre-activations, and laws drawn by their own parameter."""

import math

import numpy as np
import pytest

from varprop.catalogue.laws import LAWS, LawParameter, WeightLaw
from varprop.errors import BadInput
from varprop.montecarlo.parameter_draws import (
    LIBRARY,
    by_density,
    drawn_by_parameter,
    total_mass,
)
from varprop.montecarlo.replicates import Effort
from varprop.montecarlo.units import verify_unit
from varprop.verdict import Verdict

Q = 1.7


def bilinear(h):
    return (h[0] * h[1])[None]


def largest(h):
    return h.max(axis=0, keepdims=True)


# E[hg] = 0, E[(hg)²] = q², E[(hg)⁴] = 9q⁴; E max(h, g) = √(q/π), E max² = q.
CASES = {
    "bilinear mean": (bilinear, "mean", 0.0),
    "bilinear second": (bilinear, "second_moment", Q**2),
    "bilinear fourth": (bilinear, "fourth_moment", 9 * Q**4),
    "bilinear jacobian": (bilinear, "derivative_second_moment", Q),
    "bilinear slope": (bilinear, "length_slope", 2 * Q),
    "max mean": (largest, "mean", math.sqrt(Q / math.pi)),
    "max variance": (largest, "variance", Q - Q / math.pi),
    "max jacobian": (largest, "derivative_second_moment", 0.5),
}


@pytest.mark.parametrize("name", CASES)
def test_units(name):
    unit, moment, exact = CASES[name]
    check = verify_unit(unit, 2, moment, exact, Q, Effort(), name=name)
    assert check.verdict is Verdict.AGREES, check
    assert float(check.note.split("one sample ")[1]) <= 100
    wrong = verify_unit(unit, 2, moment, 1.1 * exact + (not exact), Q, Effort(), name=name)
    assert wrong.verdict is Verdict.DISAGREES


def test_an_unknown_moment_is_refused():
    with pytest.raises(BadInput, match="no moment"):
        verify_unit(largest, 2, "median", 0.0, Q, Effort(), name="m")


@pytest.mark.parametrize("name", [name for name, law in LAWS.items() if law.random])
def test_both_ways_of_drawing_a_law_agree_with_its_unit_sampler(name):
    law = LAWS[name]
    rng = np.random.default_rng(2)
    shape = (256, 256)
    unit = law.sample(rng, shape)
    ways = [drawn_by_parameter(law, 0.7), by_density(law, 0.7)]
    for draw in (way for way in ways if way):
        drawn = draw(rng, shape)
        assert drawn.shape == shape
        scaled = drawn / drawn.std()
        levels = [0.1, 0.3, 0.7, 0.9]
        assert np.allclose(np.quantile(scaled, levels), np.quantile(unit, levels), atol=0.03)


def test_a_law_without_library_sampler_is_drawn_from_what_it_declares():
    flat = LAWS["uniform"]
    shared = {"variance": "a**2/2", "kurtosis": "1", "draw": flat.draw, "source": "here"}
    scale = LawParameter("a", "value", "largest value")
    atoms = WeightLaw("coin", scale, **shared, atoms=(("-a", "1/4"), ("0", "1/2"), ("a", "1/4")))
    assert "coin" not in LIBRARY
    drawn = drawn_by_parameter(atoms, 2.0)(np.random.default_rng(0), (200, 200))
    assert set(np.unique(drawn)) == {-2.0, 0.0, 2.0}
    assert drawn.var() == pytest.approx(2.0, rel=0.03)
    ramp = WeightLaw("ramp", scale, **shared, density="(a - Abs(w))/a**2", support=("-a", "a"))
    drawn = drawn_by_parameter(ramp, 2.0)(np.random.default_rng(0), (200, 200))
    assert drawn.var() == pytest.approx(4 / 6, rel=0.03)
    nothing = WeightLaw("nothing", scale, **shared)
    with pytest.raises(BadInput, match="a density or atoms"):
        drawn_by_parameter(nothing, 1.0)


@pytest.mark.parametrize(
    "name", [name for name, law in LAWS.items() if law.atoms or (law.density and not law.cut)]
)
def test_probabilities_add_to_one(name):
    mass, error = total_mass(LAWS[name], 1.3)
    assert abs(mass - 1) <= error
    assert error < 1e-6
