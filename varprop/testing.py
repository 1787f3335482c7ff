"""Assertions for the test suites of other libraries: does this initialiser draw what it says?"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from sympy import Expr, Symbol

from varprop.answer.verify_slips import Slip, known_numbers, slips_at
from varprop.answer.verify_target import Target, promised
from varprop.catalogue.arrays import Array
from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.expression_text import parse_scalar
from varprop.montecarlo.drawn import (
    Finding,
    independence,
    mean_square,
    moments,
    orthogonality,
    weights_needed,
)
from varprop.propagation.law_scale import unit_number

__all__ = ["assert_init"]

MOST_DRAWS = 4096
LOOSEST = 0.5
"""An array whose variance can't be told from 1.5 times as much says nothing."""

ORTHOGONAL = 1e-3
_RATE = "1e-9"
ROUNDING = 1e-5


def assert_init(
    draw: Any,
    scheme: str | float | Expr = "he",
    *,
    fan_in: int | None = None,
    fan_out: int | None = None,
    law: str | None = None,
    groups: int | None = None,
    tolerance: float = 0.02,
    seed: int = 0,
) -> None:
    """Assert that an initialiser draws weights of the promised variance, zero mean, independent.

    Parameters
    ----------
    draw : an array (NumPy, torch, JAX), or a function of a seed that returns one. A function is
        called as often as it takes to bring false alarms below 1e-9 in one run; a single array is
        judged by what its size allows.
    scheme : a scheme ("he", "glorot(gain=2)"), a formula in fan_in and fan_out, or Var(w).
    fan_in, fan_out : the fans; never guessed from a shape.
    law : the law that it should be drawn from. With one, its bound is tested, and its fourth
        moment says how many weights are needed; "orthogonal" tests WᵀW instead of independence.
    groups : of a grouped convolution, to name that slip.
    tolerance : relative, of the variance; of the mean in standard deviations.
    seed : the first seed that is passed to ``draw``.

    Raises
    ------
    AssertionError : with what was seen, and the slip that leaves such a ratio.
    BadInput : for a missing fan and for too few weights to tell anything.

    Examples
    --------
    >>> import numpy as np
    >>> assert_init(
    ...     lambda seed: np.random.default_rng(seed).normal(0, 0.0625, (512, 256)),
    ...     "he", fan_in=512,
    ... )
    """
    if not 0 < tolerance < 1:
        raise BadInput(f"a relative tolerance of {tolerance:g} must lie between 0 and 1.")
    target = promised(scheme, fan_in, fan_out, law)
    arrays = _arrays(draw, target, tolerance, seed)
    weights = np.stack(arrays)
    if not np.isfinite(weights).all():
        raise AssertionError("the initialiser returned NaN or infinite weights.")
    _assert_different(arrays)
    if target.law is None or target.law.independent:
        _assert_independent(weights, target, tolerance)
    _assert_moments(weights, target, tolerance, groups)
    _assert_bound(weights, target)
    if target.law is not None and target.law.name == "orthogonal":
        _assert_orthogonal(arrays, target)


