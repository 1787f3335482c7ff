"""RMSNorm over features that share a part: tokens where it is large are divided by more.

With x_f = m + n_f, m ~ N(0, a) the same for all features of a token, the mean square is r² = m² + v,
v = E[x²] − a. What leaves has E[m²/r²] in common, two inputs E[m m̃/(r r̃)] + (E[x x̃] − a_two)·E[1/(r r̃)],
and E[δ²] is multiplied by E[1/r²], which is above 1/E[x²].
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from varprop.networks.signal import Part, Signal
from varprop.networks.token_pairs import with_pairs

NODES = 32


@dataclass(frozen=True)
class Length:
    """E[1/r²], E[1/(r r̃)] of two inputs and of two tokens, E[m²/r²] and E[m m̃/(r r̃)]."""

    inverse: float
    both: float
    apart: float
    shared: float
    shared_two: float


def length_of(second: float, shared: float, shared_two: float) -> Length:
    """Return the averages over m, and over m̃ with E[m m̃] = ``shared_two``."""
    import numpy as np

    at, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    rest = max(second - shared, 0.0)
    rho = float(np.clip(shared_two / shared, -1.0, 1.0))
    m = shared**0.5 * at
    other = shared**0.5 * (rho * at[:, None] + (1 - rho * rho) ** 0.5 * at)
    root, root_two = (m * m + rest) ** 0.5, (other * other + rest) ** 0.5
    alone = weights / root
    return Length(
        float(weights @ (1 / root**2)),
        float(alone @ (1 / root_two) @ weights),
        float(alone.sum()) ** 2,
        float(weights @ (m * m / root**2)),
        float((alone * m) @ (other / root_two) @ weights),
    )


def unequal(out: Signal, signal: Signal, length: Length, shared_two: float) -> Signal:
    """Return the norm's output with what two inputs, two tokens and two features then have in common."""
    cross = between = None
    if signal.cross is not None:
        cross = length.shared_two + (float(signal.cross) - shared_two) * length.both
    if signal.between is not None:
        between = float(signal.between) * length.apart
    parts = out.parts
    if parts is not None:
        parts = (replace(parts[0], covariance=cross, between=between),) if _plain(parts) else None
    pairs = out.pairs
    far = None if pairs.far is None else pairs.far * float(signal.second) * length.apart
    pairs = replace(pairs, far=far, features=length.shared, features_far=length.shared_two)
    return with_pairs(replace(out, cross=cross, between=between, parts=parts), pairs)


def _plain(parts: tuple[Part, ...]) -> bool:
    return len(parts) == 1 and parts[0].is_gaussian and parts[0].mean == 0
