"""A derivation that a person writes, line by line, and that varprop referees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sympy import Eq, Expr, simplify

from varprop.derivation import Derivation, Step
from varprop.errors import did_you_mean
from varprop.faces import Shown
from varprop.frozen import frozen
from varprop.refereeing.reading import Definition
from varprop.refereeing.refusal import NotAllowed
from varprop.refereeing.signs import ascii_name
from varprop.refereeing.variables import Family
from varprop.rewriting.facts import Facts, Known
from varprop.verdict import Check

KEEP = "keep"
MOST_NAMED = 4


@frozen
class Option:
    """A rule that applies now, and the lines that it would add."""

    name: str
    steps: tuple[Step, ...]
    small: bool = False

    @property
    def line(self) -> Eq:
        """What the next line would be."""
        return self.steps[-1].equation


@frozen
class Options(Shown):
    """The rules that apply to the last line of a draft; ``name in options`` asks by name."""

    after: Eq
    options: tuple[Option, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names, big steps first."""
        return tuple(option.name for option in self.options)

    def __iter__(self) -> Iterator[Option]:
        return iter(self.options)

    def __len__(self) -> int:
        return len(self.options)

    def __contains__(self, name: object) -> bool:
        return name in self.names


@frozen
class Draft(Shown):
    """A derivation under construction. Every method returns a new draft; none changes one.

    ``line`` is the equation that the next rule works on; ``facts`` is what may be used of the
    letters; ``checks`` holds one outcome per line once :meth:`verify` has run (None for a line that
    states or imposes something).
    """

    definition: Definition
    families: tuple[Family, ...]
    facts: Facts
    steps: tuple[Step, ...]
    line: Eq
    backward: bool = False
    checks: tuple[Check | None, ...] | None = None

    @property
    def derivation(self) -> Derivation:
        """The lines so far."""
        return Derivation(self.definition.text, self.steps)

    @property
    def value(self) -> Expr:
        """The right side of the last line."""
        return self.line.args[1]

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the lines take for granted, the stated assumptions among them."""
        return self.derivation.assumptions

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def family(self, name: str) -> Family:
        """Return what is known under a letter. Raises NotAllowed for a letter that isn't there."""
        for family in self.families:
            if family.name == ascii_name(name.strip()):
                return family
        known = [family.name for family in self.families]
        raise NotAllowed(
            f"no {name!r} in {self.definition.text!r}. {did_you_mean(name, known)}"
            f"Letters: {', '.join(known)}."
        )

    def known(self, family: Family) -> Known:
        """Return what may be used of a family, stated assumptions included."""
        return self.facts.about(family.symbol)

    def contradicts(self, family: Family) -> bool:
        """Whether a stated assumption about the mean of φ(h) goes against what it is."""
        stated, true = self.known(family).mean, family.true_mean
        if family.feed is None or stated is None or true is None:
            return False
        return bool(simplify(stated - true) != 0)

    def then(self, *steps: Step) -> Draft:
        """Return the draft with further lines; the last of them is worked on next."""
        return replace(self, steps=(*self.steps, *steps), line=steps[-1].equation, checks=None)

    def options(self, *, small: bool = True) -> Options:
        """Return the rules that apply to the last line, each with the line that it would give.

        ``small=False`` leaves out the single rewrite rules that the big steps are made of.
        """
        from varprop.refereeing.actions import options

        return Options(self.line, options(self, small=small))

    def apply(self, name: str) -> Draft:
        """Return the draft with the rule of that name applied to its last line.

        Raises NotAllowed, with the reason and with what is allowed instead.
        """
        from varprop.refereeing.actions import find

        action = find(self, name)
        try:
            return action.take(self)
        except NotAllowed as refused:
            allowed = _allowed(self.options(small=False), refused.instead)
            raise NotAllowed(f"{str(refused).rstrip('.')}. {allowed}") from None

    def assume(self, statement: str) -> Draft:
        """Return the draft with a stated assumption, which its result carries: ``E[x] = 0``.

        Read are E[x] = …, Var(x) = …, ``x iid`` and ``w independent of x``. Raises NotAllowed for
        anything else.
        """
        from varprop.refereeing.assuming import assume

        return assume(self, statement)

    def finish(self, condition: str | None = KEEP, *, solve_for: str | None = None) -> Draft:
        """Return the draft carried to its end: the moment in closed form, or the weights' variance.

        ``condition`` forward or backward keeps that signal from layer to layer and solves for the
        variance of the weights (``solve_for`` names another letter); by default it is imposed where
        the definition is a sum. None stops at the moment.
        """
        from varprop.refereeing.finishing import finish

        return finish(self, condition, solve_for)

    def verify(self, **options: Any) -> Draft:
        """Return the draft with an outcome for each line, without sampling noise.

        Rules are compared with the definition by enumerating all outcomes of laws that have the
        stated moments; expectations with quadrature; a solution is put back into its equation.
        Raises NotAllowed for options, since nothing is sampled.
        """
        from varprop.refereeing.lines import verified

        if options:
            raise NotAllowed(
                f"a draft's lines are tested without sampling: leave {', '.join(options)} out."
            )
        return verified(self)


def _allowed(options: Options, instead: str) -> str:
    names = [f"'{name}'" for name in options.names[:MOST_NAMED]]
    more = [*names, *(["…"] if len(options) > MOST_NAMED else [])]
    if not more and not instead:
        return "No big step applies here; the small ones: options()."
    listed = ", ".join(more)
    return f"Allowed here: {listed}{', or ' if more and instead else ''}{instead}."
