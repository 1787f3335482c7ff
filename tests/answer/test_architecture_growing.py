"""Blocks that add features (DenseNet): formulas in the copy's number against copies written out."""

from __future__ import annotations

import pytest
from sympy import Expr, simplify

from varprop.answer.architecture import ArchitectureSolution, solve_network
from varprop.answer.architecture_text import read_network
from varprop.errors import BadInput
from varprop.networks.network import network

BRANCHES = (
    "relu >> Dense(k)",
    "leaky_relu(a) >> Dense(k, bias=False)",
    "Dropout(p) >> relu >> Dense(k)",
    "LayerNorm() >> relu >> Dense(k)",
    "relu >> Dense(4*k) >> relu >> Dense(k)",
)


def solved(text: str, condition: str = "forward") -> ArchitectureSolution:
    return solve_network(read_network(text, ()), condition=condition)


def by_name(item: Expr, values: dict[str, int | str]) -> Expr:
    return item.subs({s: values[s.name] for s in item.free_symbols if s.name in values})


@pytest.mark.parametrize("condition", ["forward", "critical"])
@pytest.mark.parametrize("branch", BRANCHES)
def test_each_copy_gets_what_it_gets_where_all_are_written_out(branch: str, condition: str) -> None:
    block = f"Concat(Identity(), {branch})"
    formulas = solved(f"Input(n) >> Dense(m) >> L * {block} >> Dense(10)", condition).layers
    written = solved(f"Input(n) >> Dense(m) >> {' >> '.join(4 * [block])} >> Dense(10)", condition)
    known: dict[tuple[str, Expr], Expr] = {}
    for layer in formulas:
        for copy in range(1, 5):
            at: dict[str, int | str] = {"j": copy, "L": 4}
            place = layer.name, by_name(layer.fans.fan_in, at).expand()
            known[place] = by_name(layer.weight_variance.expr, at)
    for layer in written.layers:
        found = known[layer.name, layer.fans.fan_in.expand()]
        assert simplify(found - layer.weight_variance.expr) == 0
    assert by_name(sum(layer.copies for layer in formulas), {"L": 4}) == sum(
        layer.copies for layer in written.layers
    )


def test_copies_behind_a_norm_of_the_batch_whose_pairs_are_not_alike() -> None:
    """Two examples are less alike in the data than in what is added, by a share that grows."""
    block = "Concat(Identity(), BatchNorm() >> relu >> Conv2d(k, 3, padding=1))"
    start, end = "Input(3, 8, 8) >> Conv2d(16, 3, padding=1)", "GlobalAvgPool() >> Dense(10)"
    formulas = solved(f"{start} >> L * {block} >> {end}").layers
    written = solved(f"{start} >> {' >> '.join(3 * [block])} >> {end}").layers
    assert (
        simplify(
            by_name(formulas[2].weight_variance.expr, {"j": 3}) - written[3].weight_variance.expr
        )
        == 0
    )
    ended = by_name(formulas[-1].weight_variance.expr, {"L": 3})
    assert simplify(ended - written[-1].weight_variance.expr) == 0


def test_parameters_and_shapes_of_copies_that_grow() -> None:
    text = "Input(n) >> L * Concat(Identity(), relu >> Dense(k)) >> Dense(10)"
    net = network(text)
    values: dict[str, int | str] = {"n": 6, "k": 4, "L": 5}
    numbers = network("Input(6) >> 5 * Concat(Identity(), relu >> Dense(4)) >> Dense(10)")
    assert by_name(net.parameters(), values) == numbers.parameters()


def test_the_number_of_a_copy_takes_a_letter_that_is_free() -> None:
    layers = solved("Input(j) >> L * Concat(Identity(), relu >> Dense(j))").layers
    assert {s.name for s in layers[-1].fans.fan_in.free_symbols} == {"i", "j"}


@pytest.mark.parametrize(
    "block",
    ["Concat(Identity(), relu >> Dense(k, scale=2))", "Concat(Identity(), Identity())"],
)
def test_copies_that_grow_otherwise_are_refused(block: str) -> None:
    with pytest.raises(BadInput, match="number of copies"):
        solved(f"Input(n) >> Dense(m) >> L * {block}")
