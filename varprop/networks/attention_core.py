"""What softmax averaging does to the moments of values."""

from __future__ import annotations

from dataclasses import dataclass

from varprop.networks.arithmetic import Value
from varprop.networks.shape import Shape
from varprop.networks.signal import ATTENDED, Gradient, Signal, times
from varprop.networks.softmax import Averaging
from varprop.networks.softmax_pairs import each_in_common, geometric, in_common
from varprop.networks.spatial import Space, relative, space_of


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
    ``overlap`` is 1/d, or the mean square overlap of two tokens, ``overlap_two`` that of tokens of two
    inputs; ``length`` is half the relative
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
    overlap_two: Value = 0

    def shared(self, covariance: Value) -> Value:
        """Return E[Σ A A'] of two queries with that covariance of their logits between keys.

        Exact for independent and for equal logits, geometric in the correlation in between, which is
        right for many tokens.
        """
        return geometric(self.shares.apart, self.shares.sharpness, self.alike(covariance))

    def alike(self, covariance: Value) -> Value:
        """Return a covariance of logits over their variance."""
        whole = self.queries.second * self.keys.own
        return 0 * whole if whole == 0 else covariance / whole

    def mixed(self, shape: Shape) -> Signal:
        """Return Σ_s A_s v_s: what tokens share stays, the rest shrinks by E[Σ A²] and leans."""
        q, v, s = self.queries, self.values, self.shares.sharpness
        second = v.between + v.own * s + self._lean(q.second)
        between = v.between + v.own * self.shared(q.between * self.keys.own) + self._lean(q.between)
        return Signal(
            shape, second, 0 * s, self._two_inputs(), between, None, s * self.group, ATTENDED,
            v.second, self._places(),
        )  # fmt: skip

    def _lean(self, common: Value | None, *, two: bool = False) -> Value:
        """Return what the lean along queries adds to E[y y'] for queries with E[q q'] = ``common``."""
        if self.overlap == 0 or self.queries.second == 0 or common is None:
            return 0
        overlap = self.overlap_two if two else self.overlap
        tilt = overlap * self.shares.tilt + self.length * self.shares.longer
        return self.values.own * tilt * (common / self.queries.second)

    def _two_inputs(self) -> Value | None:
        """Return E[y_s ỹ_s] of two inputs, None where it isn't followed."""
        v = self.values
        if v.cross is None or v.apart_cross is None:
            return None
        if v.apart_cross == 0:
            return v.cross + self._lean(self.queries.cross, two=True)
        kept = in_common(self.shares, self.alike(self.crossed()))
        return v.cross - v.apart_cross * (1 - kept) + self._lean(self.queries.cross, two=True)

    def far(self) -> Value | None:
        """Return E[y_s ỹ_t] of two tokens of two inputs, None where it isn't followed."""
        q, v = self.queries, self.values
        if q.far is None or v.far is None or v.apart_cross is None:
            return None
        found = v.far + self._lean(q.far, two=True)
        if v.apart_cross == 0:
            return found
        logits = times(q.far, self.keys.apart_cross)
        assert logits is not None
        return found + v.apart_cross * self.shared(logits)

    def _places(self) -> Space | None:
        """Return how positions differ under a causal mask: the first see few tokens."""
        if self.shares.each is None:
            return None
        q, v = self.queries, self.values
        sharp, _, _, tilt, longer, _ = self.shares.each
        lean = v.own * (self.overlap * tilt + self.length * longer)
        second = v.between + v.own * sharp + lean
        if v.cross is None or v.apart_cross is None:
            return space_of(relative(second))
        same = 0 * sharp
        if v.apart_cross != 0:
            same = v.apart_cross * (1 - each_in_common(self.shares, self.alike(self.crossed())))
        cross = v.cross - same + lean * (0 if q.second == 0 else (q.cross or 0) / q.second)
        return space_of(relative((second - cross).clip(min=0.0)), relative(cross))

    def crossed(self) -> Value:
        """Return the covariance of the logits of two inputs at one pair of tokens, between keys."""
        found = times(self.queries.cross, self.keys.apart_cross)
        assert found is not None
        return found

    def at_logits(self, arriving: Gradient, tokens: Value) -> Gradient:
        """Return E[δ²] of one logit: A(δ·v − Σ A δ·v)."""
        return Gradient(arriving.second * self.head * self.values.own * self.shares.passed / tokens)
