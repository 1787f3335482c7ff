"""Every formula is listed and judged; a planted factor is found; sweeps are reproducible."""

import re
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace

import pytest

from varprop.answer import verify_activations, verify_combined, verify_schemes
from varprop.answer.verify import Verification, run, verify, z_score
from varprop.answer.verify_names import KINDS, chosen, spellings
from varprop.answer.verify_plan import Planned, everything
from varprop.catalogue.activations import ACTIVATIONS
from varprop.catalogue.combined import COMBINED
from varprop.catalogue.combined_moments import combined_moments
from varprop.catalogue.laws import LAWS
from varprop.catalogue.schemes import SCHEMES
from varprop.errors import BadInput, SafetyNet, UnknownName
from varprop.moments.quantities import MOMENT_NAMES
from varprop.montecarlo.replicates import Effort
from varprop.montecarlo.statistics import sidak
from varprop.propagation import law_scale, law_variance
from varprop.solving.conditions import CONDITIONS, Condition
from varprop.verdict import Verdict

PLAN = tuple(everything())
NAMES = [name for one in PLAN for name in one.names]
LEVEL = sidak(0.99, len(NAMES))


def experiments(kind, entry):
    return [one for one in PLAN if (one.kind, one.entry) == (kind, entry)]


def judged(plan, **effort):
    checks = [check for one in plan for check in run(one, Effort(level=LEVEL, **effort))]
    return {check.name: check for check in checks}


def verdicts(checks):
    return {check.verdict for check in checks.values()}


def test_names_are_unique_and_streams_follow_from_them():
    assert len(set(NAMES)) == len(NAMES)
    assert len({one.stream for one in PLAN}) == len(PLAN)
    assert chosen(["relu"])[0].stream == experiments("activation", "relu")[0].stream


@pytest.mark.parametrize(
    ("kind", "registry"),
    [
        ("activation", ACTIVATIONS),
        ("activation", COMBINED),
        ("law", LAWS),
        ("scheme", SCHEMES),
        ("condition", CONDITIONS),
    ],
    ids=lambda x: x if isinstance(x, str) else x.kind,
)
def test_nothing_is_left_out(kind, registry):
    assert set(registry) <= {one.entry for one in PLAN if one.kind == kind}


def test_every_moment_of_every_spelling_is_there():
    for entry in ACTIVATIONS.values():
        for spelling in entry.typical():
            for moment in MOMENT_NAMES:
                assert f"activation {spelling}: {verify_activations.WORDS[moment]}" in NAMES


def test_every_scheme_meets_every_law():
    for scheme in SCHEMES.values():
        if not scheme.deterministic:
            for law in LAWS.values():
                met = f"scheme {verify_schemes.example(scheme)}, {law.name} weights: forward"
                assert (met in NAMES) is (law.random and not law.tensor)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_closed_forms_agree_and_a_tenth_too_much_does_not(name, monkeypatch):
    plan = [one for one in experiments("activation", name) if f"{name}: E[phi^2]" in one.names[0]]
    right = judged(plan)
    assert verdicts(right) == {Verdict.AGREES}
    value = verify_activations.moment_value
    monkeypatch.setattr(verify_activations, "moment_value", lambda *args: 1.1 * value(*args))
    wrong = judged(plan)
    assert verdicts(wrong) == {Verdict.DISAGREES}


@pytest.mark.parametrize("name", ["relu", "step", "tanh", "gelu", "siren", "exp", "hard_swish"])
def test_every_moment_is_judged(name, monkeypatch):
    plan = [one for one in experiments("activation", name) if f" {name}:" in one.names[0]]
    right = judged(plan)
    assert verdicts(right) == {Verdict.AGREES}
    value = verify_activations.moment_value
    monkeypatch.setattr(verify_activations, "moment_value", lambda *args: 1.1 * value(*args))
    for check in judged(plan).values():
        zero = abs(right[check.name].predicted) < 1e-9
        assert check.verdict is (Verdict.AGREES if zero else Verdict.DISAGREES), check


