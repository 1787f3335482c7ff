"""``.verify()`` on results: each kind of answer brings its own experiment."""

import json
from dataclasses import replace

import pytest

import varprop as vp
from varprop.answer.verification import Verification
from varprop.errors import BadInput
from varprop.verdict import Verdict


def test_a_solution_comes_back_with_its_checks():
    solution = vp.solve("relu", fan_in=64)
    assert solution.checks is None
    found = solution.verify(samples=4096, seed=3)
    assert found.weight_variance == solution.weight_variance
    assert {check.verdict for check in found.checks} == {Verdict.AGREES}
    assert {check.seed for check in found.checks} == {3}


def test_a_solution_with_a_symbol_is_refused():
    with pytest.raises(BadInput, match="alpha"):
        vp.solve("prelu(alpha)", fan_in=64).verify()


def test_moments_are_sampled():
    moments = vp.solve("relu", fan_in=64).moments
    for q in (1, "0.3"):
        found = moments["second_moment"].verify(q=q)
        assert isinstance(found, Verification)
        assert found.agrees
        assert found.checks[0].predicted == pytest.approx(float(q) / 2)
    assert moments["derivative_second_moment"].verify(samples=2**20).agrees


def test_a_gain_report_is_verified_moment_by_moment():
    found = vp.gain("relu").verify(threads=1)
    assert found.summary == {"agrees": 7, "disagrees": 0, "too_weak": 0}


@pytest.mark.parametrize("init", ["solved", "he", "glorot_uniform", "torch_default"])
def test_a_propagation_is_sampled(init):
    followed = vp.propagate("tanh", widths=(96, 128, 128, 64), init=init)
    found = followed.verify(samples=1024, tolerance=0.05)
    assert found.agrees, found.checks
    assert len(found.checks) == 2


def test_weights_that_are_not_random_are_followed_exactly():
    found = vp.propagate("linear", width=16, depth=3, init="identity(1.5)").verify(samples=512)
    assert found.agrees, found.checks


def test_a_wrong_propagation_is_found():
    followed = vp.propagate("tanh", widths=(96, 128, 128, 64), init="he")
    wrong = tuple(replace(m, weight_variance=1.2 * m.weight_variance) for m in followed.matrices)
    found = replace(followed, matrices=wrong).verify(samples=1024, tolerance=0.05)
    assert not found.agrees
    assert found.summary["disagrees"] >= 1


def test_a_phase_is_sampled():
    checks = vp.phase("tanh", sigma_w2="1.5", sigma_b2="0.1").verify().checks
    assert checks
    assert not [check for check in checks if check.verdict is Verdict.DISAGREES]


def test_an_edge_of_chaos_is_sampled_at_its_solutions():
    found = vp.phase("tanh", sigma_b2="0.1").verify(tolerance=0.05)
    assert [check.verdict for check in found.checks] == [Verdict.AGREES] * 2


def test_a_phase_with_symbols_says_what_it_needs():
    with pytest.raises(BadInput, match="a number for s: "):
        vp.phase("relu", sigma_w2="s", sigma_b2="0.1").verify()


@pytest.mark.parametrize(
    ("act", "options"),
    [
        ("relu", {"depth": 8}),
        ("tanh", {"depth": 4, "q": "0.3"}),
        ("hard_tanh", {"depth": 3, "sigma_w2": "1.1", "sigma_b2": "0.05"}),
        ("sigmoid", {}),
    ],
    ids=str,
)
def test_a_spectrum_is_sampled(act, options):
    found = vp.spectrum(act, **options).verify(tolerance=0.04)
    assert found.agrees, found.checks
    kept, flat = act != "sigmoid", act in ("relu", "hard_tanh")
    assert len(found.checks) == 2 + kept + flat


def test_wrong_spectra_are_found():
    right = vp.spectrum("tanh", 2)
    slopes = right.slopes
    wrong = replace(right, slopes=replace(slopes, second=1.3 * slopes.second))
    assert disagreeing(wrong) == ["variance of s² over squared mean, 2 layers, limit of"]
    wrong = replace(right, slopes=replace(slopes, first=1.1 * slopes.first))
    assert "mean of s², one layer: χ⊥ = σ_w²μ₁" in disagreeing(wrong)
    assert "q* kept by a layer" in disagreeing(replace(right, sigma_b2=right.sigma_b2 + 0.2))


def disagreeing(noun):
    checks = noun.verify().checks
    return [c.name.split(" infinite")[0] for c in checks if c.verdict is Verdict.DISAGREES]


def test_advice_is_sampled_in_all_its_forms():
    found = vp.advise("gelu", depth=12, width=128)
    plain, residual = (o for o in found.options if o.law == "normal")
    checks = replace(found, options=(plain, residual)).verify(tolerance=0.05)
    assert checks.agrees, checks.checks
    assert len(checks.checks) == 7
    wrong = replace(
        residual,
        judgements=tuple(replace(j, value=1.2 * j.value) for j in residual.judgements),
    )
    checks = replace(found, options=(wrong,)).verify()
    assert checks.summary == {"agrees": 1, "disagrees": 2, "too_weak": 0}


def test_a_network_is_sampled():
    found = vp.network("Input(128) >> Dense(192) >> relu >> Dense(64)").solve()
    tested = found.verify(samples=512)
    assert {check.verdict for check in tested.checks} == {Verdict.AGREES}


def test_what_has_no_experiment_says_so():
    with pytest.raises(BadInput, match="no experiment is known for a Verification"):
        vp.verify("rademacher").verify()


def test_documents_of_a_verification():
    found = vp.verify("rademacher")
    rows = found.markdown()
    assert rows.count("| agrees |") == len(found.checks)
    array = found.latex()
    assert array.startswith(r"\begin{array}{lrrrrrl}")
    assert array.count(r"\\") == len(found.checks)
    assert json.loads(found.json())["summary"]["agrees"] == len(found.checks)
