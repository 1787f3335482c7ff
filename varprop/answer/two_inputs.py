"""Two inputs through a network: their correlation and the variance over the data, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from varprop.answer.inputs import InputMoments, Number
from varprop.errors import BadInput
from varprop.expression_text import exact
from varprop.moments import Moments
from varprop.propagation.depth import Level, Matrix


def first_correlation(given: Number | None, data: InputMoments | None) -> float:
    """Return E[x_a x_b]/E[x²] of two inputs a and b: as given, or as the data has it.

    Over independent rows of a data set it is the mean of the squared column means over the second
    moment; where only one mean is known, that mean squared. Raises BadInput outside [−1, 1].
    """
    if given is not None:
        number = exact(given, "--correlation")
        if not number.is_number or number.is_real is not True or not -1 <= number <= 1:
            raise BadInput(f"--correlation must be a number from -1 to 1, not {given}.")
        return float(number)
    if data is None:
        return 0.0
    second = float(data.second_moment)
    if second == 0:
        return 0.0
    if data.rows is not None:
        return min(1.0, float((data.rows.mean(axis=0) ** 2).mean()) / second)
    return float(data.mean**2 / data.second_moment)


def with_two_inputs(
    rows: Sequence[Level], moments: Moments, matrices: Sequence[Matrix], correlation: float
) -> tuple[Level, ...]:
    """Return the levels with ``correlation``, ``data_variance`` and ``gradient_correlation`` filled in.

    In the input's row they are those of the input, after a weight layer those of its pre-activation.
    """
    from varprop.solving.correlation_depth import two_inputs
    from varprop.solving.correlation_step import Layer, Pair

    layers = [
        Layer(
            matrix.fan_in * matrix.weight_variance,
            matrix.bias_variance,
            math.inf if row.q is None else row.q,
            row.second_moment,
        )
        for matrix, row in zip(matrices, rows[1:], strict=True)
    ]
    second = rows[0].second_moment
    start = Pair(second * correlation, second * (1 - correlation))
    course = two_inputs(moments, layers, start.product, start.apart)
    known = (start, *course.pairs)
    alike = (course.gradients[0], *course.gradients)
    return tuple(
        replace(
            row,
            correlation=pair.correlation if pair.known else row.correlation,
            data_variance=pair.apart if pair.known else row.data_variance,
            gradient_correlation=None if math.isnan(gradient) else gradient,
        )
        for row, pair, gradient in zip(rows, known, alike, strict=True)
    )
