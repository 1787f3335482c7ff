"""Frozen dataclasses that cost next to nothing at import.

``dataclasses.dataclass`` writes and compiles several methods per class, half a millisecond each
time; the first answer imports some seventy records, and start-up is what a person waits for. The
records here share their methods instead. Everything else is as it was: ``dataclasses.field``,
``replace``, ``fields``, pattern matching, and type checkers see frozen dataclasses.
"""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def frozen(cls: type[T]) -> type[T]:
    """Make a class a frozen record of its annotated fields, in order, base classes first.

    Records of one class are equal when their compared fields are; ``__post_init__`` runs where it
    is defined. A base class's own ``__repr__`` stays.
    """
    made: Any = cls
    fields: dict[str, Any] = dict(getattr(cls, "__dataclass_fields__", {}))
    for name, kind in inspect.get_annotations(cls).items():
        if str(kind).startswith("ClassVar"):
            continue
        fields[name] = _field(cls, name, kind)
    made.__dataclass_fields__ = fields
    setattr(made, "__match_args__", tuple(fields))  # noqa: B010
    for name, method in _METHODS.items():
        kept = name == "__repr__" and cls.__repr__ is not object.__repr__
        if name not in cls.__dict__ and not kept:
            setattr(made, name, method)
    return cls


def _field(cls: type, name: str, kind: Any) -> Any:
    default = cls.__dict__.get(name, dataclasses.MISSING)
    made: Any = (
        default if isinstance(default, dataclasses.Field) else dataclasses.field(default=default)
    )
    made.name, made.type = name, kind
    made._field_type = dataclasses._FIELD  # type: ignore[attr-defined]
    if isinstance(default, dataclasses.Field):
        if made.default is dataclasses.MISSING:
            delattr(cls, name)
        else:
            setattr(cls, name, made.default)
    return made


MANY = 50
"""Records of one class after which an initialiser of its own is worth being compiled."""

_made: dict[type, int] = {}


def _init(self: Any, *args: Any, **kwargs: Any) -> None:
    cls = type(self)
    _made[cls] = _made.get(cls, 0) + 1
    if _made[cls] == MANY:
        _compile_init(cls)
    fields, values = self.__dataclass_fields__, self.__dict__
    if len(args) > len(fields):
        raise TypeError(f"{type(self).__name__} takes {len(fields)} values, not {len(args)}")
    values.update(zip(fields, args, strict=False))
    left = list(fields.items())[len(args) :] if len(args) < len(fields) else ()
    for name, field in left:
        if name in kwargs:
            values[name] = kwargs.pop(name)
        elif field.default is not dataclasses.MISSING:
            values[name] = field.default
        elif field.default_factory is not dataclasses.MISSING:
            values[name] = field.default_factory()
        else:
            raise TypeError(f"{type(self).__name__} needs {name}")
    if kwargs:
        raise TypeError(f"{type(self).__name__} can't take {', '.join(kwargs)}")
    if hasattr(self, "__post_init__"):
        self.__post_init__()


def _compile_init(cls: Any) -> None:
    """Give a class that is made often an initialiser that spells its fields out."""
    fields = cls.__dataclass_fields__
    if any(field.default_factory is not dataclasses.MISSING for field in fields.values()):
        return
    defaults = {
        f"default_{name}": field.default
        for name, field in fields.items()
        if field.default is not dataclasses.MISSING
    }
    given = (f"{n}=default_{n}" if f"default_{n}" in defaults else n for n in fields)
    lines = [f"def __init__(self, {', '.join(given)}):", " values = self.__dict__"]
    lines += [f" values[{name!r}] = {name}" for name in fields]
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    exec("\n".join(lines), defaults)
    cls.__init__ = defaults["__init__"]


def _setattr(self: Any, name: str, _value: Any) -> None:
    raise dataclasses.FrozenInstanceError(f"{type(self).__name__} is frozen: {name} can't be set")


def _delattr(self: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"{type(self).__name__} is frozen: {name} must stay")


def _compared(self: Any) -> tuple[Any, ...]:
    return tuple(
        self.__dict__[name] for name, field in self.__dataclass_fields__.items() if field.compare
    )


def _eq(self: Any, other: object) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    if other is self:
        return True
    return _compared(self) == _compared(other)


def _hash(self: Any) -> int:
    return hash((type(self), _compared(self)))


def _repr(self: Any) -> str:
    shown = (n for n, field in self.__dataclass_fields__.items() if field.repr)
    inner = ", ".join(f"{name}={self.__dict__[name]!r}" for name in shown)
    return f"{type(self).__name__}({inner})"


_METHODS: dict[str, Any] = {
    "__init__": _init,
    "__setattr__": _setattr,
    "__delattr__": _delattr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
}
