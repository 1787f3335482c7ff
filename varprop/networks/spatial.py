"""How a signal differs between positions: its profile over them, and pairs of neighbours.

Everything is relative, so that a norm, a constant factor or a bias leaves it as it is. With V the
variance averaged over positions and C the covariance of two inputs at one position,

    Var g(p) = (V − C)·own(p) + C·shared(p),    Cov(g(p), g(p + d)) = C + (V − C)·excess(d):

far apart, two positions of one input are as alike as two inputs are, which is how the data are
taken; where one value stands at all positions, as that of a gate, the excess isn't 0 there either. A
convolution with fresh weights keeps excess(d), as only equal taps share a weight; a transposed one
leaves only a share of C to positions of different ``phases``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from varprop.networks.lags import NO_LAGS, Lags, by_lag
from varprop.networks.phases import Phases, combined_phases

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

Value = Any
FLAT = 1e-12
"""Below this relative spread a profile counts as constant."""

WHITE = "different positions of an input are as independent as two inputs are"


@dataclass(frozen=True, eq=False)
class Space:
    """``own`` and ``shared`` are profiles with mean 1 (None: flat); ``excess`` is that at every lag."""

    own: Array | None = None
    shared: Array | None = None
    excess: Lags = field(default_factory=Lags)
    phases: Phases | None = None

    def __eq__(self, other: object) -> bool:
        """Whether both say the same."""
        if not isinstance(other, Space):
            return NotImplemented
        return (
            _equal(self.own, other.own)
            and _equal(self.shared, other.shared)
            and dict(self.excess) == dict(other.excess)
            and self.excess.rest == other.excess.rest
            and self.phases == other.phases
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def varies(self) -> bool:
        """Whether positions differ."""
        return self.own is not None or self.shared is not None

    def profile(self, own: float, shared: float) -> Array:
        """Return own·own(p) + shared·shared(p)."""
        import numpy as np

        first = 1.0 if self.own is None else self.own
        second = 1.0 if self.shared is None else self.shared
        return np.asarray(own * first + shared * second)


def _equal(a: Array | None, b: Array | None) -> bool:
    import numpy as np

    return a is b or (a is not None and b is not None and np.array_equal(a, b))


def space_of(
    own: Array | None = None,
    shared: Array | None = None,
    excess: Lags = NO_LAGS,
    phases: Phases | None = None,
) -> Space | None:
    """Return the Space, None where nothing is left to say."""
    if own is None and shared is None and excess.empty and phases is None:
        return None
    return Space(own, shared, excess, phases)


def relative(values: Array) -> Array | None:
    """Return values over their mean, None where they are all the same or average to 0."""
    mean = float(values.mean())
    if not mean or values.max() - values.min() <= FLAT * abs(mean):
        return None
    out: Array = values / mean
    return out


def joined_profile(*terms: tuple[Value, Array | None]) -> Array | None:
    """Return the profile of a sum of terms, each given by its average and its own profile."""
    if all(profile is None for _, profile in terms):
        return None
    import numpy as np

    total = sum(float(size) * (1.0 if profile is None else profile) for size, profile in terms)
    return relative(np.asarray(total))


def moved(space: Space | None, common: Value, removed: Value) -> Space | None:
    """Return the Space where that much is taken off what any two positions share, C before."""
    if space is None or space.phases is None or removed == 0:
        return space
    return space_of(space.own, space.shared, space.excess, space.phases.less(common, removed))


def joined_space(
    first: Space | None, second: Space | None, own: tuple[Value, Value], shared: tuple[Value, Value]
) -> Space | None:
    """Return the Space of a sum of two independent terms.

    ``own`` holds V − C of both, ``shared`` C of both.
    """
    if first is None and second is None:
        return None
    a, b = first or Space(), second or Space()
    total = own[0] + own[1]
    excess = NO_LAGS
    if total != 0:
        excess = by_lag(
            [a.excess, b.excess],
            lambda lag: (own[0] * a.excess.at(lag) + own[1] * b.excess.at(lag)) / total,
        )
    return space_of(
        joined_profile((own[0], a.own), (own[1], b.own)),
        joined_profile((shared[0], a.shared), (shared[1], b.shared)),
        excess,
        _joined_phases(a, b, shared),
    )


def _joined_phases(a: Space, b: Space, shared: tuple[Value, Value]) -> Phases | None:
    """Return the phases of a sum of two terms, each with its C."""
    total = shared[0] + shared[1]
    if total == 0:
        return None
    return combined_phases(
        [a.phases, b.phases], lambda u: (shared[0] * u[0] + shared[1] * u[1]) / total
    )


@dataclass(frozen=True)
class Window:
    """The positions that one output looks at, as PyTorch counts them."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]

    def length(self, n: int, axis: int) -> int:
        """Return the number of windows that fit along one direction."""
        reach = self.dilation[axis] * (self.kernel[axis] - 1) + 1
        return (n + 2 * self.padding[axis] - reach) // self.stride[axis] + 1

    def seen(self, values: Array, out: tuple[int, ...]) -> Array:
        """Return the values that each window looks at along a new first axis; padding is 0."""
        import numpy as np

        padded = np.pad(values, [(p, p) for p in self.padding])
        return np.stack([padded[cut] for cut in self.cuts(out)])

    def pairs(self, values: Array, out: tuple[int, ...]) -> Array:
        """Return the sum over a window's ordered pairs of positions of the smaller value of the two.

        Near a border one position has fewer terms than the next: they share those of the poorer one.
        """
        import numpy as np

        falling = -np.sort(-self.seen(values, out), axis=0)
        ranks = np.arange(len(falling)).reshape(-1, *(1,) * len(out))
        total: Array = (2 * ranks * falling).sum(axis=0)
        return total

    def places(self, space: tuple[Any, ...]) -> tuple[int, ...]:
        """Return positions as whole numbers; 1 in each direction where a global pool left none."""
        return tuple(int(n) for n in space) or (1,) * len(self.kernel)

    def gather(self, values: Array, out: tuple[int, ...]) -> Array:
        """Return the sum over each window; padding counts as 0."""
        import numpy as np

        for axis, n in enumerate(out):
            wide = [(0, 0)] * values.ndim
            wide[axis] = (self.padding[axis], self.padding[axis])
            padded = np.pad(values, wide)
            values = sum(padded[cut] for cut in self._cuts(axis, n))
        return values

    def spread(self, values: Array, into: tuple[int, ...]) -> Array:
        """Return, at each position, the sum over the windows that look at it."""
        import numpy as np

        for axis, n in enumerate(into):
            cuts = list(self._cuts(axis, values.shape[axis]))
            p = self.padding[axis]
            dims = list(values.shape)
            dims[axis] = max(n + 2 * p, *(cut[axis].stop for cut in cuts), 0)
            total = np.zeros(dims)
            for cut in cuts:
                total[cut] += values
            values = total[(*[slice(None)] * axis, slice(p, p + n))]
        return values

    def cuts(self, out: tuple[int, ...]) -> Iterator[tuple[Any, ...]]:
        """Yield, for each position of the window, the padded positions that it meets."""
        sides = [[cut[axis] for cut in self._cuts(axis, n)] for axis, n in enumerate(out)]
        yield from product(*sides)

    def cropped(self, wide: Array, into: tuple[int, ...]) -> Array:
        """Return the last axes of a padded array without their padding."""
        inner: Any = tuple(slice(p, p + n) for p, n in zip(self.padding, into, strict=True))
        out: Array = wide[(..., *inner)]
        return out

    def _cuts(self, axis: int, count: int) -> Any:
        """Yield the padded positions that each tap meets along one direction."""
        k, s, d = self.kernel[axis], self.stride[axis], self.dilation[axis]
        for tap in range(k):
            start = tap * d
            yield (*[slice(None)] * axis, slice(start, start + s * (count - 1) + 1, s))


def over_all(space: tuple[int, ...]) -> Window:
    """Return one window over all positions."""
    return Window(space, space, (0,) * len(space), (1,) * len(space))
