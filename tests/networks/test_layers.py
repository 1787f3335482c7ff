"""Every layer of the registry: its rule against sampled networks, and faults planted in the rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from varprop.answer.verify_architectures import ALIKE, experiment, predicted
from varprop.montecarlo.architecture import verdicts
from varprop.montecarlo.replicates import Effort
from varprop.networks.kinds import LAYERS
from varprop.networks.network import network
from varprop.verdict import Verdict

EXAMPLES = [
    pytest.param(text, kind.within, kind.pairs, id=f"{name}-{number}")
    for name, kind in LAYERS.items()
    for number, text in enumerate(kind.examples)
]
NETWORKS, MOST = 96, 1500
LEVEL = 1 - 1e-5
FAULTS = ("second", "mean", "cross", "gradient")


@pytest.mark.parametrize(("text", "within", "pairs"), EXAMPLES)
def test_the_rule_agrees_with_sampled_networks_and_a_fault_shows(
    text: str, within: float, pairs: bool
) -> None:
    net = network(text)
    expected, scales = predicted(net, within)
    assert (expected.cross is not None) == pairs
    drawn = experiment(net, scales, ALIKE)
    rows = drawn.rows(0, NETWORKS)
    while (
        Verdict.TOO_WEAK in verdicts(rows, expected, Effort(), LEVEL).values() and len(rows) < MOST
    ):
        rows += drawn.rows(len(rows), 2 * len(rows))
    found = verdicts(rows, expected, Effort(), LEVEL)
    assert set(found.values()) == {Verdict.AGREES}, found
    shift = 0.1 + 2 * (0.04 + expected.slack + expected.within)
    for fault in FAULTS:
        value = getattr(expected, fault)
        unit = {"mean": expected.second**0.5, "cross": expected.second}.get(fault, value)
        if value is None or unit == 0:
            continue
        wrong = replace(expected, **{fault: value + shift * unit})
        assert Verdict.DISAGREES in verdicts(rows, wrong, Effort(), LEVEL).values(), fault


def test_every_layer_has_an_example_that_contains_it() -> None:
    for name, kind in LAYERS.items():
        found = [text for text in kind.examples if kind.layer.__name__ in repr(network(text).layer)]
        assert found, name


@pytest.mark.parametrize("text", [p.values[0] for p in EXAMPLES])
def test_a_network_prints_as_the_spec_that_makes_it(text: str) -> None:
    net = network(text)
    assert network(str(net.layer)).layer == net.layer
