"""Fixed points against published numbers, mpmath and what must hold by construction."""

from __future__ import annotations

import math
from itertools import pairwise

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational

from varprop.catalogue.activations import activation
from varprop.propagation.feed import moments_of
from varprop.solving.fixed_points import destination, fixed_points

EXACT = 1e-9


def solved(name, weight, bias, start=1.0):
    moments = moments_of(activation(name).phi)
    weight, bias = Rational(weight), Rational(bias)
    found = fixed_points(moments, weight, bias)
    return found, destination(moments, weight, bias, found, start)


# facts d3 and d4 (recomputed there), Schoenholz/Poole parametrisation, examples/phase.json
KNOWN = [
    ("tanh", "1.69", "0.09", [(0.6070467919093232, 0.4735158698651079, 0.9398074286821538)]),
    (
        "tanh",
        "25/9",
        "0",
        [(0.0, 25 / 9, 25 / 9), (1.17848049038590, 0.4308993863647, 1.2098313203828)],
    ),
    ("sigmoid", "1", "0", [(0.2646868751818, 0.04950555790005, 0.0557207067697)]),
    ("selu", "9/16", "0", None),
    ("erf", "1.5", "0", [(0.0, 6 / math.pi, 6 / math.pi), (0.5, None, 6 / math.pi / math.sqrt(3))]),
    ("relu", "1.5", "0.1", [(0.4, 0.75, 0.75)]),
    ("relu", "2.5", "0", [(0.0, 1.25, 1.25)]),
    ("relu", "2.5", "0.1", []),
    ("silu", "2.952", "0.04", []),
    ("x^3", "1/20", "0", [(0.0, 0.0, 0.0), (math.sqrt(4 / 3), 3.0, None)]),
    ("relu(x)**2", "1/2", "0", [(0.0, 0.0, 0.0), (4 / 3, 2.0, 4 / 3)]),
    ("linear", "1/2", "0.3", [(0.6, 0.5, 0.5)]),
    ("sign", "1", "0.2", [(1.2, 0.0, 0.0)]),
    ("hard_tanh", "1", "0", [(0.0, 1.0, 1.0)]),
    ("tanh", "1", "0", [(0.0, 1.0, 1.0)]),
    ("sin", "1", "0", [(0.0, 1.0, 1.0)]),
]


@pytest.mark.parametrize(("name", "weight", "bias", "expected"), KNOWN, ids=lambda x: str(x)[:18])
def test_all_fixed_points(name, weight, bias, expected):
    found, _ = solved(name, weight, bias)
    assert not found.continuum
    if expected is None:
        assert found.points[-1].q == pytest.approx(0.02303, abs=1e-5)
        assert found.points[-1].chi_perp == pytest.approx(1.0037, abs=1e-4)
        return
    assert len(found.points) == len(expected)
    for point, (q, parallel, perp) in zip(found.points, expected, strict=True):
        assert point.q == pytest.approx(q, rel=EXACT, abs=1e-300)
        if parallel is not None:
            assert point.chi_parallel == pytest.approx(parallel, rel=EXACT)
        if perp is not None:
            assert point.chi_perp == pytest.approx(perp, rel=EXACT)


def test_the_root_against_mpmath():
    found, _ = solved("tanh", "1.3", "0.01")
    with mpmath.workdps(25):

        def excess(q):
            density = lambda z: mpmath.exp(-z * z / 2) / mpmath.sqrt(2 * mpmath.pi)  # noqa: E731
            ends = [-12, -4, -1, 0, 1, 4, 12]
            square = mpmath.quad(lambda z: mpmath.tanh(mpmath.sqrt(q) * z) ** 2 * density(z), ends)
            return mpmath.mpf("1.3") * square + mpmath.mpf("0.01") - q

        root = mpmath.findroot(excess, (0.2, 0.3))
    assert found.points[0].q == pytest.approx(float(root), rel=1e-12)


@pytest.mark.parametrize("name", ["relu", "abs", "leaky_relu(0.2)", "linear"])
def test_a_continuum(name):
    weight = 1 / moments_of(activation(name).phi).number("second_moment", 1.0).value
    exact = Rational(weight).limit_denominator(1000)
    found, where = solved(name, exact, 0, start=3.0)
    assert found.continuum
    assert found.points == ()
    assert where.point.q == 3.0


@pytest.mark.parametrize("beyond", ["1e-6", "1e-9", "1e-12"])
def test_a_root_close_to_zero_is_found_beside_it(beyond):
    """tanh: E[φ²]/q = 1 − 2q + …, so q* = (σ_w² − 1)/2 to first order."""
    found, where = solved("tanh", 1 + Rational(beyond), 0)
    assert [p.stable for p in found.points] == [False, True]
    assert found.points[1].q == pytest.approx(float(beyond) / 2, rel=1e-5)
    assert where.point == found.points[1]


def test_hard_tanh_just_above_one():
    found, _ = solved("hard_tanh", "1.000000000001", 0)
    assert found.points[1].q == pytest.approx(0.019168040, rel=1e-7)


def test_a_tiny_bias():
    found, where = solved("tanh", "0.5", "1e-16")
    assert where.point.q == pytest.approx(2e-16, rel=1e-9)
    assert len(found.points) == 1


def test_two_roots_between_which_the_signal_is_lost_or_kept():
    found, where = solved("silu", "2.8208", "0.04")
    assert [p.stable for p in found.points] == [True, False]
    assert where.point is None
    _, lower = solved("silu", "2.8208", "0.04", start=0.5)
    assert lower.point == found.points[0]
    assert lower.point.q == pytest.approx(0.194, abs=1e-3)
    assert lower.point.chi_perp == pytest.approx(0.820, abs=1e-3)


def test_a_map_that_falls_with_q():
    found, where = solved("cos", "3", "0.1")
    assert where.point == found.points[0]
    assert found.points[0].chi_parallel == pytest.approx(-0.10959310506906)


def test_infinite_second_moments_end_the_search():
    found, where = solved("exp(x)", "0.1", 0)
    assert [p.stable for p in found.points] == [True, False]
    assert where.point == found.points[0]


@given(
    name=st.sampled_from(["tanh", "gelu", "relu", "elu", "softplus"]),
    weight=st.fractions(Rational(1, 10), 4, max_denominator=20),
    bias=st.fractions(0, 1, max_denominator=20),
)
@settings(max_examples=12, deadline=None)
def test_every_point_is_kept_and_stable_points_alternate(name, weight, bias):
    found, where = solved(name, weight, bias)
    moments = moments_of(activation(name).phi)
    for point in found.points:
        if point.q > 0:
            mapped = float(weight) * moments.number("second_moment", point.q).value + float(bias)
            assert mapped == pytest.approx(point.q, rel=1e-9)
    if where.point is not None and not found.continuum:
        assert where.point in found.points
    signs = [p.stable for p in found.points if p.stable is not None]
    assert all(a != b for a, b in pairwise(signs))


def test_gain_zero_is_refused_above_and_a_zero_bias_is_exact():
    found, _ = solved("tanh", Integer(2), Integer(0))
    assert found.points[0].q == 0.0
    assert found.points[0].chi_parallel == 2.0
