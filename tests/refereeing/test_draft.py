"""The referee: what a person may do, what is refused and why, and where derivations end."""

from __future__ import annotations

import pytest
from sympy import Rational, Symbol, pi, simplify, sqrt, tanh

import varprop as vp
from varprop.catalogue.activations import ACTIVATIONS
from varprop.refereeing.draft import Draft
from varprop.refereeing.refusal import NotAllowed
from varprop.verdict import Verdict

q, n, v = vp.symbols("q n v")
FORWARD = "h = Σ_j w_j x_j"
BACKWARD = "delta_l = φ'(h)·Σ_i w_i δ_i"


def he() -> Draft:
    return vp.begin(FORWARD, w=vp.law(var=v), x=vp.relu)


def to_product() -> Draft:
    return he().apply("variance of both sides").apply("iid sum")


def test_the_notebook_of_a_student() -> None:
    d = he()
    assert d.options().names[0] == "variance of both sides"
    d = to_product()
    assert "second moment of x" in d.options()
    assert "zero mean of x" not in d.options()
    with pytest.raises(NotAllowed) as refused:
        d.apply("zero mean of x")
    said = str(refused.value)
    assert said.startswith(
        "'zero mean of x' needs E[x] = 0, but x = relu(h) has E[x] = √(q/(2·π))."
    )
    assert "'second moment of x'" in said
    assert "assume('E[x] = 0') and carry the assumption" in said
    assert d.finish().value == 2 / n
    assert str(d.finish().steps[3].equation) == "Eq(Var(h), n*Mean(x**2)*Var(w))"
    assert d.finish().latex().count("aligned") == 2
    assert r"\text{condition: forward}" in d.finish().latex()


def test_a_refusal_changes_nothing_and_is_bad_input() -> None:
    d = to_product()
    before = d.steps
    with pytest.raises(vp.errors.BadInput):
        d.apply("zero mean of x")
    assert d.steps == before


def test_the_mean_in_a_refusal_is_computed() -> None:
    family = to_product().family("x")
    assert simplify(family.true_mean - sqrt(q / (2 * pi))) == 0
    for name in ("tanh", "erf", "softsign"):
        d = vp.begin(FORWARD, w=vp.law(var=v), x=name)
        d = d.apply("variance of both sides").apply("iid sum").apply("zero mean of x")
        assert str(d.line) == "Eq(Var(h), n*Var(w)*Var(x))"


def test_an_assumption_is_carried_and_caught() -> None:
    """The textbook's 1/n follows from E[x] = 0, which is false for ReLU; the result says so."""
    found = to_product().assume("E[x] = 0").finish()
    assert found.value == 1 / n
    carried = [a for a in found.assumptions if a.startswith("E[x] = 0 (stated, not derived")]
    assert carried
    assert "although x = relu(h) has E[x] = √(q/(2·π))" in carried[0]
    checks = found.verify().checks
    assert checks is not None
    outcomes = {step.rule: check for step, check in zip(found, checks, strict=True)}
    assert outcomes["assume"].verdict is Verdict.DISAGREES
    assert outcomes["zero mean of x"].verdict is Verdict.AGREES


@pytest.mark.parametrize(
    "name", ["relu", "leaky_relu(0.2)", "abs", "linear", "elu", "gelu", "sign", "tanh"]
)
def test_forward_ends_where_solve_ends(name: str) -> None:
    found = vp.begin(FORWARD, w=vp.law(var=v), x=name).finish()
    second = vp.recurrence(name, sigma_w2=1, sigma_b2=0).rhs.subs(q, 1).evalf()
    moments = {s.equation.lhs: s.equation.rhs for s in found if s.kind.value == "expectation"}
    value = found.value.xreplace(moments).subs({q: 1, n: 7}).evalf()
    assert value == pytest.approx(1 / (7 * second), rel=1e-12)
    assert float(value) == pytest.approx(vp.solve(name, fan_in=7).value, rel=1e-12)


@pytest.mark.parametrize("name", ["relu", "tanh", "leaky_relu(0.2)", "gelu"])
def test_backward_ends_with_the_slopes_second_moment(name: str) -> None:
    found = vp.begin(BACKWARD, w=vp.law(var=v), phi=name).finish(condition="backward")
    slope = vp.recurrence(name, direction="backward", sigma_w2=1).rhs.coeff(vp.symbols("g_1"))
    moments = {s.equation.lhs: s.equation.rhs for s in found if s.kind.value == "expectation"}
    assert found.value.xreplace(moments).subs({q: 1, n: 3}).evalf() == pytest.approx(
        (1 / (3 * slope.subs(q, 1))).evalf(), rel=1e-12
    )
    assert "D independent of gradients" in found.assumptions


def test_bias_and_general_means() -> None:
    b = vp.symbols("sigma_b2")
    found = vp.begin("a = Σ w_i x_i + b", w=vp.law(var=v), b=vp.law(var=b), x="relu").finish()
    assert simplify(found.value - 2 * (q - b) / (n * q)) == 0
    s, m, r = vp.symbols("s m r")
    found = vp.begin("y = w*x", w=vp.law(var=v, mean=r), x=vp.law(var=s, mean=m)).finish()
    assert simplify(found.value - (v * s + v * m**2 + s * r**2)) == 0
    found = vp.begin("h = Σ w_i x_i", w=vp.law(var=v, mean=r), x=vp.law(var=s, mean=m)).finish(None)
    assert simplify(found.value - n * (v * s + v * m**2 + s * r**2)) == 0


