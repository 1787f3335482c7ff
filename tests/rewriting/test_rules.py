"""Every rule is exact: both sides are enumerated over laws with two values each, without noise.

The signals x₁, x₂ are deliberately dependent and not centred: a rule that quietly assumed their
independence, or E[x] = 0, would fail here.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product

import pytest
from sympy import Eq, Expr, IndexedBase, KroneckerDelta, Rational, S, Sum, Symbol

from varprop.derivation import Kind
from varprop.errors import BadInput
from varprop.propagation.dense import HE, backward_argument, forward_argument
from varprop.propagation.feed import Activated
from varprop.propagation.sums import variance_of_sum
from varprop.rewriting.engine import Argument, rewrite
from varprop.rewriting.facts import Facts, Known
from varprop.rewriting.nodes import Cov, Mean, Var
from varprop.rewriting.rules import RULES, Rule
from varprop.rewriting.tactics import run

N = 2
W, X = IndexedBase("w"), IndexedBase("x")
COUNT = Symbol("n", integer=True, positive=True)

# one world: w₁, w₂ = ±3 independent; (x₁, x₂) dependent with a mean; b = ±2
WEIGHTS = [(a, b) for a in (-3, 3) for b in (-3, 3)]
SIGNALS = [(5, 1), (1, 5), (0, 0), (0, 0)]
BIASES = [-2, 2]
WORLDS = [
    (w, x, b, Fraction(1, len(WEIGHTS) * len(SIGNALS) * len(BIASES)))
    for w, x, b in product(WEIGHTS, SIGNALS, BIASES)
]


def worlds() -> list[tuple[dict[Expr, int], Fraction]]:
    found = []
    for w, x, b, p in WORLDS:
        values = {W[1]: w[0], W[2]: w[1], X[1]: x[0], X[2]: x[1], Symbol("b"): b}
        values |= {Symbol("w"): w[0], Symbol("x"): x[0]}
        found.append((values, p))
    return found


def value(expression: Expr) -> Rational:
    """Evaluate E, Var and Cov by enumeration, n = 2."""
    expression = expression.subs(COUNT, N)
    if isinstance(expression, Sum):
        expression = expression.doit()
    expression = expression.replace(lambda e: isinstance(e, Sum), lambda e: e.doit())
    expression = expression.replace(
        lambda e: isinstance(e, KroneckerDelta), lambda e: S(int(e.args[0] == e.args[1]))
    )
    return expression.replace(lambda e: isinstance(e, (Mean, Var, Cov)), enumerate_node)


def mean(expression: Expr) -> Rational:
    expression = S(expression).subs(COUNT, N).doit()
    return sum(
        (expression.xreplace(v) * Rational(p.numerator, p.denominator) for v, p in worlds()), S.Zero
    )


def enumerate_node(node: Expr) -> Rational:
    if isinstance(node, Mean):
        return mean(node.args[0])
    left, right = node.args if isinstance(node, Cov) else node.args * 2
    return mean(left * right) - mean(left) * mean(right)


def lines(argument: Argument) -> list[tuple[str, Expr, Expr]]:
    """Return each rule line with the right side before and after it."""
    steps = argument.steps
    return [
        (after.rule, before.equation.args[1], after.equation.args[1])
        for before, after in pairwise(steps)
        if after.rule in RULES
    ]


@pytest.fixture(params=[False, True], ids=["no bias", "bias"])
def argument(request: pytest.FixtureRequest) -> Argument:
    return variance_of_sum(
        "test", result=Symbol("h"), signal="x", signal_words="inputs", index="j", count=COUNT,
        bias=request.param, because="test",
    )  # fmt: skip


def test_the_square_of_a_sum_is_exact() -> None:
    """E[(Σ w x + b)²] opens into squares and products, although x₁, x₂ depend on each other."""
    j = Symbol("j", integer=True, positive=True)
    total = Sum(W[j] * X[j], (j, 1, COUNT)) + Symbol("b")
    facts = variance_of_sum(
        "test", result=Symbol("h"), signal="x", signal_words="inputs", index="j", count=COUNT,
        bias=True, because="test",
    ).facts  # fmt: skip
    start = Mean(total**2)
    seen = {start}
    found = start
    for _ in range(2):
        found, _ = rewrite(found, RULES["square of a sum"], facts)
        seen.add(found)
    assert len(seen) == 3
    assert {value(line) for line in seen} == {value(start)}


def test_identical_laws_never_make_different_members_one() -> None:
    """Var(Σ w_j) isn't Var(Σ w): the members of a sum stay apart, and so do w_1 and w_2."""
    facts = Facts((Known("w", "weights", mean=S.Zero, iid=True), Known("x", "inputs")))
    j = Symbol("j", integer=True, positive=True)
    for node in (Var(Sum(W[j], (j, 1, COUNT))), Mean(W[1] * X[2]), Mean(X[1] * X[2])):
        assert rewrite(node, RULES["identical laws"], facts)[0] == node
    assert rewrite(Mean(W[1] * X[1]), RULES["identical laws"], facts)[0] == Mean(
        Symbol("w") * Symbol("x")
    )


