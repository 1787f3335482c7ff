"""What softmax averaging does to the moments of values, and to a gradient on its way to each input."""

from __future__ import annotations

from dataclasses import dataclass, replace

from varprop.networks.arithmetic import Value
from varprop.networks.shape import Shape
from varprop.networks.signal import Gradient, Signal, times
from varprop.networks.softmax import Averaging
from varprop.networks.spatial import Space, relative, space_of


@dataclass(frozen=True)
class Moved:
    """Queries, keys or values: E[x²], E[x x̃] of two inputs and E[x_s x_t] of two tokens.

    ``apart_cross`` is E[x_s x̃_s] − E[x_s x̃_t]: what the same token of two inputs shares beyond
    what any two tokens do.
    """

    second: Value
    cross: Value | None
    between: Value
    apart_cross: Value | None

    @property
    def own(self) -> Value:
        """E[x²] without the part that all tokens share."""
        return self.second - self.between


@dataclass(frozen=True)
class Core:
    """Attention between queries, keys and values with heads of ``head`` features.

    ``group`` queries share a key. Logits of one query vary by E[q²](E[k²] − E[k_s k_t]) between keys.
    """

    queries: Moved
    keys: Moved
    values: Moved
    shares: Averaging
    head: Value
    group: Value

    def shared(self, covariance: Value) -> Value:
        """Return E[Σ A A'] of two queries with that covariance of their logits between keys.

        Exact for independent and for equal logits, geometric in the correlation in between, which is
        right for many tokens.
        """
        return _geometric(self.shares.apart, self.shares.sharpness, self._alike(covariance))

    def _alike(self, covariance: Value) -> Value:
        whole = self.queries.second * self.keys.own
        return 0 * whole if whole == 0 else covariance / whole

    def mixed(self, shape: Shape) -> Signal:
        """Return Σ_s A_s v_s: what tokens share stays, the rest shrinks by E[Σ A²]."""
        v, s = self.values, self.shares.sharpness
        cross = v.cross
        if cross is not None and v.apart_cross is not None and v.apart_cross != 0:
            cross = cross - v.apart_cross * (1 - self.shared(self._crossed()))
        between = v.between + v.own * self.shared(self.queries.between * self.keys.own)
        return Signal(
            shape, v.between + v.own * s, 0 * s, cross if v.apart_cross is not None else None,
            between, None, s * self.group, "attention", v.second, self._places(cross),
        )  # fmt: skip

    def _places(self, cross: Value | None) -> Space | None:
        """Return how positions differ under a causal mask: the first see few tokens."""
        if self.shares.each is None:
            return None
        second = self.values.between + self.values.own * self.shares.each
        return space_of(relative((second - (cross or 0.0)).clip(min=0.0)))

    def _crossed(self) -> Value:
        """Return the covariance of the logits of two inputs at one pair of tokens, between keys."""
        found = times(self.queries.cross, self.keys.apart_cross)
        assert found is not None
        return found

    def at_logits(self, arriving: Gradient, tokens: Value) -> Gradient:
        """Return E[δ²] of one logit: A(δ·v − Σ A δ·v)."""
        return Gradient(arriving.second * self.head * self.values.own * self.shares.passed / tokens)

    def gradients(self, arriving: Gradient) -> tuple[Gradient, Gradient, Gradient]:
        """Return the gradient at queries, keys and values for one that arrives behind the softmax."""
        q, k, v = self.queries, self.keys, self.values
        to_q = v.own * k.own * self.shares.passed
        to_k = self.group * v.own * q.second * self.shares.keyed
        to_v = self.group * self.shares.sharpness
        pairs = self._pairs()
        found = zip((to_q, to_k, to_v), pairs, strict=True)
        one, two, three = (
            Gradient(arriving.second * own, times(arriving.cross, both)) for own, both in found
        )
        return replace(one, profile=arriving.profile), two, three

    def _pairs(self) -> tuple[Value | None, Value | None, Value | None]:
        """Return the factors of E[δδ̃] for two inputs."""
        q, k, v = self.queries, self.keys, self.values
        if q.cross is None or k.apart_cross is None or v.apart_cross is None:
            return None, None, None
        alike = self._alike(self._crossed())
        s, apart = self.shares.sharpness, self.shares.apart
        both = _geometric(apart, s, alike)
        if v.apart_cross == 0:
            return 0 * s, 0 * s, self.group * both
        free = 0 * s if apart == 1 else apart * (1 - s) ** 2 / (1 - apart)
        logits = v.apart_cross * _geometric(free, self.shares.passed, alike)
        return logits * k.apart_cross, self.group * logits * q.cross, self.group * both


def _geometric(least: Value, most: Value, share: Value) -> Value:
    if share == 0 or least == 0:
        return least
    return least * (most / least) ** share
