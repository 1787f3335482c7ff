"""Every line of a derivation is tested by its kind, and a wrong line is found where it stands."""

import json
from dataclasses import replace

import pytest
from sympy import Eq, IndexedBase, Sum, Symbol

import varprop as vp
from varprop.answer.verify_derivation import TestedDerivation, verify_derivation
from varprop.catalogue.laws import LAWS
from varprop.derivation import Derivation, Kind, Step
from varprop.errors import BadInput
from varprop.rewriting.nodes import Mean, Var
from varprop.verdict import Verdict

QUICK = {"samples": 2**15, "tolerance": 0.05}

ARGUMENTS = {
    "he": lambda: vp.derive("he"),
    "glorot": lambda: vp.derive("glorot"),
    "with bias": lambda: vp.solve("tanh", fan_in=512, bias_variance="0.1").derivation,
    "geometric": lambda: (
        vp.solve("leaky_relu(alpha)", fan_in=64, fan_out=32, condition="geometric").derivation
    ),
    "critical": lambda: vp.solve("gelu", fan_in="n", condition="critical").derivation,
    "torch_default": lambda: vp.derive("torch_default"),
    "moment": lambda: vp.derive("E[gelu(h)^2]"),
    "variance": lambda: vp.derive("Var(relu(h))"),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_every_line_that_can_be_tested_agrees(name):
    derivation = ARGUMENTS[name]()
    found = derivation.verify(**QUICK)
    assert isinstance(found, TestedDerivation)
    assert found.agrees, [c for c in found.checks if c.verdict is not Verdict.AGREES]
    assert len(found.lines) == len(derivation)
    for step, check, reason in zip(derivation, found.lines, found.reasons, strict=True):
        named = step.rule == "constant" and "name" in reason
        assert (check is None) is (step.kind is Kind.GIVEN or named) or step.rule in (
            *("density", "fourth moment"),
        )
        assert (check is None) is bool(reason)


@pytest.mark.parametrize("name", LAWS)
def test_the_variance_of_every_law_is_tested(name):
    found = vp.derive(name).verify(**QUICK)
    assert bool(found.checks) is (LAWS[name].random or LAWS[name].independent)
    assert found.summary["disagrees"] == 0


def with_line(derivation, place, equation):
    steps = list(derivation.steps)
    steps[place] = replace(steps[place], equation=equation)
    return Derivation(derivation.title, tuple(steps))


def test_a_tenth_too_much_is_found_in_the_line_where_it_stands():
    derivation = vp.derive("he")
    kinds = (Kind.RULE, Kind.EXPECTATION, Kind.ALGEBRA)
    first = {kind: next(k for k, s in enumerate(derivation) if s.kind is kind) for kind in kinds}
    last = len(derivation) - 1
    for place in (*first.values(), last):
        left, right = derivation.steps[place].equation.args
        wrong = with_line(derivation, place, Eq(left, right * 11 / 10, evaluate=False))
        found = verify_derivation(wrong, **QUICK)
        assert found.lines[place].verdict is Verdict.DISAGREES, place
        assert all(c is None or c.verdict is Verdict.AGREES for c in found.lines[:place])


def test_the_textbook_slip_is_found():
    """Var(x) in place of E[x²]: the signals here have a mean."""
    derivation = vp.derive("he")
    place = next(k for k, s in enumerate(derivation) if s.rule == "equal terms")
    left, right = derivation.steps[place].equation.args
    x = Symbol("x")
    slip = right.xreplace({Mean(x**2): Var(x)})
    assert slip != right
    slipped = with_line(derivation, place, Eq(left, slip, evaluate=False))
    found = verify_derivation(slipped, **QUICK)
    assert found.lines[place].verdict is Verdict.DISAGREES


def test_a_limit_is_tried_at_two_sizes():
    found = vp.solve("tanh", fan_in="n").derivation.verify(**QUICK)
    (limit,) = [c for c in found.checks if "Gaussian limit" in c.name]
    assert limit.width == 1025
    assert 0 < abs(limit.finite_width) < 1e-3
    assert "sums of 65 and 1025 terms" in limit.note


def test_a_line_that_speaks_of_the_unknown_is_not_tested():
    step = Step(Eq(Mean(Symbol("r") ** 2), Var(Symbol("r")), evaluate=False), "r", Kind.RULE, "…")
    found = verify_derivation(Derivation("unknown", (step,)))
    assert found.lines == (None,)
    assert "no meaning" in found.reasons[0]


def test_widths_must_be_symbols():
    w, j = IndexedBase("w"), Symbol("j", integer=True)
    step = Step(Eq(Symbol("h"), Sum(w[j], (j, 1, 512))), "definition", Kind.GIVEN, "…")
    with pytest.raises(BadInput, match="symbols for its widths"):
        verify_derivation(Derivation("numbers", (step,)))


def test_faces_show_every_line():
    found = vp.derive("he").verify(**QUICK)
    text = found.text()
    assert "lines   – ✓" in text
    assert "imposed" in text
    assert found.markdown().count("| ✓ |") == len(found.checks)
    assert found.latex().count(r"\checkmark") == len(found.checks)
    document = json.loads(found.json())
    assert len(document["lines"]) == len(found.derivation)
    assert document["lines"][0]["not_tested"] == "given"
    assert document["summary"]["agrees"] == len(document["checks"])


def test_one_seed_gives_one_result():
    first, second, other = (
        [c.observed for c in vp.derive("uniform").verify(seed=s).checks] for s in (1, 1, 2)
    )
    assert first == second
    assert first != other
