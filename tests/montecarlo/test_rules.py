"""Rules of a derivation on their own: true ones agree, the textbook slips are caught."""

import numpy as np
import pytest

from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.montecarlo.rules import (
    Family,
    TwoPoint,
    covariance_of,
    enumerate_rule,
    variance_of,
    verify_rule,
)
from varprop.verdict import Verdict

N = 4


def product_sum(draws):
    return (draws["w"] * draws["x"]).sum(axis=1)


def one(name, power=1):
    return lambda draws: draws[name][:, 0] ** power


RULES = {
    "Var(Σ w x) = n Var(w) E[x²]": (
        variance_of(product_sum),
        lambda d: N * d["w"][:, 0] ** 2 * d["x"][:, 0] ** 2,
        True,
    ),
    "Var(Σ w x) = n Var(w) Var(x), the textbook slip": (
        variance_of(product_sum),
        lambda d: N * d["w"][:, 0] ** 2 * variance_of(one("x"))(d),
        False,
    ),
    "E[(Σ w x)²] = Σ E[w²] E[x²]": (
        lambda d: product_sum(d) ** 2,
        lambda d: ((d["w"] ** 2) * (d["x"] ** 2)).sum(axis=1),
        True,
    ),
    "Var(a + b) = Var(a) + Var(b) for independent a, b": (
        variance_of(lambda d: d["w"][:, 0] + d["x"][:, 0]),
        lambda d: variance_of(one("w"))(d) + variance_of(one("x"))(d),
        True,
    ),
    "Var(ab) = Var(a) Var(b), false for a mean": (
        variance_of(lambda d: d["w"][:, 0] * d["x"][:, 0]),
        lambda d: variance_of(one("w"))(d) * variance_of(one("x"))(d),
        False,
    ),
    "Cov(w, x) = 0": (covariance_of(one("w"), one("x")), lambda d: 0 * d["x"][:, 0], True),
    "ten percent too much": (
        lambda d: product_sum(d) ** 2,
        lambda d: 1.1 * ((d["w"] ** 2) * (d["x"] ** 2)).sum(axis=1),
        False,
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_rules_by_sampling(name):
    left, right, true = RULES[name]
    families = {
        "w": Family(N, lambda rng, shape: 0.7 * LAWS.uniform.sample(rng, shape)),
        "x": Family(N, lambda rng, shape: 1 + rng.standard_normal(shape)),
    }
    check = verify_rule(name, families, left, right)
    assert check.verdict is (Verdict.AGREES if true else Verdict.DISAGREES)
    assert check.name == name
    assert verify_rule(name, families, left, right).observed == check.observed


@pytest.mark.parametrize("name", RULES)
def test_rules_by_enumeration(name):
    left, right, true = RULES[name]
    families = {"w": TwoPoint(N), "x": TwoPoint(N, -1.0, 2.0, 0.3)}
    check = enumerate_rule(name, families, left, right)
    assert check.verdict is (Verdict.AGREES if true else Verdict.DISAGREES)
    assert check.standard_error == 0


def test_members_of_a_family_may_depend_on_each_other():
    # The x_j of a network are dependent; the sum still splits, because the weights aren't.
    def common(rng, shape):
        return np.repeat(np.abs(rng.standard_normal((shape[0], 1))), shape[1], axis=1)

    families = {"w": Family(N, LAWS.rademacher.sample)}
    families["x"] = Family(N, common)
    left, right, _ = RULES["Var(Σ w x) = n Var(w) E[x²]"]
    assert verify_rule("dependent", families, left, right).verdict is Verdict.AGREES


def test_bad_sides():
    families = {"w": TwoPoint(11)}
    with pytest.raises(BadInput, match="too many outcomes"):
        enumerate_rule("large", families, one("w"), one("w"))
    with pytest.raises(BadInput, match="one number per replicate"):
        enumerate_rule("shape", {"w": TwoPoint(2)}, lambda d: d["w"], one("w"))
    with pytest.raises(BadInput, match="no further copy"):
        enumerate_rule(
            "copy", {"w": TwoPoint(2)}, lambda d: variance_of(one("w"))(d.other), one("w")
        )
