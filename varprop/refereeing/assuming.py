"""Assumptions that a person states: they become facts, and every result carries them."""

from __future__ import annotations

import re
from dataclasses import replace

from sympy import Eq, Expr, simplify

from varprop.derivation import Kind, Step
from varprop.expression_text import parse_scalar
from varprop.refereeing.draft import Draft
from varprop.refereeing.moments import mean_in_words
from varprop.refereeing.refusal import NotAllowed, written
from varprop.refereeing.variables import Family
from varprop.rewriting.facts import Known
from varprop.rewriting.nodes import Mean, Var

_MOMENT = re.compile(r"^(E|𝔼|Var|V)\s*[\[(]\s*(\w+)\s*[\])]\s*==?\s*(.+)$")
_IID = re.compile(r"^(\w+)\s+(?:is |are )?(?:iid|i\.i\.d\.)$")
_INDEPENDENT = re.compile(r"^(\w+)\s*(?:⊥|⟂|(?:is |are )?independent of)\s*(\w+)$")


def assume(draft: Draft, statement: str) -> Draft:
    """Return the draft with the statement among its facts and its lines."""
    text = statement.strip() if isinstance(statement, str) else ""
    if match := _MOMENT.match(text):
        family = draft.family(match[2])
        return _moment(draft, family, match[1] in ("E", "𝔼"), parse_scalar(match[3]))
    if match := _IID.match(text):
        family = draft.family(match[1])
        known = replace(draft.known(family), iid=True)
        return _with(draft, known, f"{known.words} iid")
    if match := _INDEPENDENT.match(text):
        pair = [draft.family(name) for name in match.groups()]
        facts = replace(
            draft.facts, independent=draft.facts.independent | {frozenset(f.name for f in pair)}
        )
        words = f"{pair[0].known.words} independent of {pair[1].known.words}"
        return _carry(replace(draft, facts=facts), words)
    raise NotAllowed(
        f"can't assume {statement!r}: read are E[x] = 0, Var(x) = s, x iid and w independent of x."
    )


def _moment(draft: Draft, family: Family, first: bool, value: Expr) -> Draft:
    known = draft.known(family)
    if first:
        against = family.true_mean if known.mean is None or known.mean != value else value
        changed = replace(known, mean=value, variance=None if family.feed else known.variance)
        return _state(draft, changed, Mean(family.symbol), value, _remark(family, against, value))
    changed = replace(known, variance=value)
    return _state(draft, changed, Var(family.symbol), value, "")


def _remark(family: Family, truth: Expr | None, value: Expr) -> str:
    if truth is None or simplify(truth - value) == 0:
        return ""
    known = Known(family.name, family.known.words, mean=truth)
    return f", although {mean_in_words(written(family.symbol), family, known)}"


def _state(draft: Draft, known: Known, node: Expr, value: Expr, remark: str) -> Draft:
    equation = Eq(node, value, evaluate=False)
    words = f"{written(equation)} (stated, not derived{remark})"
    step = Step(equation, "assume", Kind.GIVEN, f"assumed{remark}", (words,))
    changed = _with_known(draft, known)
    return replace(changed, steps=(*draft.steps, step), checks=None)


def _with(draft: Draft, known: Known, words: str) -> Draft:
    return _carry(_with_known(draft, known), words)


def _with_known(draft: Draft, known: Known) -> Draft:
    entries = tuple(known if k.name == known.name else k for k in draft.facts.known)
    return replace(draft, facts=replace(draft.facts, known=entries))


def _carry(draft: Draft, words: str) -> Draft:
    """Repeat the line with the assumption beside it, so that the result carries it."""
    step = Step(draft.line, "assume", Kind.GIVEN, f"assumed: {words}", (f"{words} (stated)",))
    return draft.then(step)
