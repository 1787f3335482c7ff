"""From ratios to an outcome: the average over layers, and single layers that are wrong."""

from __future__ import annotations

from dataclasses import dataclass

from varprop.montecarlo.ratios import Ratios
from varprop.montecarlo.statistics import Estimate, estimate, judge
from varprop.verdict import Verdict

LAYER_SHARE = 0.1
"""The part of a check's error rate that its single layers get, so that one wrong layer shows."""

NAMED_LAYERS = 4


@dataclass(frozen=True)
class Outcome:
    """What was seen, whether it agrees with 1, the finite-width effect, and a remark."""

    observed: Estimate
    verdict: Verdict
    effect: float
    note: str | None = None


def judge_ratios(ratios: Ratios, level: float, tolerance: float) -> Outcome:
    """Judge the average over layers; one layer that is wrong on its own is enough to disagree.

    Twice the leading finite-width effect is added to the tolerance before anything disagrees: it
    is known to about that factor, and a narrow layer is no wrong prediction.
    """
    error = 1 - level
    observed = estimate(ratios.averages())
    interval = observed.interval(1 - (1 - LAYER_SHARE) * error)
    verdict = judge(interval, 1.0, tolerance, 2 * abs(ratios.effect))
    wrong = _wrong_layers(ratios, LAYER_SHARE * error, tolerance)
    if not wrong:
        return Outcome(observed, verdict, ratios.effect)
    named = ", ".join(wrong[:NAMED_LAYERS])
    note = None if len(wrong) == len(ratios.layers) else f"wrong: {named}"
    return Outcome(observed, Verdict.DISAGREES, ratios.effect, note)


def _wrong_layers(ratios: Ratios, error: float, tolerance: float) -> list[str]:
    """Name the layers that disagree on their own, with the error shared among all of them."""
    found = []
    for column, layer in enumerate(ratios.layers):
        alone = estimate(ratios.values[:, column])
        slack = 2 * abs(float(ratios.effects[column]))
        interval = alone.interval(1 - error / len(ratios.layers))
        if judge(interval, 1.0, tolerance, slack) is Verdict.DISAGREES:
            found.append(f"layer {layer} ({alone.value:.3g})")
    return found
