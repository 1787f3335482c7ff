"""A network and both sides of a statement on it, worked out at one set of numbers."""

from __future__ import annotations

import math
import re
from functools import cached_property

from sympy import Expr, Integer, Rational, Symbol

from varprop.checking.expectation import Engine
from varprop.checking.network_names import LEVEL
from varprop.checking.network_signal import Signal, variances
from varprop.checking.network_text import Block, Chain, read_network
from varprop.checking.reading import NETWORK_NAMES, Reader
from varprop.checking.statement import Statement
from varprop.checking.world import World
from varprop.errors import BadInput


class NetworkClaim:
    """One network, and both sides of a statement on it."""

    def __init__(self, read: Statement, world: World, define: dict[str, str]) -> None:
        assert world.network is not None
        self.read, self.world = read, world
        self.facts = world.network
        self.chain = self._chain(define)
        engine = Engine(world)
        square = {Symbol("m", positive=True): Symbol("n", positive=True)}
        sides = [engine.evaluate(Reader(side, world, define).read()) for side in read.sides]
        self.sides = [side.subs(square) if self.facts.net else side for side in sides]

    def _chain(self, define: dict[str, str]) -> Chain:
        if self.facts.net is not None:
            return read_network(self.facts.net, define)
        if self.facts.act is None:
            raise BadInput(
                "which network? Give net = 5*(Dense(n) >> tanh), or act = tanh with sigma_w2 = …"
            )
        from varprop.catalogue.activations import activation

        n = Symbol("n", positive=True)
        width = self.facts.width if self.facts.width is not None else n
        block = Block(activation(define.get(self.facts.act, self.facts.act)), width, width)
        depth = self.facts.depth if self.facts.depth is not None else Symbol("L", positive=True)
        return Chain((block,), depth)

    @cached_property
    def quantities(self) -> dict[Symbol, tuple[str, str]]:
        """The symbols q@5 of both sides, with letter and level as text."""
        found = {}
        for side in self.sides:
            for symbol in side.free_symbols:
                match = LEVEL.fullmatch(symbol.name)
                if match is not None:
                    found[symbol] = (match["letter"], match["level"])
        return found

    @cached_property
    def running(self) -> str | None:
        """The letter of a level that is no number, such as l or L."""
        for _, level in self.quantities.values():
            letters = re.findall(r"[A-Za-z]\w*", level)
            if letters:
                return str(letters[0])
        return None

    @cached_property
    def free(self) -> list[Symbol]:
        """Numbers that are left open: q[0], and widths where the scale depends on them."""
        block = self.chain.blocks[0]
        variance, bias = variances(self.facts, self.world, block)
        symbols = set((block.fan_in * variance).free_symbols | bias.free_symbols)
        symbols |= {s for side in self.sides for s in side.free_symbols}
        symbols -= set(self.quantities)
        symbols = {s for s in symbols if s.name not in NETWORK_NAMES and s.name != self.running}
        if ("q", "0") not in self.facts.start:
            symbols.add(Symbol("q@0", positive=True))
        return sorted(symbols, key=str)

    def values(self, point: dict[Expr, Expr], level: int) -> list[float]:
        """Return all sides at one point; ``level`` is that of the running letter."""
        signal = Signal(self.chain, self.world, point, self.depth_at(level))
        table: dict[Expr, Expr] = dict(point)
        for symbol, (letter, text) in self.quantities.items():
            table[symbol] = Rational(repr(signal.value(letter, self._level(text, level))))
        for symbol in {s for side in self.sides for s in side.free_symbols}:
            if symbol.name in NETWORK_NAMES:
                table[symbol] = Rational(repr(self._named(symbol.name, signal)))
        if self.running is not None:
            table[Symbol(self.running, positive=True)] = Integer(level)
            table[Symbol(self.running, real=True)] = Integer(level)
        return [float(side.subs(table)) for side in self.sides]

    def depth_at(self, level: int) -> int:
        """Return the number of blocks when the running letter stands for ``level``."""
        if self.chain.depth.is_Integer:
            return int(self.chain.depth)
        levels = [self._level(text, level) for _, text in self.quantities.values()]
        return max([*levels, 1])

    def _level(self, text: str, level: int) -> int:
        from varprop.expression_text import parse_scalar

        value = parse_scalar(text).subs(dict.fromkeys(parse_scalar(text).free_symbols, level))
        if not (value.is_Integer and value >= 0):
            raise BadInput(f"a level is a whole number that isn't negative, not {text}.")
        return int(value)

    def _named(self, name: str, signal: Signal) -> float:
        from varprop.answer.phase import Phase, phase

        block = self.chain.blocks[0]
        weight, bias = signal.scale(block)
        if name in ("sigma_w2", "sigma_b2"):
            return weight if name == "sigma_w2" else bias
        given = self.world.values.get("q")
        if given is not None and name.startswith("chi"):
            moment = "derivative_second_moment" if name == "chi_perp" else "length_slope"
            number = signal.moments(block).number(moment, float(given)).value
            return weight * (math.nan if number is None else number)
        found = phase(block.act, weight, bias, signal.start("q", 1.0))
        assert isinstance(found, Phase)
        value = {
            "q_star": found.q_star, "chi_perp": found.chi_perp, "c_star": found.c_star,
            "chi_par": found.chi_parallel, "chi_parallel": found.chi_parallel,
        }[name]  # fmt: skip
        if value is None:
            raise NoFixedPoint(found.destination.words)
        return value


class NoFixedPoint(Exception):
    """The length map reaches no fixed point; the text says what it does."""
