"""The sentences of an answer, chosen from its numbers: what happens to signal and gradient in depth."""

from __future__ import annotations

from varprop.result import Stability

LAYERS = 20


def times(factor: float) -> str:
    """Return a factor as people say it: ×1.178, ÷6.5."""
    if factor == 0:
        return "×0"
    if 0.5 <= factor < 1000:
        return f"×{factor:.3f}" if factor < 10 else f"×{factor:.3g}"
    return f"÷{1 / factor:.3g}" if factor < 1 else f"×{factor:.3g}"


def depth_sentences(stability: Stability, q: float) -> tuple[str, ...]:
    """Say what the length and the gradient do per layer and over 20 layers."""
    gradient = _gradient(stability)
    if stability.drift is not None and stability.q != q:
        return (_drift(stability), gradient)
    if stability.chi_parallel == 1.0:
        if stability.chi_perp == 1.0:
            shape = (
                ""
                if abs(stability.gradient_factor - 1) <= 1e-9
                else f"; gradient {times(stability.gradient_factor)} at these fans"
            )
            return (
                "forward ×1.000, gradient ×1.000 per layer (χ∥ = χ⊥ = 1): holds at any depth,",
                f"but does not pull a wrong start back (marginal){shape}",
            )
        return ("forward ×1.000 per layer (χ∥ = 1): marginal, a wrong start stays wrong", gradient)
    after = 0.01 * abs(stability.chi_parallel) ** LAYERS
    if stability.stable:
        length = (
            f"q = {q:.6g} is stable (χ∥ = {stability.chi_parallel:.4f} per layer): a start 1 % off ends "
            f"{_percent(after)} off after {LAYERS} layers"
        )
    else:
        length = (
            f"q = {q:.6g} is UNSTABLE (χ∥ = {stability.chi_parallel:.4f} per layer): a start 1 % off "
            f"drifts {_percent(after)} in {LAYERS} layers"
        )
    return (length, gradient)


def _percent(share: float) -> str:
    if share >= 1:
        return "beyond any linear estimate"
    if share < 1e-6:
        return "0 %"
    return f"{100 * share:.2g} %"


def _gradient(stability: Stability) -> str:
    factor, perp = stability.gradient_factor, stability.chi_perp
    square = (
        f"gradient {times(perp)} per layer, {times(perp**LAYERS)} in {LAYERS} (χ⊥ = {perp:.4f})"
    )
    if abs(factor - perp) <= 1e-9 * perp:
        return square
    return f"{square}; {times(factor)} at these fans"


def _drift(stability: Stability) -> str:
    return f"{stability.drift} (χ∥ = {stability.chi_parallel:.4f} per layer there: {stability.verdict})"