def test_a_zero_is_judged_in_units_of_the_root_mean_square(monkeypatch):
    plan = [one for one in experiments("activation", "tanh") if "E[phi]" in one.names[0]]
    (check,) = judged(plan).values()
    assert check.predicted == 0
    assert check.tolerance == pytest.approx(0.02 * 0.4862**0.5, rel=0.15)
    monkeypatch.setattr(verify_activations, "moment_value", lambda *_: 0.03)
    assert verdicts(judged(plan)) == {Verdict.DISAGREES}


def test_a_closed_form_that_contradicts_quadrature_disagrees(monkeypatch):
    plan = experiments("activation", "relu")[:1]

    def contradiction(*_):
        raise SafetyNet("E[φ]: the closed form gives 2, the stable evaluation 1.")

    monkeypatch.setattr(verify_activations, "moment_value", contradiction)
    (check,) = judged(plan).values()
    assert check.verdict is Verdict.DISAGREES
    assert "closed form gives 2" in check.note


def test_closed_and_stable_values_are_compared(monkeypatch):
    from varprop.moments import Moments

    moments = Moments(verify_activations.activation("relu").phi)
    number = Moments.number
    monkeypatch.setattr(
        Moments,
        "number",
        lambda self, *args: replace(n := number(self, *args), value=1.1 * n.value),
    )
    with pytest.raises(SafetyNet, match="stable evaluation"):
        verify_activations.moment_value(moments, "second_moment", 1.7)


class Wrong:
    """Moments that are a tenth too large."""

    def __init__(self, right):
        self.right = right

    def closed(self, name):
        value = self.right.closed(name)
        return None if value is None else value * 11 / 10

    def number(self, name, q):
        number = self.right.number(name, q)
        return replace(number, value=1.1 * number.value)


@pytest.mark.parametrize("name", COMBINED)
def test_combined_activations(name, monkeypatch):
    plan = [one for one in experiments("activation", name) if "^4" not in one.names[0]]
    right = judged(plan)
    assert verdicts(right) == {Verdict.AGREES}
    monkeypatch.setattr(
        verify_combined, "combined_moments", lambda entry: Wrong(combined_moments(entry))
    )
    for check in judged(plan).values():
        zero = abs(right[check.name].predicted) < 1e-9
        assert check.verdict is (Verdict.AGREES if zero else Verdict.DISAGREES), check


def planted(monkeypatch, registry, entry):
    monkeypatch.setitem(registry._entries, entry.name, entry)
    law_variance.law_derivation.cache_clear()
    law_scale.unit_variance.cache_clear()


@pytest.fixture
def fresh_laws():
    yield
    law_variance.law_derivation.cache_clear()
    law_scale.unit_variance.cache_clear()


def plan_of(kind, entry):
    return [one for one in everything() if (one.kind, one.entry) == (kind, entry)]


@pytest.mark.usefixtures("fresh_laws")
@pytest.mark.parametrize("name", LAWS)
def test_a_wrong_formula_of_a_law_is_found(name, monkeypatch):
    law = LAWS[name]
    samples = 2**21
    assert verdicts(judged(plan_of("law", name), samples=samples)) <= {
        Verdict.AGREES,
        Verdict.TOO_WEAK,
    }
    faults = {"variance": "1.1*({})" if law.random else "{} + 0.2"}
    faults |= {"kurtosis": "1.1*({})"} if law.kurtosis else {}
    faults |= {"density": "1.1*({})"} if law.density and not law.cut else {}
    for field, form in faults.items():
        with monkeypatch.context() as patch:
            planted(patch, LAWS, replace(law, **{field: form.format(getattr(law, field))}))
            found = judged(plan_of("law", name), samples=samples)
            assert Verdict.DISAGREES in verdicts(found), (field, found)


@pytest.mark.parametrize("name", [name for name, law in LAWS.items() if law.random])
def test_a_wrong_sampler_of_a_law_is_found(name, monkeypatch):
    law = LAWS[name]
    draw = law.draw
    planted(monkeypatch, LAWS, replace(law, draw=lambda *args: draw(*args) * 1.1**0.5))
    plan = [one for one in plan_of("law", name) if "E[w^2] of the sampler" in one.names[0]]
    assert verdicts(judged(plan)) == {Verdict.DISAGREES}