def test_what_people_pass_for_a_letter() -> None:
    s = vp.symbols("s")
    for signal, second in (
        (vp.Normal("x", var=2, mean=1), 3),
        (vp.Uniform("x", 0, 3), 3),
        (vp.law(std=2), 4),
        (vp.leaky_relu, None),
        (vp.activation("x*tanh(exp(x))"), None),
        (tanh(Symbol("x")), None),
    ):
        d = vp.begin(FORWARD, w=vp.law("normal", std="s"), x=signal).finish(None)
        assert d.value.has(s)
        if second is not None:
            assert d.value == n * s**2 * second
    assert he().finish().value == 2 / n
    d = vp.begin(FORWARD, w=vp.law("normal", std="s"), x="relu").finish()
    assert d.line.lhs == s
    assert simplify(d.value - sqrt(2 / n)) == 0
    assert {c.verdict for c in d.verify().checks or () if c} == {Verdict.AGREES}


def test_a_textbook_exercise_with_nothing_stated() -> None:
    """Var(wx) of independent factors, of which nothing else is known."""
    d = vp.begin("y = w x").apply("variance of both sides").apply("variance of a product")
    assert str(d.value) == "-Mean(w)**2*Mean(x)**2 + Mean(w**2)*Mean(x**2)"
    dependent = vp.begin("y = w x", dependent=("w x",)).apply("variance of both sides")
    with pytest.raises(NotAllowed):
        dependent.apply("variance of a product")


def test_the_sum_needs_uncorrelated_terms() -> None:
    """Weights with a mean leave the cross terms of dependent inputs; the refusal names both means."""
    d = vp.begin(FORWARD, w=vp.law(var=v, mean="m"), x=vp.relu).apply("variance of both sides")
    with pytest.raises(NotAllowed, match=r"E\[w\] = m; E\[x\] = √\(q/\(2·π\)\)"):
        d.apply("iid sum")
    assert "iid sum" in d.assume("x iid").options()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("variance of a prodct", "Did you mean variance of a product"),
        ("solve for v", "needs a condition"),
        ("condition: forward", "needs a variance or a second moment"),
        ("expectation of x²", "finds no E\\[x²\\]"),
        ("empty sum", "finds nothing to rewrite"),
        (None, "no step None"),
    ],
)
def test_refusals_name_the_reason(name: str, words: str) -> None:
    with pytest.raises(NotAllowed, match=words):
        he().apply(name)


def test_moves_start_from_the_definition() -> None:
    with pytest.raises(NotAllowed, match="starts from the definition, but this line is Var"):
        to_product().apply("mean of both sides")


def test_conditions_speak_of_their_own_direction() -> None:
    with pytest.raises(NotAllowed, match="is a forward definition"):
        he().finish("backward")
    with pytest.raises(NotAllowed, match="no condition 'sideways'"):
        he().finish("sideways")
    assert he().finish(None).value == n * q * v / 2


def test_by_hand_and_automatically_agree() -> None:
    d = to_product()
    for name in ("second moment of x", "expectation of x²", "variance of w"):
        d = d.apply(name)
    d = d.apply("condition: forward").apply("solve for v")
    assert d.value == he().finish().value == 2 / n
    assert d.finish().steps == d.steps


def test_every_option_applies_and_shows_its_line() -> None:
    for d in (he(), he().apply("variance of both sides"), to_product()):
        assert len(d.options()) > 0
        for option in d.options():
            assert d.apply(option.name).line == option.line


@pytest.mark.parametrize("statement", ["E[x] > 0", "x nice", "E[z] = 0", 7])
def test_assumptions_that_cannot_be_read(statement: str) -> None:
    with pytest.raises(NotAllowed):
        he().assume(statement)


def test_laws_say_how_large() -> None:
    assert vp.law("uniform", a=1).variance == Rational(1, 3)
    assert vp.law("uniform", bound="a").variance == vp.symbols("a") ** 2 / 3
    assert vp.law(std=3).variance == 9
    for bad in (
        vp.law,
        lambda: vp.law("uniform"),
        lambda: vp.law(var=1, std=1),
        lambda: vp.law(a=1),
        lambda: vp.law("uniform", b=1),
        lambda: vp.law("constant", c=1),
        lambda: vp.law("truncated_normal", std=1),
        lambda: vp.law(var=-1),
    ):
        with pytest.raises(vp.errors.BadInput):
            bad()


@pytest.mark.parametrize(
    ("text", "letters", "words"),
    [
        ("h = Σ_j w_j x_j", {"u": 1}, "has no 'u'"),
        ("d = φ'(h)·Σ_i w_i δ_i", {}, "which activation φ is"),
        ("h = Σ_j w_j x_j", {"x": "relo"}, "Did you mean"),
        ("y = w Σ_j w_j x_j", {}, "with an index and without one"),
        ("d = relu'(h)·D", {"D": 1}, "the letter D stands for"),
    ],
)
def test_letters_that_cannot_be_used(text: str, letters: dict[str, object], words: str) -> None:
    with pytest.raises(vp.errors.BadInput, match=words):
        vp.begin(text, **letters)


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_any_activation_can_be_the_signal(name: str) -> None:
    d = vp.begin(FORWARD, w=vp.law(var=v), x=name).apply("variance of both sides").apply("iid sum")
    assert str(d.apply("second moment of x").value) == "n*Mean(x**2)*Var(w)"
