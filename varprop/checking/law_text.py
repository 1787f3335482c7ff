"""Laws as people write them: U(-a, a), N(0, q), N(0, std=s), Bernoulli(p), he(fan_in=n)."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Expr, Integer, Rational, S, Symbol, sqrt

from varprop.catalogue.laws import LAWS
from varprop.catalogue.schemes import SCHEMES
from varprop.checking.laws import Catalogued, Discrete, Exponential, Law, Normal, Uniform
from varprop.checking.reading import Reader
from varprop.checking.spelling import Spelt
from varprop.checking.world import World
from varprop.errors import BadInput, UnknownName, did_you_mean
from varprop.expression_text import parse_expression
from varprop.expression_text.nodes import Call, Group, Name, Node
from varprop.propagation.law_scale import parameter_for

NORMAL = ("N", "Normal", "normal", "Gaussian", "gaussian")
UNIFORM = ("U", "Uniform", "uniform", "Unif")
BERNOULLI = ("Bernoulli", "bernoulli", "Ber", "Bern")
RADEMACHER = ("Rademacher", "rademacher", "sign")
EXPONENTIAL = ("Exp", "Exponential", "exponential")
_OTHERS = ("Laplace", "truncated_normal", "student_t", "sparse", "orthogonal", "constant")


class LawReader(Reader):
    """Reads the text of one law."""

    def law(self) -> tuple[Law, tuple[str, ...]]:
        """Return the law and notes on how it was read."""
        node = self.tree
        if isinstance(node, Name):
            node = Call(node.start, node.end, node.text, ())
        if not isinstance(node, Call):
            self.refuse(node, "a law is expected here, such as N(0, var=q) or U(-a, a)")
        arguments = self._flat(node)
        named = {key: self.value(value).expr for key, value in node.keywords}
        if node.name in NORMAL:
            return self._normal(node, arguments, named)
        if node.name in UNIFORM:
            return self._uniform(node, arguments, named), ()
        if node.name in BERNOULLI:
            return self._bernoulli(node, arguments, named), ()
        if node.name in RADEMACHER and len(arguments) <= 1:
            size = arguments[0] if arguments else S.One
            half = Rational(1, 2)
            return Discrete(((-size, half), (size, half)), f"rademacher({size})"), ()
        if node.name in EXPONENTIAL:
            return self._exponential(node, arguments), ()
        return self._registered(node, arguments, named), ()

    def _flat(self, node: Call) -> list[Expr]:
        found: list[Expr] = []
        for argument in node.arguments:
            items: tuple[Node, ...] = argument.items if isinstance(argument, Group) else (argument,)
            found += [self.value(item).expr for item in items]
        return found

    def _normal(
        self, node: Call, values: list[Expr], named: Mapping[str, Expr]
    ) -> tuple[Law, tuple[str, ...]]:
        mean = named.get("mean", named.get("mu", values[0] if values else S.Zero))
        variance = next(
            (named[key] for key in ("var", "variance", "sigma2", "q") if key in named), None
        )
        std = next((named[key] for key in ("std", "sd", "sigma", "s") if key in named), None)
        notes: tuple[str, ...] = ()
        if variance is None and std is not None:
            variance = std**2
        elif variance is None and len(values) > 1:
            variance = values[1]
            read = f"N({mean}, var={variance})"
            notes = (f"{self.shown(node)} is read as {read}: the second value is a variance",)
        elif variance is None:
            self.refuse(node, "a normal law needs a variance: N(0, var=q), or N(0, std=s)")
        if variance.is_negative or variance == 0:
            self.refuse(node, f"the variance of a normal law can't be {variance}")
        return Normal(mean, variance, f"N({mean}, var={variance})"), notes

    def _uniform(self, node: Call, values: list[Expr], named: Mapping[str, Expr]) -> Law:
        if len(values) == 1:
            values = [S.Zero, values[0]]
        low = named.get("low", values[0] if values else S.Zero)
        high = named.get("high", values[1] if len(values) > 1 else S.One)
        if (high - low).is_nonpositive:
            self.refuse(node, f"a uniform law goes from low to high, not from {low} to {high}")
        return Uniform(low, high, f"U({low}, {high})")

    def _bernoulli(self, node: Call, values: list[Expr], named: Mapping[str, Expr]) -> Law:
        chance = named.get("p", values[0] if values else None)
        if chance is None or chance.is_negative or (1 - chance).is_negative:
            self.refuse(node, f"a probability lies between 0 and 1, not {chance}")
        return Discrete(((S.Zero, 1 - chance), (S.One, chance)), f"Bernoulli({chance})")

    def _exponential(self, node: Call, values: list[Expr]) -> Law:
        rate = values[0] if values else S.One
        if rate.is_nonpositive:
            self.refuse(node, f"the rate of an exponential law must be positive, not {rate}")
        return Exponential(rate, f"Exp({rate})")

    def _registered(self, node: Call, values: list[Expr], named: dict[str, Expr]) -> Law:
        name = node.name if node.name in LAWS or node.name in SCHEMES else node.name.casefold()
        if name in LAWS and LAWS[name].name not in ("normal", "uniform"):
            return self._catalogued(node, name, values, named)
        if name in SCHEMES:
            return self._scheme(node, name, values, named)
        known = [*NORMAL[:2], *UNIFORM[:2], BERNOULLI[0], *_OTHERS, *LAWS, *SCHEMES]
        hint = did_you_mean(node.name, known)
        raise self.refusal(node, f"no law {node.name!r}. {hint}All: varprop list laws", UnknownName)

    def _catalogued(self, node: Call, name: str, values: list[Expr], named: dict[str, Expr]) -> Law:
        entry = LAWS[name]
        forms = {f.symbol: named.pop(f.symbol) for f in entry.forms if f.symbol in named}
        if forms:
            entry = entry.with_form(**{key: float(value) for key, value in forms.items()})
        size = S.One
        if name == "orthogonal" and len(values) >= 2:
            size = values[0] if values[0] == values[1] else Symbol("m", positive=True)
            values = values[2:]
        own = (entry.parameter.key, entry.parameter.symbol)
        given = [named[key] for key in own if key in named]
        if "var" in named:
            given = [parameter_for(entry, named["var"])]
        parameter = given[0] if given else values[0] if values else S.One
        if parameter.is_nonpositive and entry.random:
            self.refuse(node, f"the {entry.parameter.key} of {name} can't be {parameter}")
        return Catalogued(
            entry, parameter, f"{entry.name}({entry.parameter.key}={parameter})", size
        )

    def _scheme(self, node: Call, name: str, values: list[Expr], named: dict[str, Expr]) -> Law:
        scheme = SCHEMES[name]
        spelt_out = {"fan_in", "fan_out"} & self.world.positive
        letters = ("fan_in", "fan_out") if spelt_out else ("n", "m")
        fans = {
            key: Symbol(s, positive=True)
            for key, s in zip(("fan_in", "fan_out"), letters, strict=True)
        }
        fans |= dict(zip(("fan_in", "fan_out"), values, strict=False))
        names: dict[str, Expr] = {**fans}
        for key, default in scheme.parameters:
            if key in named:
                names[key] = named[key]
            elif default is None:
                self.refuse(node, f"{name} needs {key}")
            else:
                names[key] = parse_expression(default, argument="_")
        names |= {key: value for key, value in named.items() if key in fans}
        variance = parse_expression(scheme.weight_variance, argument="_", names=names)
        words = f"{name}, Var = {variance}"
        if scheme.law == "uniform":
            bound = sqrt(3 * variance)
            return Uniform(-bound, bound, words)
        if scheme.law == "normal":
            return Normal(Integer(0), variance, words)
        entry = LAWS[scheme.law]
        return Catalogued(entry, parameter_for(entry, variance), words)


def read_law(found: Spelt, world: World) -> tuple[Law, tuple[str, ...]]:
    """Return the law that a text names, and notes. Raises BadInput with the place."""
    text = found.text
    if "[" in text:
        for old in ("([", "[("):
            while old in found.text:
                place = found.text.index(old)
                found = found.swapped(place, place + 2, "(")
        for old in ("])", ")]"):
            while old in found.text:
                place = found.text.index(old)
                found = found.swapped(place, place + 2, ")")
    if text.startswith("{"):
        return _listed(found, world)
    return LawReader(found, world).law()


def _listed(found: Spelt, world: World) -> tuple[Law, tuple[str, ...]]:
    """Read {-1, 1}: equally likely values."""
    inner = found.part(1, len(found.text) - 1)
    if not found.text.endswith("}"):
        raise BadInput(f"can't read {found.typed!r}: '}}' is missing.")
    from varprop.checking.statement import split_at

    points = [Reader(piece, world).read() for piece in split_at(inner, ",")]
    chance = Rational(1, len(points))
    return Discrete(tuple((p, chance) for p in points), f"one of {', '.join(map(str, points))}"), ()