def test_tactics_come_to_rest_and_stay_exact() -> None:
    facts = Facts((Known("w", "weights", mean=S.Zero, iid=True), Known("x", "inputs")))
    facts = Facts(facts.known, frozenset({frozenset("wx")}))
    j = Symbol("j", integer=True, positive=True)
    start = Var(Sum(W[j] * X[j], (j, 1, COUNT)))
    names = ("variance of a sum", "covariance", "independence", "zero mean", "empty sum")
    found = run(start, names, facts)
    assert set(found.used) == set(names)
    assert "weights have mean zero" in found.assumes
    assert value(found.expression) == value(start)
    assert run(found.expression, names, facts).used == ()


def test_stated_moments_replace_names() -> None:
    s, m = Symbol("s"), Symbol("m")
    facts = Facts((Known("x", "inputs", mean=m, variance=s),))
    x = Symbol("x")
    assert rewrite(Mean(x) + Var(x), RULES["stated mean"], facts)[0] == m + Var(x)
    assert rewrite(Mean(x) + Var(x), RULES["stated variance"], facts)[0] == Mean(x) + s
    unknown = Facts((Known("x", "inputs"),))
    assert rewrite(Mean(x) + Var(x), RULES["stated mean"], unknown)[0] == Mean(x) + Var(x)


def test_bound_symbols_are_not_random() -> None:
    """The h that an expectation runs over is not the random letter h of a definition."""
    from varprop import notation
    from varprop.moments import GaussianExpectation

    facts = Facts((Known("h", "signals"),))
    held = GaussianExpectation(notation.h**2, notation.h, notation.q)
    assert not facts.is_random(held)
    assert facts.is_random(held * Symbol("h"))


def test_every_line_of_the_variance_of_a_sum_is_exact(argument: Argument) -> None:
    checked = lines(argument)
    assert len(checked) >= 10
    for rule, before, after in checked:
        assert value(before) == value(after), rule


def test_the_sum_ends_in_count_times_variance_times_second_moment(argument: Argument) -> None:
    w, x = Symbol("w"), Symbol("x")
    expected = COUNT * Var(w) * Mean(x**2)
    if argument.steps[0].equation.args[1].has(Symbol("b")):
        expected += Var(Symbol("b"))
    assert argument.last.rhs == expected


def _wrong_product(
    node: Expr, facts: Facts, distinct: object
) -> tuple[Expr, tuple[str, ...]] | None:
    found = RULES["variance of a product"].apply(node, facts, distinct)  # type: ignore[arg-type]
    if found is None:
        return None
    a, b = node.args[0].args
    return Var(a) * Var(b), ()


def test_a_planted_wrong_rule_is_caught(argument: Argument) -> None:
    """The textbook slip Var(ab) = Var(a)·Var(b) is false here, because E[x] is not 0."""
    wrong = Rule("variance of a product", "slip", _wrong_product)
    before = next(b for rule, b, _ in lines(argument) if rule == "variance of a product")
    after, _ = rewrite(before, wrong, argument.facts)
    assert after != before
    assert value(before) != value(after)


def test_cross_terms_need_centred_weights() -> None:
    """With a mean in the weights the off-diagonal terms stay, and the argument stops there."""
    facts = Facts(
        (Known("w", "weights", mean=None, iid=True), Known("x", "inputs")),
        frozenset({frozenset("wx")}),
    )
    h, j = Symbol("h"), Symbol("j", integer=True, positive=True)
    total = Sum(W[j] * X[j], (j, 1, COUNT))
    stuck = Argument("t", facts).given(Eq(Var(h), Var(total), evaluate=False), "given")
    stuck = stuck.apply("variance of a sum").apply("covariance").apply("independence")
    assert "zero mean" not in stuck.options()
    with pytest.raises(BadInput, match="does not apply"):
        stuck.apply("zero mean")


def test_signals_are_not_taken_to_be_independent() -> None:
    facts = Facts((Known("x", "inputs"),))
    assert not facts.are_independent(X[1], X[2], frozenset())
    node = Mean(X[1] * X[2])
    assert rewrite(node, RULES["independence"], facts)[0] == node


def test_options_are_the_rules_that_change_the_line(argument: Argument) -> None:
    start = Argument(argument.title, argument.facts, argument.steps[:2])
    assert "variance of a sum" in start.options()
    for name in start.options():
        assert start.apply(name).last != start.last


def test_unknown_rule_names_the_nearest() -> None:
    empty = Argument("t", Facts(()))
    with pytest.raises(BadInput, match="Did you mean zero mean"):
        empty.apply("zero means")


def test_textbook_recurrence_appears_with_its_assumption() -> None:
    from sympy import Max, tanh

    from varprop import notation

    n = notation.positive("fan_in")
    for phi, name, used in ((tanh(notation.h), "tanh", True), (Max(0, notation.h), "relu", False)):
        found = forward_argument(Activated(name, phi), n)
        step = next(s for s in found.steps if s.rule == "textbook recurrence")
        assert str(step.equation) == "Eq(Var(x_next), fan_in*Var(w)*Var(x_l))"
        assert "E[x_l] = 0" in step.because
        assert ("E[x²] replaces Var(x)" in step.because) is not used


def test_backward_argument_states_what_it_assumes() -> None:
    from sympy import Max

    from varprop import notation

    found = backward_argument(Activated("relu", Max(0, notation.h)), notation.positive("m"))
    assumed = {a for s in found.steps for a in s.assumes}
    assert "weights independent of the gradients" in assumed
    assert any(s.kind is Kind.RULE and s.source == HE for s in found.steps)
