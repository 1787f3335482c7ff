"""``varprop list``: every kind of name, with its entries."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest

from tests.conftest import Run
from varprop.cli.list_command import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_every_entry_has_a_line(varprop: Callable[..., Run], kind: str) -> None:
    module, name, _ = KINDS[kind]
    entries = getattr(import_module(module), name)
    run = varprop("list", kind)
    assert run.code == 0
    assert run.out.startswith(f"{kind} ({len(entries)})")
    starts = {line.strip().partition("(")[0].partition(" ")[0] for line in run.out.splitlines()}
    assert set(entries) <= starts
    assert set(varprop("list", kind, "--json").json()[kind]) == set(entries)


def test_layers_come_with_their_arguments(varprop: Callable[..., Run]) -> None:
    assert "Dense(features, bias=True" in varprop("list", "layers").out


def test_the_overview_names_every_kind_and_breaks_no_name(varprop: Callable[..., Run]) -> None:
    out = varprop("list").out
    for kind in KINDS:
        assert f"{kind} (" in out
    assert not any(line.endswith("-") for line in out.splitlines())
    assert max(map(len, out.splitlines())) <= 100
    assert " more" in out


def test_an_unknown_kind_is_refused_with_the_nearest(varprop: Callable[..., Run]) -> None:
    run = varprop("list", "layer")
    assert run.code == 2
    assert "Did you mean layers" in run.err
