"""The experiment behind an answer: finite networks with the solved scale, forward and backward."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sympy import Expr

from varprop import notation
from varprop.answer.inputs import InputMoments
from varprop.errors import BadInput
from varprop.moments import derivative
from varprop.propagation.dense import gradient_factor, length_map
from varprop.propagation.feed import moments_of
from varprop.result import Fans, Solution
from varprop.solving.conditions import CONDITIONS, Terms

if TYPE_CHECKING:
    from varprop.catalogue.laws import WeightLaw
    from varprop.montecarlo.network import Feed

WIDTH = 512
DEPTH = 4
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Trial:
    """A network to sample: widths, Var(w) of each matrix, σ_b², and what feeds it."""

    phi: Expr
    widths: tuple[int, ...]
    weight_variances: tuple[float, ...]
    bias_variance: float
    feed: Feed
    first_q: float | None
    law: WeightLaw


def array_function(expression: Expr) -> Callable[[Any], Any]:
    """Return a NumPy function of h; it sees the activation only, never a moment of it."""
    import numpy as np
    from sympy import lambdify

    if not expression.has(notation.h):
        constant = float(expression)
        return lambda values: np.full_like(values, constant)
    raw = lambdify(notation.h, expression, modules=["scipy", "numpy"])

    def evaluate(values: Any) -> Any:
        with np.errstate(all="ignore"):
            return np.asarray(raw(values), dtype=values.dtype)

    return evaluate


def verified(
    solution: Solution,
    *,
    samples: int | None = None,
    seconds: float = 1.0,
    seed: int = 0,
    data: InputMoments | None = None,
    asked: bool = False,
    progress: Progress | None = None,
) -> Solution:
    """Return the solution with its checks: sampled networks against the prediction.

    Nothing is sampled while a parameter of the activation is a symbol; when the experiment was
    asked for, that is refused.
    """
    left = sorted(str(s) for s in solution.phi.free_symbols - {notation.h})
    left += sorted(str(s) for s in solution.bias_variance.free_symbols)
    if left:
        if asked:
            raise BadInput(f"--verify needs numbers for {', '.join(left)}.")
        note = f"no experiment while {', '.join(left)} is a symbol"
        return replace(solution, notes=(*solution.notes, note), seed=seed)
    from varprop.montecarlo.verify import verify_dense

    trial = network_trial(solution, data) if solution.layers else layer_trial(solution)
    network, predicted = built(trial)
    checks = verify_dense(
        network, predicted, samples=samples, seconds=seconds, seed=seed, progress=progress
    )
    return replace(solution, checks=checks, seed=seed)


def layer_trial(solution: Solution) -> Trial:
    """Return a square network of the solved layer, or the layer alone where its fans differ."""
    from varprop.catalogue.laws import LAWS
    from varprop.montecarlo.network import GaussianInput, GaussianPreactivation

    fans = solution.fans
    widths = _trial_widths(fans)
    variances = tuple(
        _variance_at(solution, fan_in, fan_out) for fan_in, fan_out in itertools.pairwise(widths)
    )
    first: float | None = float(solution.q)
    feed: Feed = GaussianPreactivation(float(solution.q))
    if solution.input is not None:
        feed = GaussianInput(float(solution.input.mean), float(solution.input.second_moment))
        first = None
    return Trial(
        solution.phi, widths, variances, float(solution.bias_variance), feed, first, LAWS["normal"]
    )


def _trial_widths(fans: Fans) -> tuple[int, ...]:
    fan_in = fans.fan_in_value or fans.fan_out_value or WIDTH
    fan_out = fans.fan_out_value or fan_in
    if fan_in == fan_out:
        return (min(fan_in, WIDTH),) * (DEPTH + 1)
    largest = max(fan_in, fan_out)
    shrink = min(1.0, 2 * WIDTH / largest)
    return max(1, round(fan_in * shrink)), max(1, round(fan_out * shrink))


def _variance_at(solution: Solution, fan_in: int, fan_out: int) -> float:
    """Return the solved formula's Var(w) at the experiment's widths."""
    from sympy import Float, Integer

    moments = solution.moments
    slope = moments.get("derivative_second_moment")
    terms = Terms(
        Integer(fan_in),
        Integer(fan_out),
        Float(moments["second_moment"].at_q.value, 17),
        Float(1.0 if slope is None else slope.at_q.value, 17),
        solution.bias_variance,
        solution.q,
    )
    return float(CONDITIONS[solution.condition].solve(terms))


def network_trial(solution: Solution, data: InputMoments | None) -> Trial:
    """Return the whole network of ``--widths``, symbolic widths at 512, hidden ones at most 1024."""
    from varprop.catalogue.laws import LAWS
    from varprop.montecarlo.network import DataInput, GaussianInput

    layers = solution.layers
    asked = [layers[0].fans.fan_in_value, *(layer.fans.fan_out_value for layer in layers)]
    widths = tuple(min(w or WIDTH, 2 * WIDTH) for w in asked)
    if data is not None and data.rows is not None:
        widths = (data.rows.shape[1], *widths[1:])
    variances = tuple(
        _per_unit(layer.weight_variance.expr, layer.weight_variance.value, layer.fans, pair)
        for layer, pair in zip(layers, itertools.pairwise(widths), strict=True)
    )
    if data is not None and data.rows is not None:
        feed: Feed = DataInput(data.rows)
    elif data is not None:
        feed = GaussianInput(float(data.mean), float(data.second_moment))
    else:
        feed = GaussianInput()
    return Trial(
        solution.phi, widths, variances, float(solution.bias_variance), feed, None, LAWS["normal"]
    )


def _per_unit(formula: Expr, value: float | None, fans: Fans, pair: tuple[int, int]) -> float:
    """Return Var(w) at the experiment's widths: the value as solved, or the formula there."""
    if value is not None and pair == (fans.fan_in_value, fans.fan_out_value):
        return value
    return float(formula.subs({fans.fan_in: pair[0], fans.fan_out: pair[1]}).evalf())


def built(trial: Trial) -> tuple[Any, Any]:
    """Return the network to sample and what theory predicts for each level of it."""
    from varprop.montecarlo.network import DenseNetwork
    from varprop.montecarlo.ratios import Prediction

    network = DenseNetwork(
        trial.widths,
        trial.weight_variances,
        trial.law,
        array_function(trial.phi),
        array_function(derivative(trial.phi, notation.h)),
        trial.feed,
        (trial.bias_variance,) * (len(trial.widths) - 1),
    )
    moments = moments_of(trial.phi)
    q = [] if trial.first_q is None else [trial.first_q]
    gradient = []
    for layer, variance in enumerate(trial.weight_variances):
        fan_in, fan_out = trial.widths[layer], trial.widths[layer + 1]
        if q:
            second = _number(moments, "second_moment", q[-1])
            slope = _number(moments, "derivative_second_moment", q[-1])
            gradient.append(gradient_factor(fan_out, variance, slope))
        else:
            second = _fed_second_moment(trial.feed)
        q.append(length_map(fan_in, variance, second, trial.bias_variance))
    return network, Prediction(tuple(map(float, q)), tuple(map(float, gradient)))


def _fed_second_moment(feed: Any) -> float:
    rows = getattr(feed, "rows", None)
    return float(feed.second_moment) if rows is None else float((rows**2).mean())


def _number(moments: Any, name: str, q: float) -> float:
    value = moments.number(name, q).value
    if value is None:
        raise BadInput(f"a moment at q = {q:g} is beyond double range: no experiment is possible.")
    return float(value)