def _arrays(draw: Any, target: Target, tolerance: float, seed: int) -> list[Array]:
    """Return as many arrays as the tolerance needs, one where only one was given."""
    if not callable(draw) or hasattr(draw, "__array__"):
        arrays = [_array(draw)]
    else:
        arrays = [_array(_called(draw, seed))]
        needed = weights_needed(target.kurtosis, tolerance)
        count = max(2, -(-needed // arrays[0].size))
        if count > MOST_DRAWS:
            raise BadInput(
                f"{needed} weights are needed and one draw has {arrays[0].size}: draw larger "
                "arrays or widen the tolerance."
            )
        arrays += [_array(_called(draw, seed + number)) for number in range(1, count)]
    if len({array.shape for array in arrays}) > 1:
        raise BadInput("the draws have different shapes.")
    return arrays


def _called(draw: Callable[..., Any], seed: int) -> Any:
    """Call with a seed, or without where the function takes no argument; raises BadInput for others."""
    signature = inspect.signature(draw)
    for arguments in ((seed,), ()):
        try:
            signature.bind(*arguments)
        except TypeError:
            continue
        return draw(*arguments)
    raise BadInput(
        f"draw takes ({', '.join(signature.parameters)}), and is called with a seed alone: wrap it, as in "
        "lambda seed: draw(jax.random.key(seed), (512, 256))."
    )


def _array(drawn: Any) -> Array:
    """Return NumPy doubles of an array of any library; raises BadInput for what is none."""
    detached = drawn.detach().cpu() if hasattr(drawn, "detach") else drawn
    try:
        array = np.asarray(getattr(detached, "double", lambda: detached)(), dtype=np.float64)
    except (TypeError, ValueError):
        raise BadInput(
            f"an array of weights is needed, or a function of a seed that returns one, not "
            f"{str(drawn)[:40]!r}."
        ) from None
    if not array.size:
        raise BadInput("the initialiser returned an empty array.")
    return array


def _assert_moments(weights: Array, target: Target, tolerance: float, groups: int | None) -> None:
    exact = target.law is not None and not target.law.independent
    variance, mean = moments(weights, target.variance, target.kurtosis, tolerance)
    if exact:
        variance = Finding("variance", variance.value, 1.0, tolerance)
    elif variance.allowed > LOOSEST:
        raise BadInput(
            f"{weights.size} weights are too few to tell the variance to {variance.allowed:.0%}: "
            "pass a function of a seed, or a larger array."
        )
    if variance.wrong:
        raise AssertionError(_variance_message(weights, target, variance, tolerance, groups))
    if mean.wrong and not exact:
        raise AssertionError(
            f"the mean isn't 0: it is {mean.value:+.4g} standard deviations, allowed "
            f"±{mean.allowed:.2g} ({_setting(weights)}).\n{_rate()}"
        )


def _variance_message(
    weights: Array, target: Target, found: Finding, tolerance: float, groups: int | None
) -> str:
    observed, error = mean_square(weights, target.kurtosis)
    allowed = f"tolerance {100 * tolerance:g} %"
    if found.allowed > tolerance:
        allowed += f", {100 * found.allowed:.2g} % for so few weights"
    lines = [
        f"the variance isn't {target.words}",
        f"  observed {observed:.5g} ± {error:.2g} ({_setting(weights)}), "
        f"ratio {found.value:.4g}, {allowed}",
    ]
    known = known_numbers(weights.shape[1:], target, groups)
    for slip in slips_at(found.value, max(0.02, found.allowed), known)[:2]:
        lines.append(f"  {found.value:.4g} {slip.words}.")
        lines.append(f"  Fix: {_fix(slip, target)}.")
    return "\n".join([*lines, f"  {_rate()}"])


def _fix(slip: Slip, target: Target) -> str:
    std = math.sqrt(target.variance)
    return slip.fix.format(
        std=f"{std:.6g}",
        variance=f"{target.variance:.6g}",
        bound=f"{math.sqrt(3) * std:.6g}",
        std_before_cut=f"{std / math.sqrt(unit_number(LAWS['truncated_normal'])):.6g}",
    )


def _assert_bound(weights: Array, target: Target) -> None:
    law = target.law
    if law is None or not law.support or not law.independent:
        return
    parameter = math.sqrt(target.variance / unit_number(law))
    ends = {Symbol(form.symbol, positive=True): form.default for form in law.forms}
    ends[Symbol(law.parameter.symbol, positive=True)] = parameter
    if law.support[1] == "oo":
        return
    bound = float(parse_scalar(law.support[1]).subs(ends))
    largest = float(np.abs(weights).max())
    if largest > bound * (1 + ROUNDING):
        raise AssertionError(
            f"a weight lies outside ±{bound:.6g}, the bound of {law.name} for {target.words}: "
            f"the largest is {largest:.6g} ({_setting(weights)})."
        )


def _assert_orthogonal(arrays: list[Array], target: Target) -> None:
    for array in arrays:
        first = array.reshape(array.shape[0], -1)
        candidates = [first, array.reshape(-1, array.shape[-1])]
        errors = [orthogonality(m, math.sqrt(target.variance * max(m.shape))) for m in candidates]
        if min(errors) > ORTHOGONAL:
            raise AssertionError(
                f"the matrix isn't semi-orthogonal with gain "
                f"{math.sqrt(target.variance * max(first.shape)):.6g}: an entry of WᵀW/gain² is "
                f"{min(errors):.3g} off the identity (allowed {ORTHOGONAL:g})."
            )


def _assert_different(arrays: list[Array]) -> None:
    if any(np.array_equal(arrays[0], other) for other in arrays[1:]):
        raise AssertionError("two seeds gave the same weights: the seed is not used.")


def _assert_independent(weights: Array, target: Target, tolerance: float) -> None:
    matrices = weights.reshape(len(weights), weights.shape[1] if weights.ndim > 1 else 1, -1)
    for finding in independence(matrices, target.kurtosis, tolerance):
        if finding.wrong:
            raise AssertionError(
                f"the weights aren't independent: the {finding.what} is {finding.value:.4g} in "
                f"units of independent weights, which give {finding.expected:g} ± "
                f"{finding.allowed:.2g} ({_setting(weights)}).\n{_rate()}"
            )


def _setting(weights: Array) -> str:
    shape = "×".join(map(str, weights.shape[1:]))
    return f"{len(weights)} draw{'s' if len(weights) > 1 else ''} of {shape}"


def _rate() -> str:
    return f"This test's false-alarm rate: < {_RATE} per run."