@pytest.mark.parametrize("name", SCHEMES)
def test_a_wrong_formula_of_a_scheme_is_found(name, monkeypatch):
    scheme = SCHEMES[name]
    own = [one for one in plan_of("scheme", name) if "weights:" not in one.names[0]]
    assert verdicts(judged(own)) == {Verdict.AGREES}
    faults = ["weight_variance"] + (["bias_variance"] if scheme.bias_variance != "0" else [])
    for field in faults:
        with monkeypatch.context() as patch:
            wrong = replace(scheme, **{field: f"1.1*({getattr(scheme, field)})"})
            planted(patch, SCHEMES, wrong)
            own = [one for one in plan_of("scheme", name) if "weights:" not in one.names[0]]
            assert Verdict.DISAGREES in verdicts(judged(own)), field


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_wrong_condition_is_found(name, monkeypatch):
    plan = experiments("condition", name)
    assert verdicts(judged(plan)) == {Verdict.AGREES}
    solve = Condition.solve
    monkeypatch.setattr(Condition, "solve", lambda self, terms: 1.1 * solve(self, terms))
    assert verdicts(judged(plan)) == {Verdict.DISAGREES}


@pytest.mark.parametrize("rule", ["length_map", "gradient_factor"])
def test_a_wrong_rule_of_the_dense_layer_is_found(rule, monkeypatch):
    from varprop.answer import experiment, verify_signals

    for module in (experiment, verify_signals):
        right = getattr(module, rule)
        monkeypatch.setattr(module, rule, lambda *args, right=right: 1.1 * right(*args))
    plan = [one for one in experiments("layer", "dense") if "tanh" in one.names[0]]
    found = judged(plan)
    way = "forward" if rule == "length_map" else "gradient"
    assert {c.verdict for n, c in found.items() if n.endswith(way)} == {Verdict.DISAGREES}
    signals = "covariance" if rule == "length_map" else "Jacobian"
    assert {c.verdict for n, c in found.items() if signals in n} == {Verdict.DISAGREES}


@pytest.mark.parametrize("rule", ["length_map", "gradient_factor"])
def test_a_wrong_rule_is_found_in_whole_networks(rule, monkeypatch):
    from varprop.answer import experiment

    plan = [one for one in experiments("layer", "network") if "tanh" in one.names[0]]
    right = judged(plan, samples=2**13, tolerance=0.1)
    assert verdicts(right) == {Verdict.AGREES}
    assert all("1/n term" in check.note for check in right.values())
    rule_itself = getattr(experiment, rule)
    monkeypatch.setattr(experiment, rule, lambda *args: 1.15 * rule_itself(*args))
    found = judged(plan, samples=2**13, tolerance=0.1)
    way = "forward" if rule == "length_map" else "gradient"
    assert {c.verdict for n, c in found.items() if way in n} == {Verdict.DISAGREES}


def test_the_dense_layer_agrees():
    plan = [one for one in experiments("layer", "dense") if "tanh" in one.names[0]]
    assert verdicts(judged(plan)) == {Verdict.AGREES}


def test_a_million_units_without_their_weights():
    plan = [one for one in experiments("layer", "dense") if "relu, 4 in a row" in one.names[0]]
    found = judged(plan, marginal=True, samples=2, tolerance=0.5)
    assert {check.width for check in found.values()} == {10**6}
    assert all(abs(check.observed - 1) < 0.02 for check in found.values())


def test_one_seed_gives_the_same_numbers_on_any_number_of_threads():
    names = ("relu", "rademacher", "layer dense, relu, no bias: forward")
    alone = verify(*names, threads=1)

    def numbers(found):
        return [(c.name, c.observed, c.standard_error, c.verdict) for c in found.checks]

    for threads in (2, 8):
        assert numbers(verify(*names, threads=threads)) == numbers(alone)
    assert numbers(verify(*names, seed=1)) != numbers(alone)
    with ThreadPoolExecutor(3) as pool:
        assert numbers(verify(*names, executor=pool)) == numbers(alone)


