"""Pictures in files: one style, every ending, and refusals in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

import varprop as vp
from varprop.errors import BadInput
from varprop.render.figures import gain_figure, points, propagate_figure, verify_figure

pytest.importorskip("matplotlib")


def test_gains_are_drawn_with_their_maps(tmp_path: Path) -> None:
    where = tmp_path / "gains.svg"
    gain_figure([vp.gain("relu"), vp.gain("gelu")], str(where))
    picture = where.read_text(encoding="utf-8")
    assert "relu(h)" in picture
    assert "gelu(h)" in picture
    assert picture.count("length map") == 2


def test_an_activation_with_symbols_has_no_curve_of_its_own(tmp_path: Path) -> None:
    where = tmp_path / "gain.png"
    gain_figure([vp.gain("prelu(alpha)"), vp.gain("relu")], str(where))
    assert where.read_bytes().startswith(b"\x89PNG")


def test_experiments_are_drawn_against_the_normal_law(tmp_path: Path) -> None:
    where = tmp_path / "z.svg"
    verify_figure(vp.verify("relu", samples=2000), str(where))
    assert "standard normal" in where.read_text(encoding="utf-8")


def test_a_network_whose_signal_vanishes_or_overflows_is_drawn(tmp_path: Path) -> None:
    found = [
        vp.propagate("linear", width=100, depth=200, init="normal(std=1)"),
        vp.propagate("linear", width=100, depth=200, init="normal(std=0.0001)"),
    ]
    propagate_figure(found, str(tmp_path / "depth.png"))
    layers, values = points(found[0].levels, "q", log=True)
    assert len(layers) == len(values) < 200


@pytest.mark.parametrize("name", ["x.txt", "x", "x.SVG.gz"])
def test_other_endings_are_refused(name: str) -> None:
    with pytest.raises(BadInput, match=r"\.svg, \.png, \.pdf"):
        gain_figure([vp.gain("relu")], name)


def test_commands_write_pictures(varprop, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for arguments in (("gain", "tanh"), ("verify", "he")):
        where = tmp_path / f"{arguments[0]}.pdf"
        assert varprop(*arguments, "--figure", str(where)).code == 0
        assert where.read_bytes().startswith(b"%PDF")
    assert varprop("gain", "--against", "torch", "--figure", "x.svg").code == 2
