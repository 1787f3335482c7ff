"""From the text of a definition, ``h = Σ_j w_j x_j + b``, to an expression of random variables."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr, Integer, Rational, Symbol

from varprop.errors import BadInput
from varprop.expression_text.signs import refusal
from varprop.frozen import frozen
from varprop.notation import check_name, positive
from varprop.refereeing.signs import END, NAME, NUMBER, OPERATOR, SUM, Sign, split
from varprop.rewriting.nodes import sum_over

LARGEST_POWER = 8
DEEPEST = 12

Named = Callable[[str, tuple[Expr, ...]], Expr]
Applied = Callable[[str, bool, tuple[Expr, ...]], Expr]


@frozen
class Definition:
    """``left`` = ``right``: a name and an expression of random variables."""

    text: str
    left: Symbol
    right: Expr


def read_definition(text: str, named: Named, applied: Applied, terms: str) -> Definition:
    """Return the definition that ``text`` writes.

    ``named(name, indices)`` gives the expression of a name; ``applied(name, prime, indices)`` that
    of ``name(…)`` or ``name'(…)``, whose argument carries the indices. A sum without a stated last
    index runs to ``terms``. A subscript that no sum binds stays out: the derivation speaks of one
    unit. Raises BadInput with the place.

    >>> named = lambda name, indices: Symbol(name)
    >>> read_definition("y = 2 w x", named, lambda *_: 0, "n").right
    2*w*x
    """
    reader = _Reader(text, named, applied, terms)
    left = reader.take(NAME, "a definition starts with the name of what it defines")
    reader.operator("=")
    right = reader.sum()
    if reader.sign.kind != END:
        raise reader.refusal(f"{reader.sign.text!r} isn't expected here")
    name = f"{left.text}_{left.subscript}" if left.subscript else left.text
    check_name(name)
    return Definition(text, Symbol(name), right)


class _Reader:
    def __init__(self, text: str, named: Named, applied: Applied, terms: str) -> None:
        self.text, self.signs, self.place = text, split(text), 0
        self.named, self.applied, self.terms = named, applied, terms
        self.bound: dict[str, Symbol] = {}
        self.depth = 0

    @property
    def sign(self) -> Sign:
        return self.signs[self.place]

    def refusal(self, why: str) -> BadInput:
        return refusal(self.text, self.sign.start, why)

    def at(self, *operators: str) -> bool:
        return self.sign.kind == OPERATOR and self.sign.text in operators

    def take(self, kind: str, why: str) -> Sign:
        if self.sign.kind != kind:
            raise self.refusal(why)
        self.place += 1
        return self.signs[self.place - 1]

    def operator(self, text: str) -> None:
        if not self.at(text):
            raise self.refusal(f"{text!r} is missing before {self.sign.text!r}")
        self.place += 1

    def sum(self) -> Expr:
        """Terms joined by + and −."""
        total = self._signed()
        while self.at("+", "-"):
            minus = self.take(OPERATOR, "").text == "-"
            term = self.product()
            total = total - term if minus else total + term
        return total

    def _signed(self) -> Expr:
        if self.at("-"):
            self.place += 1
            return -self.product()
        return self.product()

    def product(self) -> Expr:
        """Factors side by side, or joined by · and /."""
        value = self.power()
        while self.at("*", "/", "(") or self.sign.kind in (NAME, NUMBER, SUM):
            if self.at("/"):
                self.place += 1
                value = value / self.power()
            else:
                self.place += self.at("*")
                value = value * self.power()
        return value

    def power(self) -> Expr:
        base = self.atom()
        if self.at("**"):
            self.place += 1
            exponent = self.take(NUMBER, f"a whole power up to {LARGEST_POWER} is missing").text
            if not exponent.isdigit() or int(exponent) > LARGEST_POWER or base.is_number:
                raise self.refusal(f"only whole powers up to {LARGEST_POWER} of names are read")
            return base ** Integer(exponent)
        return base

    def atom(self) -> Expr:
        if self.sign.kind == NUMBER:
            return Rational(self.take(NUMBER, "").text)
        if self.sign.kind == SUM:
            return self._indexed_sum()
        if self.at("("):
            return self._bracketed()
        found = self.take(NAME, f"a name, a number or Σ is missing before {self.sign.text!r}")
        if found.prime or (self.at("(") and self._is_applied()):
            return self._application(found)
        check_name(found.text)
        return self.named(found.text, self._indices(found.subscript))

    def _bracketed(self) -> Expr:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.refusal(f"nested deeper than {DEEPEST} levels")
        self.place += 1
        inner = self.sum()
        self.operator(")")
        self.depth -= 1
        return inner

    def _is_applied(self) -> bool:
        """Tell φ(h) from w(x + y): one name stands between the brackets."""
        after = self.signs[self.place + 1 : self.place + 3]
        return len(after) == 2 and after[0].kind == NAME and after[1].text == ")"

    def _application(self, found: Sign) -> Expr:
        self.operator("(")
        argument = self.take(NAME, "the name of the pre-activation is missing")
        self.operator(")")
        return self.applied(found.text, found.prime, self._indices(argument.subscript))

    def _indices(self, subscript: str) -> tuple[Expr, ...]:
        if subscript.isdigit():
            return (Integer(subscript),)
        return tuple(self.bound[letter] for letter in subscript if letter in self.bound)

    def _indexed_sum(self) -> Expr:
        found = self.take(SUM, "")
        letter = found.subscript or self._only_subscript()
        if letter in self.bound:
            raise self.refusal(f"the index {letter} is in use already")
        index = self.bound[letter] = Symbol(letter, integer=True, positive=True)
        term = self.product()
        del self.bound[letter]
        if not term.has(index):
            raise self.refusal(f"nothing in this sum carries its index {letter}")
        return sum_over(term, index, positive(found.upper or self.terms))

    def _only_subscript(self) -> str:
        letters: dict[str, None] = {}
        for sign in self.signs[self.place :]:
            if sign.kind == END or (sign.kind == OPERATOR and sign.text in "+-)"):
                break
            letters.update(dict.fromkeys(sign.subscript if sign.kind == NAME else ""))
        if len(letters) != 1:
            raise self.refusal("which index does this sum run over? Write Σ_j w_j x_j")
        return next(iter(letters))
