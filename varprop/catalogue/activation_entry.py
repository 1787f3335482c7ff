"""What the catalogue says about one activation: a frozen entry, its formula kept as text."""

from __future__ import annotations

from varprop.frozen import frozen


@frozen
class Parameter:
    """A parameter of an activation.

    ``default`` and ``typical`` are exact texts; ``domain`` is real, positive or nonnegative;
    ``aliases`` are the names that libraries give to the same parameter.
    """

    name: str
    default: str
    typical: tuple[str, ...]
    domain: str = "real"
    aliases: tuple[str, ...] = ()


@frozen
class ActivationEntry:
    """One pointwise activation φ(h), h the pre-activation.

    ``formula`` is text in ``h`` and the parameters' names; ``aliases`` are the spellings of
    PyTorch (class and function), Keras and JAX; ``note`` says whose convention the defaults are
    where libraries differ; ``source`` is the paper or the library that introduced it.
    """

    name: str
    formula: str
    source: str
    aliases: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    note: str = ""

    def typical(self) -> tuple[str, ...]:
        """Return the spellings to test: the default and one per typical value of a parameter."""
        varied = [
            f"{self.name}({', '.join(value if p is q else q.default for q in self.parameters)})"
            for p in self.parameters
            for value in p.typical
            if value != p.default
        ]
        return (self.name, *varied)
