"""What a layer's fields refuse, for every field of every layer: one line, in Python as in text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields
from typing import Any

import numpy as np
import pytest
import sympy

import varprop as vp
from varprop.errors import BadInput
from varprop.networks.kinds import LAYERS
from varprop.networks.spec_activations import EXAMPLES

L = vp.layers

NO_NUMBERS = (
    sympy.I, sympy.I * sympy.Symbol("n", positive=True), sympy.sqrt(-2), sympy.nan, sympy.oo,
    -sympy.oo, sympy.zoo, float("nan"), float("inf"), "inf", "nan", "-oo", "2*inf", 1j, None,
    np.array([3]), np.array([3.0, 5.0]), object(), [[3]], {},
)  # fmt: skip


def taking(*words: str) -> Iterator[tuple[str, Field[Any]]]:
    """Yield every field whose annotation has one of the words, with its layer's name."""
    for name, kind in LAYERS.items():
        for field in fields(kind.layer):
            if any(word in str(field.type).split(" ") for word in words):
                yield name, field


def made(name: str, field: Field[Any], value: Any) -> Any:
    """Make a layer with a value for one field, and likely ones for what it needs."""
    needed = [f.name for f in fields(LAYERS[name].layer) if f.default is MISSING]
    given: dict[str, Any] = {key: EXAMPLES.get(key, "1") for key in needed}
    for key in {"layer", "branch", "block"} & set(given):
        given[key] = L.Dense(64)
    return LAYERS[name].layer(**{**given, field.name: value})


NUMBERS = list(taking("Expr", "Ints"))
FLAGS = list(taking("bool"))


def named(found: list[tuple[str, Field[Any]]]) -> list[str]:
    return [f"{name}.{field.name}" for name, field in found]


@pytest.mark.parametrize(("name", "field"), NUMBERS, ids=named(NUMBERS))
def test_numbers_are_finite_and_real(name: str, field: Field[Any]) -> None:
    for value in NO_NUMBERS:
        if value is None and "None" in str(field.type):
            continue
        with pytest.raises(BadInput):
            made(name, field, value)


@pytest.mark.parametrize(("name", "field"), FLAGS, ids=named(FLAGS))
def test_flags_are_checked_when_a_layer_is_made(name: str, field: Field[Any]) -> None:
    for value in ("maybe", "no", 1, 0, None):
        with pytest.raises(BadInput, match=rf"^{field.name} of \w+ is True or False, not"):
            made(name, field, value)


def test_there_are_fields_of_both_kinds() -> None:
    assert len(NUMBERS) > 50
    assert len(FLAGS) > 15


@pytest.mark.parametrize("given", [sympy.Float(10), np.float32(10), 10.0, sympy.Float("10", 30)])
def test_a_width_may_be_a_float_without_decimals(given: Any) -> None:
    assert L.Dense(given) == L.Dense(10)
    assert vp.solve("relu", fan_in=given).value == 1 / 5


@pytest.mark.parametrize("word", ["inf", "Infinity", "oo", "nan"])
def test_what_is_not_finite_is_no_symbol(word: str) -> None:
    for text in (f"Input({word}) >> Dense(2)", f"Input(2) >> Dense(2, scale=-{word})"):
        with pytest.raises(
            BadInput, match=rf"character \d+ .*must be a finite number, not -?{word}"
        ):
            vp.network(text)
    with pytest.raises(BadInput, match=f"at character 3: {word} is no finite number"):
        vp.network(f"Input(2) >> Dense(2, scale=2*{word})")


NET = "Input(8) >> Dense(4) >> relu >> Dense(2)"
WRONG: dict[str, Callable[[], Any]] = {
    "define maps names to formulas": lambda: vp.network(NET, define="act=x^2"),  # type: ignore[arg-type]
    "such as 'forward', not None": lambda: vp.network(NET).solve(condition=None),  # type: ignore[arg-type]
    "such as 'forward', not 3": lambda: vp.network(NET).solve(condition=3),  # type: ignore[arg-type]
    "such as 'forward', not ['forward']": lambda: vp.solve(condition=["forward"]),  # type: ignore[arg-type]
    "LayerScale must be": lambda: L.LayerScale(None),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("said", WRONG)
def test_wrong_types_are_refused_in_one_line(said: str) -> None:
    with pytest.raises(BadInput) as error:
        WRONG[said]()
    assert said in str(error.value)
