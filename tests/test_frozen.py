"""Frozen records behave as frozen dataclasses do."""

from __future__ import annotations

import pickle
from dataclasses import field, fields, replace

import pytest

from varprop.frozen import frozen


@frozen
class Base:
    a: int


@frozen
class Point(Base):
    b: str = "x"
    c: tuple[int, ...] = ()
    d: list[int] = field(default_factory=list, repr=False, compare=False)


def test_fields_come_in_order_base_first() -> None:
    point = Point(1, "y", c=(2,))
    assert (point.a, point.b, point.c) == (1, "y", (2,))
    assert Point(1) == Point(a=1, b="x", c=())
    assert repr(Point(1)) == "Point(a=1, b='x', c=())"


def test_fields_and_factories() -> None:
    one, two = Point(1), Point(1)
    assert one.d == []
    assert one.d is not two.d
    assert [f.name for f in fields(one)] == ["a", "b", "c", "d"]
    assert Point(1, d=[3]) == one


def test_records_are_frozen_and_hashable() -> None:
    point = Point(1)
    with pytest.raises(AttributeError, match="frozen"):
        point.a = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="frozen"):
        del point.a
    assert len({Point(1), Point(1), Point(2)}) == 2
    assert Base(1) != Point(1)


@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), ((1, "x", (), [], 4), {}), ((1,), {"a": 2}), ((1,), {"e": 2})]
)
def test_wrong_fields_are_refused(args: tuple, kwargs: dict) -> None:
    with pytest.raises(TypeError):
        Point(*args, **kwargs)


def test_replace_and_match_and_pickle() -> None:
    point = replace(Point(1), b="z")
    assert point == Point(1, "z")
    with pytest.raises(TypeError):
        replace(point, e=1)
    match point:
        case Point(a=1, b=found):
            assert found == "z"
    assert pickle.loads(pickle.dumps(point)) == point


def test_post_init_runs() -> None:
    @frozen
    class Positive:
        value: int

        def __post_init__(self) -> None:
            if self.value <= 0:
                raise ValueError("positive")

    with pytest.raises(ValueError, match="positive"):
        Positive(0)
