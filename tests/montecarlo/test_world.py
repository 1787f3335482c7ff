"""A sampled world gives E, Var, Cov and sums the numbers that exact arithmetic gives."""

import numpy as np
import pytest
from sympy import Heaviside, IndexedBase, Integral, Max, Sum, Symbol, erf, exp, oo, sqrt

from varprop.errors import BadInput
from varprop.moments import GaussianExpectation
from varprop.montecarlo.world import World, integral
from varprop.rewriting.nodes import Cov, Mean, Var, off_diagonal

W = IndexedBase("w")
J, K = (Symbol(name, integer=True, positive=True) for name in "jk")
N = Symbol("n", positive=True)
H = Symbol("h", real=True)
w, s = Symbol("w"), Symbol("s", positive=True)


def world():
    values = np.random.default_rng(0).standard_normal((3, 50, 2))
    return World({"w": values}, {"n": 2, "s": 1.5}), values


def test_sums_are_spelled_out():
    here, values = world()
    total = here.values(Mean(Sum(W[J], (J, 1, N)) ** 2))
    assert total == pytest.approx((values.sum(axis=2) ** 2).mean(axis=1))
    crossed = Sum(off_diagonal(J, K) * Cov(W[J], W[K]), (J, 1, N), (K, 1, N))
    both = values[..., 0] * values[..., 1]
    exact = both.mean(axis=1) - values[..., 0].mean(axis=1) * values[..., 1].mean(axis=1)
    assert here.values(crossed) == pytest.approx(2 * exact * 50 / 49)


def test_a_bare_name_stands_for_any_member():
    here, values = world()
    assert here.values(s * Var(w)) == pytest.approx(1.5 * values.var(axis=(1, 2), ddof=1))
    assert here.values(N * Mean(w) ** 2) == pytest.approx(2 * values.mean(axis=(1, 2)) ** 2)


def test_definitions_are_made_of_the_same_draws():
    here, values = world()
    here.define("h", Sum(W[J], (J, 1, N)))
    assert here.values(Mean(Symbol("h"))) == pytest.approx(values.sum(axis=2).mean(axis=1))


@pytest.mark.parametrize(
    ("held", "exact"),
    [
        (GaussianExpectation(Max(0, H) ** 2, H, s), 0.75),
        (GaussianExpectation(Heaviside(H - 1), H, s**2), 0.2524925375469229),
        (GaussianExpectation(exp(H), H, s), 2.117000016612675),
        (Integral(exp(-(H**2) / s**2), (H, -oo, oo)), 2.658680776358274),
        (Integral(H**2, (H, 0, s)), 1.125),
        (GaussianExpectation(erf(H) ** 2, H, 1 / sqrt(s)), 0.4259004520),
    ],
)
def test_integrals(held, exact):
    assert integral(held, {"s": 1.5}) == pytest.approx(exact, rel=1e-3)


def test_what_has_no_meaning_is_refused():
    here, _ = world()
    with pytest.raises(BadInput, match="no meaning"):
        here.values(Mean(Symbol("x") ** 2))
    with pytest.raises(BadInput, match="no number"):
        here.values(Var(w) * Symbol("unknown"))
