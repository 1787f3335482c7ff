"""Every layer of the registry: its rule against sampled networks, and faults planted in the rule."""

from __future__ import annotations

import pytest

from tests.networks.planted import agreed, missed
from varprop.answer.verify_architectures import data_of
from varprop.networks.kinds import LAYERS, LayerKind
from varprop.networks.network import network

EXAMPLES = [
    pytest.param(text, kind, id=f"{name}-{number}")
    for name, kind in LAYERS.items()
    for number, text in enumerate(kind.examples)
]


@pytest.mark.parametrize(("text", "kind"), EXAMPLES)
def test_the_rule_agrees_with_sampled_networks_and_a_fault_shows(
    text: str, kind: LayerKind
) -> None:
    expected, rows = agreed(text, kind.within, data_of(kind, text))
    assert (expected.cross is not None) == kind.pairs
    assert missed(rows, expected) == []


def test_every_layer_has_an_example_that_contains_it() -> None:
    for name, kind in LAYERS.items():
        found = [text for text in kind.examples if kind.layer.__name__ in repr(network(text).layer)]
        assert found, name


@pytest.mark.parametrize("text", [p.values[0] for p in EXAMPLES])
def test_a_network_prints_as_the_spec_that_makes_it(text: str) -> None:
    net = network(text)
    assert network(str(net.layer)).layer == net.layer
