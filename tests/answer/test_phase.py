"""The Python surface of ``phase``."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from varprop.answer.phase import Edge, Phase, phase
from varprop.errors import BadInput
from varprop.notation import c, q


def test_relu_symbolically() -> None:
    found = phase("relu", "3/2", "1/10")
    assert found.formulas["q_star"] == sympy.Rational(2, 5)
    assert found.formulas["length_map"] == sympy.Rational(3, 4) * q + sympy.Rational(1, 10)
    assert found.formulas["chi_perp"] == sympy.Rational(3, 4)
    assert found.c_map.subs({q: found.formulas["q_star"], c: 1}).simplify() == 1


def test_erf_symbolically() -> None:
    found = phase("erf", 2, 0)
    assert found.formulas["chi_perp"].equals(8 / (sympy.pi * sympy.sqrt(1 + 4 * q)))
    slope = float(found.formulas["chi_parallel"].subs(q, found.q_star))
    assert slope == pytest.approx(found.chi_parallel, rel=1e-9)


def test_without_numbers_the_edge() -> None:
    found = phase("tanh")
    assert isinstance(found, Edge)
    arrays = found.curve(np.array([0.5, 1.0]))
    assert arrays["sigma_w2"][1] == pytest.approx(1 / 0.46440314, rel=1e-6)
    with pytest.raises(BadInput, match="positive and finite"):
        found.curve([0.0])


def test_a_sympy_expression_and_the_length_map() -> None:
    x = sympy.Symbol("x")
    found = phase(sympy.tanh(x), 1.69, 0.09)
    assert isinstance(found, Phase)
    assert found.length_map(np.array([found.q_star]))[0] == pytest.approx(found.q_star, rel=1e-12)


def test_wrong_constants_in_circulation() -> None:
    """facts d4: tanh 1.722 at σ_b² = 0.04 is 1.2 % off; swish 2.952 has no fixed point."""
    off = phase("tanh", "1.722", "0.04")
    assert off.phase == "chaotic"
    assert off.chi_perp == pytest.approx(1.0044, abs=5e-5)
    assert phase("silu", "2.952", "0.04").q_star is None
    ten_times = phase("silu", "1.988004678", "0.055514317")
    assert ten_times.q_star == pytest.approx(0.1201, abs=5e-5)
    assert ten_times.chi_perp == pytest.approx(0.550, abs=5e-4)


def test_schoenholz_tanh_at_a_bias_of_a_twentieth() -> None:
    """Schoenholz et al. 2017, figure 2: the transition of tanh at σ_b² = 0.05 lies near σ_w² = 1.76."""
    (point,) = phase("tanh", sigma_b2="0.05").solutions
    assert point.sigma_w2 == pytest.approx(1.76, abs=5e-3)
    assert phase("tanh", "1.70", "0.05").phase == "ordered"
    assert phase("tanh", "1.80", "0.05").phase == "chaotic"


def test_phase_at_the_edge_is_critical() -> None:
    (point,) = phase("gelu", sigma_b2="0.09").solutions
    found = phase("gelu", point.sigma_w2, "0.09", start=point.q_star)
    assert found.phase == "critical"
    assert found.q_star == pytest.approx(point.q_star)


def test_the_map_of_correlations_is_the_kernel_over_q() -> None:
    """erf: E[φφ] = (2/π) asin(2cq/(1 + 2q)), at −1, 0, 1 and next to 1."""
    found = phase("erf", 3, "0.2")
    at = found.q_star
    given = np.array([[-1.0, 0.0, 0.4], [0.99, 1 - 1e-9, 1.0]])
    kernel = 2 / np.pi * np.arcsin(2 * given * at / (1 + 2 * at))
    assert found.correlation_map(given) == pytest.approx((3 * kernel + 0.2) / at, rel=1e-11)
    with pytest.raises(BadInput, match="from -1 to 1"):
        found.correlation_map([1.2])
    with pytest.raises(BadInput, match="no fixed point"):
        phase("relu", "1.5", 0).correlation_map(0.5)


def test_the_edge_knows_how_fast_inputs_become_alike() -> None:
    """erf at its edge: 1 − c → 2/(C''(1) l), C''(1) = σ_w² q E[φ''²] with E[φ''²] from the arcsine."""
    found = phase("erf", sigma_b2="0.05")
    (point,) = found.solutions
    law, at = found.correlation_decay(point), point.q_star
    a = 2 * at / (1 + 2 * at)
    second = point.sigma_w2 / at * 2 / np.pi * a**3 / (1 - a * a) ** 1.5
    assert law.exponent == 1
    assert float(law.coefficient) == pytest.approx(2 / second, rel=1e-9)
