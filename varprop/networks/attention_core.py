"""What softmax averaging does to the moments of values, and to a gradient on its way to each input."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from varprop.networks.arithmetic import Value
from varprop.networks.gradient_places import near_of, placed
from varprop.networks.shape import Shape
from varprop.networks.signal import ATTENDED, Gradient, Signal, times
from varprop.networks.softmax import Averaging
from varprop.networks.softmax_pairs import geometric, in_common, through_logits
from varprop.networks.spatial import Space, relative, space_of

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


@dataclass(frozen=True)
class Moved:
    """Queries, keys or values: E[x²], E[x x̃] of two inputs and E[x_s x_t] of two tokens.

    ``apart_cross`` is E[x_s x̃_s] − E[x_s x̃_t]: what the same token of two inputs shares beyond
    what any two tokens of them do, ``far`` = E[x_s x̃_t].
    """

    second: Value
    cross: Value | None
    between: Value
    apart_cross: Value | None
    far: Value | None = None

    @property
    def own(self) -> Value:
        """E[x²] without the part that all tokens share."""
        return self.second - self.between


@dataclass(frozen=True)
class Core:
    """Attention between queries, keys and values with heads of ``head`` features.

    ``group`` queries share a key. Logits of one query vary by E[q²](E[k²] − E[k_s k_t]) between keys.

    Logits are linear in the tokens x_s that they weigh, so that Σ A_s x_s leans along the query: of d
    independent features, d − 1 average to E[Σ A²] and one to E[(Σ A_s g_s)²] of standardised logits g.
    ``overlap`` is 1/d, or the mean square overlap of two tokens; ``length`` is half the relative
    variance of |x|², 1/d for Gaussian features and 0 behind a norm. The gradient at a query leans along
    the values' gradient in the same way. Both are right to first order in 1/d.
    """

    queries: Moved
    keys: Moved
    values: Moved
    shares: Averaging
    head: Value
    group: Value
    overlap: Value = 0
    length: Value = 0

    def shared(self, covariance: Value) -> Value:
        """Return E[Σ A A'] of two queries with that covariance of their logits between keys.

        Exact for independent and for equal logits, geometric in the correlation in between, which is
        right for many tokens.
        """
        return geometric(self.shares.apart, self.shares.sharpness, self._alike(covariance))

    def _alike(self, covariance: Value) -> Value:
        whole = self.queries.second * self.keys.own
        return 0 * whole if whole == 0 else covariance / whole

    def mixed(self, shape: Shape) -> Signal:
        """Return Σ_s A_s v_s: what tokens share stays, the rest shrinks by E[Σ A²] and leans."""
        q, v, s = self.queries, self.values, self.shares.sharpness
        second = v.between + v.own * s + self._lean(q.second)
        between = v.between + v.own * self.shared(q.between * self.keys.own) + self._lean(q.between)
        cross = self._two_inputs()
        return Signal(
            shape, second, 0 * s, cross, between, None, s * self.group, ATTENDED, v.second,
            self._places(cross),
        )  # fmt: skip

    def _lean(self, common: Value | None) -> Value:
        """Return what the lean along queries adds to E[y y'] for queries with E[q q'] = ``common``."""
        if self.overlap == 0 or self.queries.second == 0 or common is None:
            return 0
        tilt = self.overlap * self.shares.tilt + self.length * self.shares.longer
        return self.values.own * tilt * (common / self.queries.second)

    def _two_inputs(self) -> Value | None:
        """Return E[y_s ỹ_s] of two inputs, None where it isn't followed."""
        v = self.values
        if v.cross is None or v.apart_cross is None:
            return None
        if v.apart_cross == 0:
            return v.cross + self._lean(self.queries.cross)
        kept = in_common(self.shares, self._alike(self._crossed()))
        return v.cross - v.apart_cross * (1 - kept) + self._lean(self.queries.cross)

    def far(self) -> Value | None:
        """Return E[y_s ỹ_t] of two tokens of two inputs, None where it isn't followed."""
        q, v = self.queries, self.values
        if q.far is None or v.far is None or v.apart_cross is None:
            return None
        found = v.far + self._lean(q.far)
        if v.apart_cross == 0:
            return found
        logits = times(q.far, self.keys.apart_cross)
        assert logits is not None
        return found + v.apart_cross * self.shared(logits)

    def _places(self, cross: Value | None) -> Space | None:
        """Return how positions differ under a causal mask: the first see few tokens."""
        if self.shares.each is None:
            return None
        sharp, _, _, tilt, longer, _ = self.shares.each
        lean = self.overlap * tilt + self.length * longer
        second = self.values.between + self.values.own * (sharp + lean)
        return space_of(relative((second - (cross or 0.0)).clip(min=0.0)))

    def _crossed(self) -> Value:
        """Return the covariance of the logits of two inputs at one pair of tokens, between keys."""
        found = times(self.queries.cross, self.keys.apart_cross)
        assert found is not None
        return found

    def at_logits(self, arriving: Gradient, tokens: Value) -> Gradient:
        """Return E[δ²] of one logit: A(δ·v − Σ A δ·v)."""
        return Gradient(arriving.second * self.head * self.values.own * self.shares.passed / tokens)

    def gradients(self, arriving: Gradient, tokens: Value) -> tuple[Gradient, Gradient, Gradient]:
        """Return the gradient at queries, keys and values for one that arrives behind the softmax.

        Σ_s A_s = 1 for every query, so that values' gradients together are those that arrive; the
        logits' are 0 together. ``near`` is what the gradients of two tokens have in common.
        """
        q, k, v = self.queries, self.keys, self.values
        sharp, passed, keyed, longer, turned = self._met(arriving)
        leaning = self._leaning(passed, longer, turned)
        near = near_of(arriving)
        rho = 0 if near is None else near
        rest = (tokens - 1) * rho
        both = self._free(self._alike(q.between * k.own)) if rho != 0 else 0
        alike = 0 if rho == 0 or q.second == 0 else q.between / q.second
        to_v = sharp + (0 if rho == 0 else rest * self.shared(q.between * k.own))
        to_k = keyed + rest * alike * both
        found = (v.own * k.own * (passed + leaning), self.group * v.own * q.second * to_k, self.group * to_v)
        one, two, three = (
            Gradient(arriving.second * own, times(arriving.cross, pair))
            for own, pair in zip(found, self._pairs(), strict=True)
        )
        over, under = self._profiles(arriving)
        likeness = rho * (both + self.overlap * turned) / (passed + leaning) if passed and rho else None
        one = placed(replace(one, profile=over), likeness)
        two, three = replace(two, profile=under), replace(three, profile=under)
        if not isinstance(to_v, float) or tokens == 1:
            return one, two, three
        added = (1 + rest - to_v) / ((tokens - 1) * to_v)
        return one, placed(two, -1 / (tokens - 1)), placed(three, float(added))

    def _leaning(self, passed: Any, longer: Any, turned: Any) -> Any:
        """Return what a query's gradient Σ a_s x_s has along δ and along the query itself.

        Of tokens of one length, pairs alone count: along δ E[(Σ a_s γ_s)² − Σ a_s²γ_s²] is
        turned − passed up to products of four shares.
        """
        if self.overlap == 0 == self.length:
            return 0
        fixed = self.overlap * (turned - passed - 0.75 * longer)
        return fixed + self.length * (2 * passed + longer)

    def _met(self, arriving: Gradient) -> tuple[Value, ...]:
        """Return five sums over a query's shares, weighted by where the gradient arrives."""
        shares = self.shares
        if shares.each is None or arriving.profile is None:
            return shares.sharpness, shares.passed, shares.keyed, shares.longer, shares.turned
        sharp, passed, keyed, _, longer, turned = (
            float((x * arriving.profile).mean()) for x in shares.each
        )
        return sharp, passed, keyed, longer, turned

    def _profiles(self, arriving: Gradient) -> tuple[Array | None, Array | None]:
        """Return the profiles of queries' gradients, and of keys' and values' under a mask."""
        each, profile = self.shares.each, arriving.profile
        if each is None:
            return profile, None
        import numpy as np

        count = np.arange(1, len(each[0]) + 1)
        arrives = np.ones(len(count)) if profile is None else profile
        later = np.cumsum((arrives * each[0] / count)[::-1])[::-1]
        met = each[1] + self._leaning(each[1], each[4], each[5])
        return relative(arrives * met), relative(later)

    def _free(self, alike: Value) -> Value:
        """Return the sum behind the logits of two queries, independent ones to equal ones."""
        s, apart = self.shares.sharpness, self.shares.apart
        free = 0 * s if apart == 1 else apart * (1 - s) ** 2 / (1 - apart)
        return geometric(free, self.shares.passed, alike)

    def _pairs(self) -> tuple[Value | None, Value | None, Value | None]:
        """Return the factors of E[δδ̃] for two inputs."""
        q, k, v = self.queries, self.keys, self.values
        if q.cross is None or k.apart_cross is None or v.apart_cross is None:
            return None, None, None
        alike = self._alike(self._crossed())
        both = in_common(self.shares, alike)
        lean = v.own * k.own * self.overlap * self.shares.turned
        if v.apart_cross == 0:
            return 0 * both + lean, 0 * both, self.group * both
        logits = v.apart_cross * through_logits(self.shares, alike)
        return logits * k.apart_cross + lean, self.group * logits * q.cross, self.group * both
