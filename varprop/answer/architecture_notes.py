"""What is to be said of the solved weights of a network beside their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from varprop.networks.signal import ATTENDED, DATA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sympy import Expr

    from varprop.answer.architecture_tensors import CriticalBias, TensorScale
    from varprop.answer.architecture_unknown import Unknown
    from varprop.answer.inputs import InputMoments


def notes(
    layers: tuple[TensorScale, ...], data: InputMoments | None, unknown: Unknown | None
) -> list[str]:
    """Return a sentence for each."""
    found = [unknown.where] if unknown is not None and unknown.where else []
    found += [*_kept(layers), *_averaging(layers)]
    numbered = {name for layer in layers for name in layer.path if " = 2…" in name}
    found += [
        f"{name} numbers the copies of a block that adds features" for name in sorted(numbered)
    ]
    norms = sorted({layer.cancelled for layer in layers if layer.cancelled})
    if norms:
        count = sum(layer.copies for layer in layers if layer.cancelled)
        stand = "1 tensor stands" if count == 1 else f"{count} tensors stand"
        found.append(
            f"{stand} right before {' or '.join(norms)}, which divides the scale out: it changes no signal, "
            "but the gradient of such a tensor grows as 1/std(w), so the effective learning rate goes with "
            "1/Var(w)"
        )
    if any(layer.fed_by == DATA for layer in layers):
        known = (
            "mean 0, E[x²] = 1"
            if data is None
            else (f"mean {float(data.mean):.6g}, E[x²] {float(data.second_moment):.6g}")
        )
        found.append(f"tensors fed by data are sized forward: {known}")
    return found


def _averaging(layers: tuple[TensorScale, ...]) -> Iterator[str]:
    """Yield what the scale of an attention's projection makes up for."""
    gains = [layer.gain.value for layer in layers if layer.fed_by == ATTENDED]
    known = [gain for gain in gains if gain is not None]
    if gains:
        least = f", by up to {max(known):.3g} in std" if known else ""
        yield (
            "attention at initialisation averages over tokens, which shrinks the signal; the scale of "
            f"its projection makes up for that{least}. Where every branch begins with a norm, 1/fan_in "
            "is usual instead, and the branch starts small"
        )


def _kept(layers: tuple[TensorScale, ...]) -> Iterator[str]:
    """Yield, for each signal that critical tensors are fed by, the bias variance that keeps q."""
    groups: dict[str, list[TensorScale]] = {}
    for layer in layers:
        if layer.critical_bias is not None and layer.critical_bias.variance.value is not None:
            groups.setdefault(layer.fed_by, []).append(layer)
    for fed_by, group in groups.items():
        needed = {_told(layer.critical_bias): layer for layer in group if layer.critical_bias}
        told = list(needed)
        if len(told) > 2:
            told = [told[0], f"… (--json has all {len(told)})", told[-1]]
        bare = [layer.name for layer in needed.values() if layer.bias is None and _acts(layer)]
        lacking = f"; {bare[0]} has no bias" if bare else ""
        yield f"fed by {fed_by}, {'; '.join(told)}{lacking}"


def _acts(layer: TensorScale) -> bool:
    bias = layer.critical_bias
    return bias is not None and bool(bias.possible and bias.variance.value)


def _told(bias: CriticalBias | None) -> str:
    assert bias is not None
    q, value = _kept_words(bias.q), bias.variance.value
    if bias.possible:
        return f"{q} is kept with bias variance σ_b² = {value:.6g}"
    return f"no bias variance keeps {q}: it would have to be {value:.6g}"


def _kept_words(q: Expr | None) -> str:
    if q is None:
        return "each copy's own q"
    return f"q = {float(q):.6g}" if q.is_number else f"q = {q}"