def test_any_executor_will_do():
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        away = verify("linear", executor=pool)
    assert [c.observed for c in away.checks] == [c.observed for c in verify("linear").checks]


def test_names_find_what_is_meant():
    def kinds(name):
        return {(one.kind, one.entry) for one in chosen([name])}

    assert kinds("swish") == {("activation", "silu")}
    assert kinds("glorot") == {("scheme", "glorot"), ("condition", "harmonic")}
    assert kinds("normal") == {("scheme", "normal"), ("law", "normal")}
    assert kinds("leaky_relu(0.35)") == {("activation", "leaky_relu")}
    assert kinds("glorot(gain=2)") == {("scheme", "glorot")}
    assert kinds("maxout(3)") == {("activation", "maxout")}
    assert len(chosen(["x*tanh(x)"])) == len(MOMENT_NAMES)
    assert len(chosen(["activation relu: E[phi^2]"])) == 1
    assert len(chosen(["relu", "relu"])) == len(chosen(["relu"]))
    for kind in KINDS:
        assert {one.kind for one in chosen([kind])} == {KINDS[kind]}
    assert "dense" in spellings()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("relo", "Did you mean relu"),
        ("E[relu(h)^2] = q/2", 'this is a claim: varprop check "E[relu(h)^2] = q/2"'),
        ("E[gelu(h)^2]", 'varprop derive "E[gelu'),
        ("Var(relu(h)) <= q", "this is a claim"),
    ],
)
def test_what_is_no_name_is_answered(name, words):
    with pytest.raises(BadInput, match=re.escape(words)):
        verify(name)
    if "relo" in name:
        with pytest.raises(UnknownName):
            verify(name)


def test_a_parameter_that_is_a_symbol_is_too_weak():
    found = verify("prelu(alpha)")
    assert found.summary["too_weak"] == found.planned
    assert "give a number for alpha" in found.checks[0].note


def test_too_few_samples_are_too_weak():
    found = verify("relu", samples=40)
    assert found.summary["disagrees"] == 0
    assert found.summary["too_weak"] > 0
    assert not found.agrees


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"samples": 1}, "2 or more"),
        ({"tolerance": 0.0}, "between 0 and 1"),
        ({"seconds": -1.0}, "positive"),
        ({"threads": 0}, "1 or more"),
        ({"seed": -1}, "negative"),
    ],
)
def test_bad_options_are_refused(options, words):
    with pytest.raises(BadInput, match=words):
        verify("relu", **options)


def slow(effort, stream):
    time.sleep(0.5)
    return judged_once(effort, stream)


def judged_once(effort, stream):
    return experiments("activation", "relu")[0].run(effort, stream)


def test_seconds_end_a_sweep_and_keep_what_is_known(monkeypatch):
    plan = tuple(Planned("activation", "relu", (f"slow {k}",), slow) for k in range(6))
    monkeypatch.setattr("varprop.answer.verify.chosen", lambda _: plan)
    found = verify("anything", seconds=0.8, threads=1)
    assert 1 <= len(found.checks) < 6
    assert found.unfinished == 6 - len(found.checks)
    assert found.stopped == "the seconds are spent"
    assert not found.agrees


def test_an_interrupt_keeps_what_is_known():
    seen = []

    def interrupt(check, done, total):
        seen.append((check.name, done, total))
        if done == 2:
            raise KeyboardInterrupt

    found = verify("relu", threads=1, progress=interrupt)
    assert found.stopped == "interrupted"
    assert 2 <= len(found.checks) <= found.planned
    assert seen[0][2] == found.planned


def test_a_summary():
    found = verify("relu")
    assert isinstance(found, Verification)
    assert found.summary == {"agrees": 7, "disagrees": 0, "too_weak": 0}
    assert found.agrees
    assert abs(z_score(found.worst)) == max(abs(z_score(check)) for check in found.checks)
