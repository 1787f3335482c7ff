"""Begin a derivation: a definition as text, and what its letters stand for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from sympy import Eq, Expr, IndexedBase, Symbol

from varprop import notation
from varprop.answer.inputs import Number, variance
from varprop.catalogue.activations import ACTIVATIONS, Activation, activation_from
from varprop.derivation import Kind, Step
from varprop.errors import BadInput, did_you_mean
from varprop.expression_text import exact
from varprop.propagation.feed import Activated
from varprop.refereeing.draft import Draft
from varprop.refereeing.laws import RandomLaw
from varprop.refereeing.reading import read_definition
from varprop.refereeing.refusal import written
from varprop.refereeing.signs import ascii_name
from varprop.refereeing.variables import (
    Family,
    drawn_from,
    output_of,
    unknown,
)
from varprop.rewriting.facts import Facts

SLOPE, OUTPUT = "D", "x"


def begin(
    definition: str,
    *,
    terms: str = "n",
    q: Number = "q",
    dependent: Sequence[str] = (),
    **letters: Any,
) -> Draft:
    """Begin a derivation that you write and varprop referees.

    Parameters
    ----------
    definition : an equation such as ``"h = Σ_j w_j x_j + b"``, ``"y = w x"`` or
        ``"delta_l = φ'(h)·Σ_i w_i δ_i"``.
    letters : what each letter stands for: ``w=vp.law(var=v)``, ``x=vp.relu`` (then x = relu(h)),
        ``phi=vp.relu``, a number or a symbol. Of a letter that is left out nothing is assumed, but
        that it is independent of the others.
    terms : the number of terms of a sum without a stated last index.
    q : the variance of the pre-activations h.
    dependent : pairs of letters that are not independent, such as ``("w x",)``.

    Raises BadInput, with the place, for definitions and letters that can't be read.

    Examples
    --------
    >>> from varprop.refereeing.laws import law
    >>> d = begin("h = Σ_j w_j x_j", w=law(var="v"), x="relu")
    >>> d.finish().value
    2/n
    """
    setting = _Setting({ascii_name(k): v for k, v in letters.items()}, variance(q, "q"))
    read = read_definition(definition, setting.named, setting.applied, terms)
    setting.check_used()
    families = tuple(setting.families.values())
    facts = Facts(tuple(f.known for f in families), _independent(families, dependent))
    equation = Eq(read.left, read.right, evaluate=False)
    step = Step(equation, "definition", Kind.GIVEN, _because(families))
    return Draft(read, families, facts, (step,), equation, setting.backward)


def _because(families: tuple[Family, ...]) -> str:
    named = [f"{written(f.symbol)} = {f.words}" for f in families if f.feed is not None]
    return "; ".join(["definition", *named])


def _independent(families: tuple[Family, ...], dependent: Sequence[str]) -> frozenset[Any]:
    tied = {frozenset(ascii_name(letter) for letter in pair.split()) for pair in dependent}
    pairs = {frozenset((a.name, b.name)) for a, b in combinations(families, 2)}
    if tied - pairs:
        odd = " ".join(sorted(next(iter(tied - pairs))))
        raise BadInput(f"dependent names pairs of the definition's letters, not {odd!r}.")
    return frozenset(pairs - tied)


class _Setting:
    """What the letters mean, and the families found while the definition is read."""

    def __init__(self, letters: dict[str, Any], q: Expr) -> None:
        self.letters, self.q = letters, q
        self.families: dict[str, Family] = {}
        self.used: set[str] = set()
        self.backward = False

    def named(self, name: str, indices: tuple[Expr, ...]) -> Expr:
        """Return the expression of a letter."""
        self.used.add(name)
        given = self.letters.get(name)
        if isinstance(given, (int, float, Expr)) and not _is_function(given):
            return exact(given, name)
        known = self.families.get(name)
        if known is not None and known.known.single is bool(indices):
            raise BadInput(
                f"the letter {name} stands with an index and without one: give one of them another name."
            )
        if known is None:
            self.families[name] = self._family(name, given, single=not indices)
        return _atom(name, indices)

    def applied(self, name: str, prime: bool, indices: tuple[Expr, ...]) -> Expr:
        """Return the letter that stands for φ(h) or for φ'(h)."""
        self.used.add(name)
        source = self.letters.get(name, name)
        if name == "phi" and name not in self.letters:
            raise BadInput("say which activation φ is: begin(…, phi=vp.relu).")
        letter = SLOPE if prime else OUTPUT
        if letter in self.letters or letter in self.families:
            raise BadInput(
                f"the letter {letter} stands for {name}{prime * chr(39)}(h) here: rename yours."
            )
        self.backward |= prime
        self.families[letter] = output_of(
            letter, _feed(source), self.q, single=not indices, slope=prime
        )
        return _atom(letter, indices)

    def _family(self, name: str, given: Any, *, single: bool) -> Family:
        if given is None:
            return unknown(name, single=single)
        if isinstance(given, RandomLaw):
            return drawn_from(name, given, single=single)
        if (
            getattr(given, "variance", None) is not None
            and getattr(given, "mean", None) is not None
        ):
            kind = type(given).__name__.removesuffix("Variable").casefold()
            return drawn_from(name, RandomLaw(kind, given.variance, given.mean), single=single)
        return output_of(name, _feed(given), self.q, single=single)

    def check_used(self) -> None:
        """Refuse a letter that the definition doesn't hold."""
        for name in self.letters:
            if name not in self.used:
                raise BadInput(
                    f"the definition has no {name!r}. {did_you_mean(name, self.used)}"
                    f"Its letters: {', '.join(sorted(self.used))}."
                )


def _atom(name: str, indices: tuple[Expr, ...]) -> Expr:
    return IndexedBase(Symbol(name))[indices] if indices else Symbol(name)


def _is_function(given: Any) -> bool:
    """Tell φ, an expression in the pre-activation, from a constant or a random variable."""
    if not isinstance(given, Expr):
        return False
    return (
        hasattr(given, "variance")
        or bool(given.has(notation.h))
        or bool({s.name for s in given.free_symbols} & {"h", "x", "z"})
    )


def _feed(given: Any) -> Activated:
    name = getattr(given, "name", given)
    if isinstance(given, Activation):
        found = given
    elif isinstance(name, str) and (not isinstance(given, Expr)):
        found = activation_from(name)
    else:
        found = activation_from(given)
    return Activated(found.name if found.entry is not None else _short(found), found.phi)


def _short(found: Activation) -> str:
    return found.name if found.name in ACTIVATIONS else "φ"
