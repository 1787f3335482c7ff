"""What finite width does to an answer for infinite width, in numbers and in one sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from varprop.frozen import frozen
from varprop.propagation.depth import Level, Matrix

if TYPE_CHECKING:
    from varprop.moments import Moments
    from varprop.result import Solution

DEEP = 1_000_000


@frozen
class FiniteWidth:
    """How far one network strays from its mean: r = Var(q̂)/q² in the last layer, over networks.

    ``effective_depth`` is Σ 1/n_l over the hidden widths, ``typical`` the median of q̂ over its mean,
    1/√(1 + r), as for a log-normal quantity; ``misleading`` where r exceeds 1/4. ``exact``: products
    of activations homogeneous of degree 1, else r to leading order in 1/n.
    """

    effective_depth: float
    relative_variance: float
    typical: float
    misleading: bool
    exact: bool = False

    @property
    def words(self) -> str:
        """Say it in one sentence."""
        share = f"depth/width Σ 1/n = {self.effective_depth:.3g}"
        spread = f"q of single networks spreads by {_percent(math.sqrt(self.relative_variance))}"
        if not self.exact:
            spread = f"to leading order {spread}"
        typical = f"a typical one has ×{self.typical:.3g} of the q above"
        if not self.misleading:
            return f"{share}: {spread}, {typical}"
        return f"{share}: {spread}, {typical}; the answer for infinite width misleads"


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 10 else f"a factor {share:.2g}"


def finite_width(
    moments: Moments, matrices: Sequence[Matrix], rows: Sequence[Level]
) -> FiniteWidth | None:
    """Return the effect of the hidden widths of a network; None without a hidden layer.

    ``rows`` are those of ``propagation.depth.levels``, the input first. Gaussian weights, one input.
    """
    from varprop.solving.finite_width import (
        Hidden,
        effective_depth,
        is_misleading,
        relative_variances,
    )
    from varprop.solving.stability import linear_factor

    if len(matrices) < 2:
        return None
    hidden = [
        Hidden(
            matrix.fan_in, row.q or 0.0, row.second_moment, matrix.fan_in * matrix.weight_variance
        )
        for matrix, row in zip(matrices[1:], rows[1:], strict=False)
    ]
    found = relative_variances(moments, hidden, rows[-1].q or 0.0)
    depth = effective_depth([layer.width for layer in hidden])
    last = found[-1]
    if math.isnan(last):
        return None
    exact = linear_factor(moments) is not None and not any(m.bias_variance for m in matrices)
    return FiniteWidth(depth, last, 1 / math.sqrt(1 + last), is_misleading(last), exact)


def solved_width(solution: Solution) -> FiniteWidth | None:
    """Return the effect for a network given by its widths; None where they are not all numbers."""
    from varprop import notation
    from varprop.propagation.depth import levels
    from varprop.propagation.feed import moments_of

    bias = solution.bias_variance
    if len(solution.layers) < 2 or solution.phi.free_symbols - {notation.h} or bias.free_symbols:
        return None
    matrices = []
    for layer in solution.layers:
        fans, value = layer.fans, layer.weight_variance.value
        if fans.fan_in_value is None or fans.fan_out_value is None or value is None:
            return None
        matrices.append(Matrix(fans.fan_in_value, fans.fan_out_value, value, float(bias)))
    second = 1.0 if solution.input is None else float(solution.input.second_moment)
    moments = moments_of(solution.phi)
    return finite_width(moments, matrices, levels(moments, matrices, 0.0, second))


def width_notes(solution: Solution) -> tuple[str, ...]:
    """Return the sentence for a network so deep and narrow that infinite width misleads, else none."""
    effect = solved_width(solution)
    return () if effect is None or not effect.misleading else (effect.words,)


def holds_for(solution: Solution) -> str | None:
    """Say for how many layers of this width the answer for infinite width speaks of one network.

    None where the width is a symbol or one of several, q has no fixed point above 0, or the depth is
    out of reach.
    """
    from varprop import notation
    from varprop.propagation.feed import moments_of
    from varprop.solving.finite_width import holding_depth

    stability, width = solution.stability, solution.fans.fan_in_value
    if stability is None or not stability.q or width is None or solution.value is None:
        return None
    if solution.layers or solution.phi.free_symbols - {notation.h}:
        return None
    layers = holding_depth(
        moments_of(solution.phi), stability.q, width * float(solution.value), width
    )
    if layers > DEEP:
        return None
    return (
        f"at width {width} single networks stray: q spreads by half its mean after "
        f"{max(1, math.floor(layers))} layers"
    )
