"""An integrand read once: its graph, its shape, and its compiled forms, kept for the next call."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from sympy import Expr, Symbol

from varprop.errors import Undecided
from varprop.moments.numbers.code import compile_graph, compile_plain
from varprop.moments.numbers.functions_math import NAMESPACE
from varprop.moments.numbers.nodes import Graph, rounded
from varprop.moments.numbers.parity import parity_of
from varprop.moments.numbers.reading import read
from varprop.moments.numbers.shape import Shape, shape
from varprop.moments.numbers.slopes import differentiate

if TYPE_CHECKING:
    from varprop.moments.numbers.growth import Growth


class Prepared:
    """φ and, when asked for, φ' as functions of h; compiled forms appear when first used."""

    def __init__(self, expr: Expr, h: Symbol, *, slope: bool, value: bool) -> None:
        self.graph: Graph
        self.graph, node = read(expr, h)
        self.slope = slope
        self.outputs: tuple[int, ...] = (node,)
        if slope:
            derivative = differentiate(self.graph, node)
            self.outputs = (node, derivative) if value or self.opaque else (derivative,)

    @cached_property
    def shape(self) -> Shape:
        """Kinks and lengths."""
        return shape(self.graph, self.outputs)

    @cached_property
    def parity(self) -> tuple[str | None, ...]:
        """For each output "odd", "even" or None."""
        kinks = [kink.value for kink in self.shape.kinks]
        return tuple(parity_of(self.graph, o, kinks, self.nodes_at) for o in self.outputs)

    @cached_property
    def opaque(self) -> bool:
        """Tell whether it calls a Python function, which knows double precision only."""
        return any(node.op == "call" for node in self.graph.nodes)

    @cached_property
    def scalar(self) -> Callable[[float], tuple[float, ...]]:
        """h -> (φ, error[, φ', error]) for one float."""
        return compile_graph(self.graph, self.outputs, NAMESPACE)

    @cached_property
    def vector(self) -> Callable[[Any], tuple[Any, ...]]:
        """h -> (φ, error[, φ', error]) for a NumPy array."""
        from varprop.moments.numbers.functions_numpy import NAMESPACE as ARRAYS

        return compile_graph(self.graph, self.outputs, ARRAYS, logic="vector")

    @cached_property
    def _plain(self) -> dict[int, Callable[[Any], tuple[Any, ...]]]:
        return {}

    def plain(self, digits: int) -> Callable[[Any], tuple[Any, ...]]:
        """Return h -> (φ[, φ']) for an mpmath number of that many digits."""
        if digits not in self._plain:
            from varprop.moments.numbers.functions_mp import constants, namespace

            raw = compile_plain(self.graph, self.outputs, namespace(digits))
            values = constants(self.graph, digits)
            self._plain[digits] = lambda h: raw(h, values)
        return self._plain[digits]

    def growths(self, side: int) -> tuple[Growth | None, ...]:
        """Return how fast φ[, φ'] can grow, None where no rule tells.

        For h → side·∞ beyond the last kink, or everywhere when ``side`` is 0.
        """
        if side not in self._growths:
            from varprop.moments.numbers.growth import growth

            far = self._far_out(side) if side else None
            self._growths[side] = tuple(growth(self.graph, o, side, far) for o in self.outputs)
        return self._growths[side]

    def _far_out(self, side: int) -> dict[int, Any]:
        last = max((abs(kink.value) for kink in self.shape.kinks), default=0.0)
        return self.nodes_at(side * (2 * last + 1))

    def nodes_at(self, h: float) -> dict[int, Any]:
        """Return the value of every node at one point, in double precision."""
        needed, constants, evaluate = self._nodes
        return dict(zip(needed, evaluate(h, constants), strict=True))

    @cached_property
    def _nodes(self) -> tuple[tuple[int, ...], dict[int, float], Callable[..., tuple[Any, ...]]]:
        needed = tuple(self.graph.reachable(self.outputs))
        exact = ((index, self.graph.exact(index)) for index in needed)
        constants = {index: rounded(number) for index, number in exact if number is not None}
        return needed, constants, compile_plain(self.graph, needed, NAMESPACE)

    @cached_property
    def _growths(self) -> dict[int, tuple[Growth | None, ...]]:
        return {}

    def kinks(self, digits: int) -> list[Any]:
        """Return the kinks as mpmath numbers of that many digits."""
        from varprop.moments.numbers.functions_mp import constants, context, namespace, number

        found = []
        for kink in self.shape.kinks:
            if kink.exact is not None:
                found.append(number(kink.exact, digits))
                continue
            raw = compile_plain(self.graph, (kink.switch,), namespace(digits))
            values = constants(self.graph, digits)
            ends = (kink.value, kink.value * (1 + 1e-12))
            try:
                root = context(digits).findroot(lambda h, f=raw, c=values: f(h, c)[0], ends)
            except ValueError as error:
                raise Undecided(f"the kink near h = {kink.value:.6g} is no root.") from error
            found.append(root)
        return found


@lru_cache(maxsize=512)
def prepared(expr: Expr, h: Symbol, *, slope: bool = False, value: bool = True) -> Prepared:
    """Return φ, and φ' where ``slope`` asks for it, alone unless ``value`` asks for φ, too.

    A Python function always keeps φ, against which its derivative is checked. Raises BadInput when
    ``expr`` cannot be read.
    """
    return Prepared(expr, h, slope=slope, value=value)
