"""``phase --verify``: right points agree, planted errors are caught, exit codes tell."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sympy import Rational

from varprop.answer.phase import phase
from varprop.answer.phase_diagram import diagram
from varprop.answer.phase_experiment import effort_for, verified_edge, verified_grid, verified_phase
from varprop.verdict import Verdict

FAST = effort_for(tolerance=0.05)


def verdicts(checks) -> dict[str, Verdict]:
    return {check.name.split(" =")[0]: check.verdict for check in checks}


def test_a_chaotic_point_agrees() -> None:
    found = verified_phase(phase("tanh", "2.2", "0.1"), FAST)
    assert [check.verdict for check in found.checks] == [Verdict.AGREES] * 4


def test_a_signal_that_grows_without_bound_is_followed_from_its_start() -> None:
    found = verified_phase(phase("silu", "2.952", "0.04"), effort_for(tolerance=0.06))
    assert [check.verdict for check in found.checks] == [Verdict.AGREES]
    assert found.checks[0].predicted > 1.5


def test_a_wrong_fixed_point_is_caught() -> None:
    right = phase("tanh", "2.2", "0.1")
    point = replace(right.point, q=right.q_star * 1.2, chi_perp=right.chi_perp * 1.15)
    wrong = replace(right, destination=replace(right.destination, point=point))
    found = verdicts(verified_phase(wrong, FAST).checks)
    assert found["q* kept by a layer"] is Verdict.DISAGREES
    assert found["gradient factor χ⊥"] is Verdict.DISAGREES


def test_a_wrong_correlation_is_caught() -> None:
    right = phase("tanh", "2.2", "0.1")
    wrong = replace(right, correlation=replace(right.correlation, c_star=0.3))
    assert verdicts(verified_phase(wrong, FAST).checks)["c*"] is Verdict.DISAGREES


def test_the_edge_and_a_diagram() -> None:
    edge = phase("gelu", sigma_b2="0.1")
    assert {c.verdict for c in verified_edge(edge, FAST).checks} == {Verdict.AGREES}
    found = phase("tanh")
    shown = diagram(found, "12x12")
    checks = verified_grid(found, shown, FAST)
    assert len(checks) == 8
    assert {c.verdict for c in checks} == {Verdict.AGREES}
    moved = replace(
        shown, arrays={**shown.arrays, "sigma_w2": shown.arrays["sigma_w2"] * Rational(3, 2)}
    )
    assert Verdict.DISAGREES in {c.verdict for c in verified_grid(found, moved, FAST)}


@pytest.mark.parametrize("extra", [(), ("--grid", "8x8")])
def test_on_the_command_line(varprop, extra: tuple[str, ...]) -> None:
    point = () if extra else ("--sigma-w2", "2")
    run = varprop("phase", "relu" if not extra else "tanh", *point, *extra, "--verify", "--json")
    assert run.code == 0, run.err
    assert {check["verdict"] for check in run.json()["checks"]} == {"agrees"}
    assert run.json()["checks"][0]["seed"] == 0
