"""The signal of a dense chain, level by level: q, gradients, correlations, moments after φ."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from sympy import Expr, Symbol

from varprop.answer.initialiser import initialiser
from varprop.checking.network_facts import NetworkFacts
from varprop.checking.network_text import Block, Chain
from varprop.checking.world import World
from varprop.errors import BadInput
from varprop.moments import Moments
from varprop.propagation.curves import Curve
from varprop.propagation.feed import moments_of

Fans = tuple[Expr, Expr]


@dataclass
class Signal:
    """One network at one set of numbers; q[0], c[0] and the rest are worked out when asked for.

    q[l+1] = fan_in·Var(w)·E[φ(h_l)²] + σ_b², h_l ~ N(0, q[l]);
    g[l] = fan_out·Var(w)·E[φ'(h_l)²]·g[l+1], g = 1 at the last level.
    """

    chain: Chain
    world: World
    point: dict[Expr, Expr]
    depth: int
    _q: list[float] = field(default_factory=list)
    _c: list[float] = field(default_factory=list)
    _curves: dict[tuple[str, str], Curve] = field(default_factory=dict)

    @property
    def facts(self) -> NetworkFacts:
        """What was given of the network."""
        assert self.world.network is not None
        return self.world.network

    def curve(self, block: Block, name: str) -> Curve:
        """Return a moment of a block's activation as a function of q."""
        key = (block.act.name, name)
        if key not in self._curves:
            self._curves[key] = Curve(moments_of(block.act.phi), name)
        return self._curves[key]

    def moments(self, block: Block) -> Moments:
        """Return the moments of a block's activation."""
        return moments_of(block.act.phi)

    def start(self, letter: str, default: float) -> float:
        """Return a given value at level 0."""
        given = self.facts.start.get((letter, "0"))
        if given is None:
            symbol = Symbol(f"{letter}@0", positive=True)
            return float(self.point.get(symbol, default))
        return float(given.subs(self.point))

    def q(self, level: int) -> float:
        """Return E[h²] at a level."""
        if not self._q:
            self._q = [self.start("q", 1.0)]
        while len(self._q) <= level:
            block = self.chain.at(len(self._q) - 1)
            weight, bias = self.scale(block)
            before = self._q[-1]
            value = weight * self._fed(block, len(self._q) - 1, before)
            self._q.append(min(value + bias, 1e300))
        return self._q[level]

    def _fed(self, block: Block, level: int, q: float) -> float:
        """Return E[x²] at a level, as given for the input or of φ(h)."""
        if level == 0 and ("s", "0") in self.facts.start:
            return self.start("s", 1.0)
        return self.curve(block, "second_moment")(q) if q > 0 else 0.0

    def scale(self, block: Block) -> tuple[float, float]:
        """Return fan_in·Var(w) and σ_b² of a block."""
        variance, bias = variances(self.facts, self.world, block)
        return float((block.fan_in * variance).subs(self.point)), float(bias.subs(self.point))

    def g(self, level: int) -> float:
        """Return E[δ²] at a level, 1 at the last one."""
        logarithm = 0.0
        for at in range(level, self.depth):
            block = self.chain.at(at)
            variance, _ = variances(self.facts, self.world, block)
            factor = float((block.fan_out * variance).subs(self.point))
            slope = self.curve(block, "derivative_second_moment")(self.q(at))
            if factor * slope <= 0:
                return 0.0
            logarithm += math.log(factor * slope)
        return math.exp(min(logarithm, 690.0))

    def c(self, level: int) -> float:
        """Return the correlation of two inputs' pre-activations at a level."""
        from varprop.solving.correlation_plane import product

        if not self._c:
            self._c = [self.start("c", 0.5)]
        while len(self._c) <= level:
            at = len(self._c) - 1
            block = self.chain.at(at)
            weight, bias = self.scale(block)
            moments = self.moments(block)
            shared = product(moments.phi, moments.h, self.q(at), min(self._c[-1], 1.0))
            self._c.append((weight * shared + bias) / self.q(at + 1))
        return self._c[level]

    def value(self, letter: str, level: int) -> float:
        """Return a quantity by its letter."""
        if letter == "q":
            return self.q(level)
        if letter == "g":
            return self.g(level)
        if letter == "c":
            return self.c(level)
        block = self.chain.at(level)
        mean = self.curve(block, "mean")(self.q(level))
        if letter == "m":
            return mean
        second = self._fed(block, level, self.q(level))
        return second if letter == "s" else second - mean**2


def variances(facts: NetworkFacts, world: World, block: Block) -> tuple[Expr, Expr]:
    """Return Var(w) and σ_b² of a block, from the initialiser or from what was given of w."""
    from sympy import S

    bias = facts.bias_variance if facts.bias_variance is not None else S.Zero
    if facts.scaled_variance is not None:
        return facts.scaled_variance / block.fan_in, bias
    if facts.init is not None:
        found = initialiser(facts.init)
        fans = {
            Symbol("fan_in", positive=True): block.fan_in,
            Symbol("fan_out", positive=True): block.fan_out,
        }
        own = found.bias_variance.subs(fans)
        return found.weight_variance.subs(fans), bias if facts.bias_variance is not None else own
    for name in ("w", "W"):
        known = world.variables.get(name)
        if known is None:
            continue
        variance = known.variance if known.law is None else known.law.moment(2)
        if variance is not None:
            return variance, bias
    raise BadInput(
        "the network needs its weights: give init = he, or n*Var(w) = 2, or w ~ U(-a, a)."
    )
