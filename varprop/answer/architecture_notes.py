"""What is to be said of the solved weights of a network beside their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from varprop.networks.signal import ATTENDED, DATA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from varprop.answer.architecture_tensors import TensorScale
    from varprop.answer.architecture_unknown import Unknown
    from varprop.answer.inputs import InputMoments


def notes(
    layers: tuple[TensorScale, ...], data: InputMoments | None, unknown: Unknown | None
) -> list[str]:
    """Return a sentence for each."""
    found = [unknown.where] if unknown is not None and unknown.where else []
    found += _averaging(layers)
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
