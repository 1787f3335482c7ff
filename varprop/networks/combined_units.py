"""Units made of several Gaussians of the layer before: what CReLU, maxout and gates share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sympy import Expr

from varprop.errors import BadInput
from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.chains import Chain
from varprop.networks.gradient_places import Near, by_covariance
from varprop.networks.lags import NO_LAGS, Lag, Lags, by_lag, over
from varprop.networks.layer import Misfit
from varprop.networks.phases import Phases
from varprop.networks.shape import Shape
from varprop.networks.signal import Part, Signal
from varprop.networks.spatial import Space, relative, space_of
from varprop.networks.spatial_moments import along, over_correlations, profile_of
from varprop.networks.units import Found

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

Pair = Callable[[Value], Value]
"""From the covariance of two pre-activations to E[x x̃], or to the factor of E[δδ̃]."""


def feature_axis(shape: Shape) -> int:
    """Return the array axis of the features, examples first."""
    return -1 if shape.tokens is not None or not shape.space else 1


def gaussian_only(signal: Signal, what: str) -> Part:
    """Return the one Gaussian part that arrives; raises BadInput for any other law."""
    if not signal.is_gaussian or signal.parts is None or len(signal.parts) != 1:
        raise BadInput(
            f"{what} needs a Gaussian pre-activation, but {signal.words} arrives: put a Dense or Conv "
            "layer before it."
        )
    return signal.parts[0]


def divided(shape: Shape, pieces: Expr, what: str) -> Shape:
    """Return a shape with that share of the features; raises BadInput where they can't be split."""
    if shape.features.is_Integer and int(shape.features) % int(pieces):
        k, n = int(pieces), int(shape.features)
        near = " or ".join(str(m) for m in (n // k * k, (n // k + 1) * k) if m)
        raise Misfit(
            f"{what}: {n} features can't be split into groups of {k}. Make the layer before it {near} wide."
        )
    return shape.with_features(shape.features / pieces)


def varies(part: Part, arithmetic: Arithmetic) -> bool:
    """Whether positions differ and are followed."""
    return not arithmetic.symbolic and part.space is not None and part.space.varies


def over_places(
    part: Part, rule: Callable[[Part], Found], arithmetic: Arithmetic
) -> tuple[Found, Space | None]:
    """Return a rule's moments averaged over the positions, and how they differ between them."""
    found = rule(part)
    profile = None
    if varies(part, arithmetic):
        second = along(part, lambda p: rule(p).second)
        mean = float(along(part, lambda p: rule(p).mean).mean())
        cross = None if found.cross is None else second * over_correlations(part, _share(rule))
        profile = profile_of(second, cross)
        kept = None if cross is None else float(cross.mean())
        found = Found(float(second.mean()), mean, kept, found.between)
    own, shared = (None, None) if profile is None else (profile.own, profile.shared)
    return found, space_of(own, shared, _neighbours(part, rule), _phases(part, rule))


def _share(rule: Callable[[Part], Found]) -> Callable[[Part], float]:
    def ratio(part: Part) -> float:
        found = rule(part)
        return 0.0 if not found.second or found.cross is None else float(found.cross / found.second)

    return ratio


def _neighbours(part: Part, rule: Callable[[Part], Found]) -> Lags:
    if part.space is None or part.space.excess.empty or part.covariance is None:
        return NO_LAGS
    flat: Any = rule(part)
    excess, apart, whole = part.space.excess, part.space.phases, part.covariance

    def at(lag: Lag | None) -> Value:
        share = 1 if apart is None else apart.average() if lag is None else apart.at(lag)
        common = whole * share
        both = common + (part.variance - whole) * excess.at(lag)
        far: Any = flat.cross if apart is None else rule(replace(part, covariance=common)).cross
        near: Any = rule(replace(part, covariance=both)).cross
        return over(near - far, flat.second - flat.cross)

    return by_lag([excess], at)


def _phases(part: Part, rule: Callable[[Part], Found]) -> Phases | None:
    if part.space is None or part.space.phases is None or part.covariance is None:
        return None
    flat: Any = rule(part).cross
    common: Any = part.covariance

    def share(u: Value) -> Value:
        return 1 if u == 1 else rule(replace(part, covariance=common * u)).cross / flat

    return part.space.phases.mapped(share) if flat else None


def chain_through(
    part: Part, second: Callable[[Part], Value], pair: Pair, arithmetic: Arithmetic
) -> Chain:
    """Return the factors of E[δ²] and E[δδ̃] of units made of this part's."""
    own = second(part)
    both = None if part.covariance is None else pair(part.covariance)
    at: Array | None = None
    if varies(part, arithmetic):
        at = along(part, second)
        at = None if relative(at) is None else at
    return Chain(own, both, at)


def alike_through(near: Near | None, part: Part, own: Value, pair: Pair) -> Near | None:
    """Return the likeness of gradients of different positions before units made of this part's."""
    if near is None or not own:
        return None
    found = near * by_covariance(near, (part,), lambda each: float(pair(each[0])) / float(own))
    return float(found) if isinstance(near, float) else found
