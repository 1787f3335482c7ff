"""Sampled networks that agree with a rule, and the faults of one tenth that they must not agree with."""

from __future__ import annotations

from dataclasses import replace

from varprop.answer.verify_architectures import experiment, predicted
from varprop.montecarlo.architecture import Expected, Row, verdicts
from varprop.montecarlo.replicates import Effort
from varprop.networks.network import InputLaw, network
from varprop.verdict import Verdict

FIRST, MOST = 32, 2048
LEVEL = 0.999
FAULT = 1.1
FIELDS = ("second", "mean", "cross", "gradient")


def agreed(text: str, within: float, data: InputLaw) -> tuple[Expected, list[Row]]:
    """Return what the rule says and networks that agree with it in every part."""
    net = network(text)
    expected, scales = predicted(net, within, data)
    drawn = experiment(net, scales, data)
    rows: list[Row] = []
    while len(rows) < MOST:
        rows += drawn.rows(len(rows), max(FIRST, 2 * len(rows)))
        found = set(verdicts(rows, expected, Effort(), LEVEL).values())
        if Verdict.TOO_WEAK not in found:
            break
    assert found == {Verdict.AGREES}, verdicts(rows, expected, Effort(), LEVEL)
    return expected, rows


def missed(rows: list[Row], expected: Expected) -> list[str]:
    """Return the parts in which a prediction wrong by one tenth would agree with the networks."""
    found = []
    for (field, wrong), (value, unit) in zip(_wrong(expected), expected.values(), strict=True):
        if value is None or unit == 0:
            continue
        if set(verdicts(rows, wrong, Effort(), LEVEL).values()) == {Verdict.AGREES}:
            found.append(field)
    return found


def _wrong(expected: Expected) -> list[tuple[str, Expected]]:
    """Return the prediction with each part times 1.1, or moved by 0.1 units where that is less."""
    found = []
    for field, (predicted_value, unit) in zip(FIELDS, expected.values(), strict=True):
        value = predicted_value or 0.0
        small = abs(value) < unit
        moved = value + (FAULT - 1) * unit if small else value * FAULT
        found.append((field, replace(expected, **{field: moved})))
    return found
