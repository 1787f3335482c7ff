"""The way back through a softmax: from a gradient behind it to those at queries, keys and values."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from varprop.networks.arithmetic import Value
from varprop.networks.attention_core import Core
from varprop.networks.gradient_places import near_of, placed
from varprop.networks.signal import Gradient, plus, times
from varprop.networks.softmax_pairs import geometric, in_common, through_logits
from varprop.networks.spatial import relative

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


@dataclass(frozen=True)
class Met:
    """Sums over a query's shares, weighted by where the gradient arrives.

    ``leaning`` is what a query's gradient Σ a_s x_s has along δ and along the query beyond independent
    features. Of tokens of one length pairs alone count: E[(Σ a_s γ_s)² − Σ a_s²γ_s²] along δ, with
    γ_s = δ·v_s, is turned − passed up to products of four shares.
    """

    sharp: Value
    passed: Value
    keyed: Value
    turned: Value
    leaning: Value


@dataclass(frozen=True)
class Returning:
    """The gradients before an attention over so many tokens."""

    core: Core
    tokens: Value

    def gradients(self, arriving: Gradient) -> tuple[Gradient, Gradient, Gradient]:
        """Return the gradient at queries, keys and values for one that arrives behind the softmax.

        Σ_s A_s = 1 for every query, so that values' gradients together are those that arrive; the
        logits' are 0 together. ``near`` is what the gradients of two tokens have in common.
        """
        core, met = self.core, self._met(arriving)
        q, k, v = core.queries, core.keys, core.values
        near = near_of(arriving)
        rest = 0 if near is None else (self.tokens - 1) * near
        both = 0 if near is None else self._free(core.alike(q.between * k.own))
        to_v = met.sharp + (0 if near is None else rest * core.shared(q.between * k.own))
        to_k = met.keyed + rest * self._keyed_pairs(met.passed, both)
        own = v.own * k.own * (met.passed + met.leaning), core.group * v.own * q.second * to_k
        one, two, three = (
            Gradient(arriving.second * each, times(arriving.cross, pair))
            for each, pair in zip(
                (*own, core.group * to_v), self._pairs(arriving, met), strict=True
            )
        )
        three = replace(three, cross=plus(three.cross, self._gathered(arriving)))
        over, under = self._profiles(arriving)
        one = placed(replace(one, profile=over), self._likeness(near, met, both))
        two, three = replace(two, profile=under), replace(three, profile=under)
        if not isinstance(to_v, float) or self.tokens == 1:
            return one, two, three
        added = (1 + rest - to_v) / ((self.tokens - 1) * to_v)
        return one, placed(two, -1 / (self.tokens - 1)), placed(three, float(added))

    def _likeness(self, near: Value | None, met: Met, both: Value) -> Value | None:
        """Return how alike the gradients of two queries are, None where they are independent."""
        if not (near and met.passed):
            return None
        return near * (both + self.core.overlap * met.turned) / (met.passed + met.leaning)

    def _keyed_pairs(self, passed: Value, both: Value) -> Value:
        """Return what keys get from two queries with equal gradients, by what the queries share.

        That varies by chance, and where it is more, the logits' shares are more alike, too.
        """
        core = self.core
        if not (both and passed):
            return 0
        found = 0 if core.queries.second == 0 else both * core.queries.between / core.queries.second
        if core.overlap == 0:
            return found
        slope = both * math.log(float(passed / self._free(0)))
        return found + (core.overlap + 1 / core.head) * slope

    def _gathered(self, arriving: Gradient) -> Value:
        """Return what values' E[δδ̃] gets from the gradients of other tokens of the other input.

        Those are as alike as one input's tokens, but not more than the same token of both.
        """
        near, k, q = near_of(arriving), self.core.keys, self.core.queries
        if near is None or not arriving.cross or k.apart_cross is None or q.far is None:
            return 0
        alike = min(near, arriving.cross / arriving.second)
        logits = max(0.0, min(q.far * k.apart_cross, q.second * k.own))
        both = self.core.shared(logits)
        return arriving.second * (self.tokens - 1) * alike * self.core.group * both

    def _leaning(self, sharp: Any, passed: Any, longer: Any, turned: Any) -> Any:
        core = self.core
        if core.overlap == 0 == core.length:
            return 0
        weighed = longer * passed / sharp
        fixed = core.overlap * (turned - passed - 0.75 * weighed)
        return fixed + core.length * (2 * passed + weighed)

    def _met(self, arriving: Gradient) -> Met:
        shares = self.core.shares
        found: tuple[Value, ...]
        if shares.each is None or arriving.profile is None:
            found = (shares.sharpness, shares.passed, shares.keyed, shares.longer, shares.turned)
        else:
            sharp, passed, keyed, _, *last = (
                float((x * arriving.profile).mean()) for x in shares.each
            )
            found = (sharp, passed, keyed, *last)
        sharp, passed, keyed, longer, turned = found
        return Met(sharp, passed, keyed, turned, self._leaning(sharp, passed, longer, turned))

    def _profiles(self, arriving: Gradient) -> tuple[Array | None, Array | None]:
        """Return the profiles of queries' gradients, and of keys' and values' under a mask."""
        each, profile = self.core.shares.each, arriving.profile
        if each is None:
            return profile, None
        import numpy as np

        count = np.arange(1, len(each[0]) + 1)
        arrives = np.ones(len(count)) if profile is None else profile
        later = np.cumsum((arrives * each[0] / count)[::-1])[::-1]
        met = each[1] + self._leaning(each[0], each[1], each[4], each[5])
        return relative(arrives * met), relative(later)

    def _free(self, alike: Value) -> Value:
        """Return the sum behind the logits of two queries, independent ones to equal ones."""
        s, apart = self.core.shares.sharpness, self.core.shares.apart
        free = 0 * s if apart == 1 else apart * (1 - s) ** 2 / (1 - apart)
        return geometric(free, self.core.shares.passed, alike)

    def _pairs(
        self, arriving: Gradient, met: Met
    ) -> tuple[Value | None, Value | None, Value | None]:
        """Return the factors of E[δδ̃] for two inputs, weighed by where the gradient arrives."""
        core = self.core
        q, k, v = core.queries, core.keys, core.values
        if q.cross is None or k.apart_cross is None or v.apart_cross is None:
            return None, None, None
        alike = core.alike(core.crossed())
        both = in_common(core.shares, alike, arriving.profile)
        lean = v.own * k.own * core.overlap_two * met.turned
        if v.apart_cross == 0:
            return 0 * both + lean, 0 * both, core.group * both
        logits = v.apart_cross * through_logits(core.shares, alike, arriving.profile)
        return logits * k.apart_cross + lean, core.group * logits * q.cross, core.group * both
