"""The engine: apply a named rule everywhere in the last line and record the new line as a step."""

from __future__ import annotations

from dataclasses import replace

from sympy import Basic, Eq, Expr

from varprop.derivation import Derivation, Kind, Step
from varprop.errors import BadInput, did_you_mean
from varprop.frozen import frozen
from varprop.rewriting.facts import Distinct, Facts
from varprop.rewriting.rules import RULES, Rule, distinct_in


@frozen
class Argument:
    """A derivation under construction. Every method returns a new argument; none changes one."""

    title: str
    facts: Facts
    steps: tuple[Step, ...] = ()

    @property
    def last(self) -> Eq:
        """The equation of the last line."""
        return self.steps[-1].equation

    def add(self, step: Step) -> Argument:
        """Append a line that was justified elsewhere."""
        return replace(self, steps=(*self.steps, step))

    def given(
        self,
        equation: Eq,
        because: str,
        *,
        rule: str = "definition",
        key: bool = True,
        assumes: tuple[str, ...] = (),
        source: str | None = None,
    ) -> Argument:
        """Append a definition or a condition."""
        return self.add(Step(equation, rule, Kind.GIVEN, because, assumes, source, key))

    def apply(
        self, name: str, *, key: bool = False, because: str | None = None, source: str | None = None
    ) -> Argument:
        """Append the last line with rule ``name`` applied to its right side.

        Raises BadInput when there is no such rule or when it does not apply here.
        """
        rule = RULES.get(name)
        if rule is None:
            raise BadInput(f"no rule {name!r}. {did_you_mean(name, RULES)}")
        left, right = self.last.args
        rewritten, assumes = rewrite(right, rule, self.facts)
        if rewritten == right:
            raise BadInput(
                f"the rule {name!r} does not apply to {right}. Applicable: {', '.join(self.options())}"
            )
        step = Step(
            Eq(left, rewritten, evaluate=False),
            rule.name,
            Kind.RULE,
            because or rule.because,
            assumes,
            source,
            key,
        )
        return self.add(step)

    def options(self) -> tuple[str, ...]:
        """Return the names of the rules that would change the right side of the last line."""
        right = self.last.args[1]
        return tuple(n for n, rule in RULES.items() if rewrite(right, rule, self.facts)[0] != right)

    def finish(self) -> Derivation:
        """Return the finished derivation."""
        return Derivation(self.title, self.steps)


def rewrite(expression: Expr, rule: Rule, facts: Facts) -> tuple[Expr, tuple[str, ...]]:
    """Apply one rule once at every outermost place where it matches.

    Returns the new expression and the assumptions that the rewrites made.
    """
    assumed: dict[str, None] = {}
    return _walk(expression, rule, facts, frozenset(), assumed), tuple(assumed)


def _walk(
    node: Basic, rule: Rule, facts: Facts, distinct: Distinct, assumed: dict[str, None]
) -> Basic:
    found = rule.apply(node, facts, distinct)
    if found is not None:
        assumed.update(dict.fromkeys(found[1]))
        return found[0]
    if not node.args:
        return node
    inner = distinct | distinct_in(node)
    new = [_walk(argument, rule, facts, inner, assumed) for argument in node.args]
    return node if list(node.args) == new else node.func(*new)
