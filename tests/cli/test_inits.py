"""``--init`` as libraries spell it, and what is no initialiser of the rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Run
from varprop.answer.initialiser import initialiser
from varprop.errors import BadInput

Command = Callable[..., Run]

SAME = {
    "Uniform(range=0.01)": "uniform(-0.01, 0.01)",
    "Uniform(0.01)": "uniform(-0.01, 0.01)",
    "Uniform(range=(-0.1, 0.1))": "uniform(-0.1, 0.1)",
    "Uniform(std=0.1)": "normal(std=0.1)",
    "Uniform(std=0.1, mean=0.0)": "normal(std=0.1)",
    "Uniform(range=1/sqrt(d))": "uniform(-1/sqrt(d), 1/sqrt(d))",
    "Normal(std=0.01, mean=0.0)": "normal(std=0.01)",
    "Sparse(sparsity=0.1)": "sparse(std=0.01, p=0.9)",
    "Sparse(sparsity=0.2, std=1)": "sparse(std=1, p=0.8)",
    "Sparse(std=1)": "sparse(std=1)",
    "HeNormal(gain='relu')": "he",
    'HeUniform(gain="relu")': "he_uniform",
    "HeNormal('relu')": "he",
    "HeNormal(gain=1)": "lecun",
    "GlorotUniform(gain='relu')": "glorot(gain=sqrt(2))",
    "Orthogonal(gain='relu')": "orthogonal(gain=sqrt(2))",
}


@pytest.mark.parametrize("text", SAME)
def test_lasagnes_signatures(text: str) -> None:
    assert initialiser(text).at(30, 70) == pytest.approx(initialiser(SAME[text]).at(30, 70))


REFUSED = {
    "Constant": "symmetry is not broken",
    "Constant(0.1)": "symmetry is not broken",
    "constant(val=0.1)": "symmetry is not broken",
    "dirac": "not random",
    "delta_orthogonal": "kernels of convolutions",
    "delta_orthogonal(gain=2)": "kernels of convolutions",
    "rademacher(0.1)": "normal(std=1/10)",
    "laplace(0.1)": "normal(std=sqrt(2)/10)",
    "laplace(scale=0.1)": "normal(std=sqrt(2)/10)",
    "laplace": "normal(std=sqrt(2)*b)",
    "student_t(s=0.2, nu=6)": "normal(std=sqrt(6)/10)",
    "student_t(s=0.2, nu=3)": "nu = 3 must lie between",
    "Uniform(std=0.1, mean=1)": "has mean 1",
    "Uniform(range=(0, 0.1))": "has mean 1/20",
    "Sparse(0.1)": "Sparse(sparsity=0.1)",
    "sparse(sparsity=0.1)": "p=0.1",
    "normal(std=-1)": "std = -1 must not be negative",
    "normal(var=-1)": "var = -1 must not be negative",
    "truncated_normal(std=-1)": "std = -1 must not be negative",
    "orthogonal(-1)": "gain = -1 must not be negative",
    "he(gain=-1)": "gain = -1 must not be negative",
    "he(gain=-1/sqrt(d))": "must not be negative",
    "sparse(std=1,p=-1)": "p = -1 must lie between 0 and 1",
    "sparse(std=1,p=2)": "p = 2 must lie between 0 and 1",
    "sparse(std=-1,p=0.5)": "std = -1 must not be negative",
    "nonsense": "no init 'nonsense'",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refusals_say_what_to_write(varprop: Command, text: str) -> None:
    with pytest.raises(BadInput):
        initialiser(text)
    found = varprop("propagate", "--act", "relu", "--width", "16", "--depth", "3", "--init", text)
    assert (found.code, found.out) == (2, "")
    assert REFUSED[text] in found.err
    assert found.err.startswith("Error: ")
    assert found.err.count("\n") == 1


@pytest.mark.parametrize("text", ["rademacher(0.3)", "laplace(0.3)", "student_t(0.3, nu=7)"])
def test_the_normal_law_offered_has_the_laws_variance(text: str) -> None:
    with pytest.raises(BadInput) as refusal:
        initialiser(text)
    offered = str(refusal.value).partition("Write ")[2].partition(", which")[0]
    unit = {"rademacher": 1.0, "laplace": 2.0, "student_t": 7 / 5}[text.partition("(")[0]]
    assert initialiser(offered).at(5, 5)[0] == pytest.approx(unit * 0.09)
