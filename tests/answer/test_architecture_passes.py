"""Networks without borders are solved and followed in one pass, others in two."""

from __future__ import annotations

import pytest

from varprop.answer.architecture_levels import MadeWhenSeen
from varprop.answer.architecture_signal import propagate_network, solved_scales
from varprop.networks.arithmetic import Numeric
from varprop.networks.kinds import LAYERS
from varprop.networks.network import InputLaw, fold, network
from varprop.networks.recording import Given

NUMBERS = sorted(
    {
        text
        for kind in LAYERS.values()
        for text in kind.examples[:1]
        if not network(text).symbols() and not network(text).shape.space
    }
)


@pytest.mark.parametrize("spec", NUMBERS)
def test_one_pass_gives_what_solving_first_gives(spec: str) -> None:
    net, law = network(spec), InputLaw(1, 0, 0.3)
    setting = Given(Numeric(), solved_scales(net, None, law))
    _, gradient = fold(net, setting, law)
    once = propagate_network(net, correlation=0.3)
    assert once.followed is not None
    assert once.followed.gradient == pytest.approx(gradient, rel=1e-9)
    for own, solved in zip(once.followed.scales, setting.scales, strict=True):
        assert own == pytest.approx(solved, rel=1e-12)
    for one, other in zip(once.levels, MadeWhenSeen(setting.order, setting.rows), strict=True):
        assert one.second_moment == pytest.approx(other.second_moment, rel=1e-9)
        assert one.gradient == pytest.approx(other.gradient, rel=1e-9, nan_ok=True)


def test_both_kinds_of_networks_are_met() -> None:
    spaces = {bool(network(text).shape.space) for kind in LAYERS.values() for text in kind.examples}
    assert spaces == {True, False}
    assert len(NUMBERS) > 15
