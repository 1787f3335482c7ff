"""Lines that are right agree, a planted wrong rule is caught, and nothing is sampled."""

from __future__ import annotations

import pytest

import varprop as vp
from varprop.refereeing.draft import Draft
from varprop.refereeing.refusal import NotAllowed
from varprop.refereeing.world import two_points
from varprop.rewriting import rules
from varprop.rewriting.nodes import Var
from varprop.verdict import Verdict

v, s, m, r = vp.symbols("v s m r")

DRAFTS = {
    "he": lambda: vp.begin("h = Σ_j w_j x_j", w=vp.law(var=v), x=vp.relu),
    "tanh": lambda: vp.begin("h = Σ_j w_j x_j", w=vp.law(var=v), x="tanh"),
    "bias": lambda: vp.begin("a = Σ w_i x_i + b", w=vp.law(var=v), b=vp.law(var=s), x="gelu"),
    "backward": lambda: vp.begin("d = φ'(h)·Σ_i w_i δ_i", w=vp.law(var=v), phi="softplus"),
    "product": lambda: vp.begin("y = w x", w=vp.law("uniform", a="a"), x=vp.law(var=s, mean=m)),
    "means": lambda: vp.begin("h = Σ w_i x_i", w=vp.law(var=v, mean=r), x=vp.law(var=s, mean=m)),
    "unknown": lambda: vp.begin("h = Σ_j w_j x_j", w=vp.law(var=v)),
    "three": lambda: vp.begin("y = x_1 + x_2 + x_3", x=vp.law(var=s)),
    "difference": lambda: vp.begin("y = 3x_1 − 2x_2", x=vp.law(var=s, mean=m)),
}


def outcomes(draft: Draft) -> set[str | None]:
    checks = draft.verify().checks
    assert checks is not None
    assert len(checks) == len(draft)
    return {None if check is None else check.verdict.value for check in checks}


@pytest.mark.parametrize("name", DRAFTS)
def test_every_line_of_a_finished_draft_agrees(name: str) -> None:
    assert outcomes(DRAFTS[name]().finish()) == {None, "agrees"}


@pytest.mark.parametrize("name", DRAFTS)
def test_every_line_that_an_option_offers_agrees(name: str) -> None:
    """Whatever is offered may be taken: single rules as well as big steps, two steps deep."""
    for first in ("variance of both sides", "second moment of both sides", "mean of both sides"):
        draft = DRAFTS[name]().apply(first)
        for option in draft.options():
            assert "disagrees" not in outcomes(draft.apply(option.name)), option.name


def test_a_planted_wrong_rule_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Var(ab) = Var(a)·Var(b), the textbook slip, holds for no x with a mean."""
    right = rules.RULES["variance of a product"]

    def slip(node, facts, distinct):  # type: ignore[no-untyped-def]
        found = right.apply(node, facts, distinct)
        if found is None:
            return None
        a, b = node.args[0].args
        return Var(a) * Var(b), ()

    monkeypatch.setitem(rules.RULES, right.name, rules.Rule(right.name, "slip", slip))
    draft = DRAFTS["he"]().apply("variance of both sides").apply("iid sum")
    checks = draft.apply("variance of a product").verify().checks
    assert checks is not None
    assert checks[-1] is not None
    assert checks[-1].verdict is Verdict.DISAGREES
    assert checks[-2] is not None
    assert checks[-2].verdict is Verdict.AGREES


def test_a_wrong_closed_form_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from varprop.refereeing.variables import Family

    right = Family.moment
    monkeypatch.setattr(Family, "moment", lambda self, power: power * right(self, power))
    draft = DRAFTS["he"]().finish(None)
    checks = {step.rule: c for step, c in zip(draft, draft.verify().checks or (), strict=True)}
    assert checks["expectation of x²"].verdict is Verdict.DISAGREES


def test_impossible_moments_are_undecided() -> None:
    draft = DRAFTS["he"]().assume("E[x] = 100").finish(None)
    with pytest.raises(vp.errors.Undecided, match="no law has the stated moments"):
        draft.verify()


def test_too_many_outcomes_are_undecided() -> None:
    draft = vp.begin("y = x_1 x_9 + w_1 w_2").apply("mean of both sides")
    with pytest.raises(vp.errors.Undecided, match="too many outcomes"):
        draft.verify()


def test_nothing_to_choose_when_nothing_is_sampled() -> None:
    with pytest.raises(NotAllowed, match="leave samples out"):
        DRAFTS["he"]().verify(samples=10)


def test_two_points_have_the_moments_asked_for() -> None:
    points = two_points(0.7, 2.5)
    mean = sum(x * p for x, p in points)
    assert mean == pytest.approx(0.7)
    assert sum(x**2 * p for x, p in points) - mean**2 == pytest.approx(2.5)
    assert sum((x - mean) ** 3 * p for x, p in points) != pytest.approx(0, abs=0.1)
