"""The page of all registered claims, by source, with verdict and evidence."""

from __future__ import annotations

from collections.abc import Sequence

from varprop.checking.findings import Checked, Decision
from varprop.claims import Beyond
from varprop.render.check_screen import closing, escaped
from varprop.render.check_words import SIGNS, given_words, lines

HEAD = """# Claims

What texts and libraries say about initialisation, each statement decided by `varprop check`: by
algebra with the givens, by numbers, by a search for assumptions and counterexamples, and by an
experiment. Made by `varprop check --all --markdown > docs/claims.md`.

- ✓ true: it holds whenever the givens do.
- ◐ conditional: true only in a limit, a regime or under a convention that the statement leaves open.
- ✗ false: a counterexample satisfies everything stated and given.

Expectations are over the weights and, where a law is given, over the inputs; q[l] is E[h²] of the
pre-activation after l blocks of a wide network, g[l] the gradient's E[δ²], c[l] the correlation of
two inputs. The second value of N(0, q) is a variance.
"""


def page(noun: Checked, beyond: Sequence[Beyond]) -> str:
    """Return the page as Markdown."""
    sources: dict[str, list[Decision]] = {}
    for decision in noun.decisions:
        sources.setdefault((decision.source or "").partition(", ")[0], []).append(decision)
    parts = [HEAD, f"{closing(noun)}\n"]
    for source, decisions in sources.items():
        parts.append(f"## {source}\n")
        parts += [_block(decision) for decision in decisions]
    parts.append("## Not decided by the state at initialisation\n")
    rows = ["| statement | why | source |", "|---|---|---|"]
    rows += [f"| {one.title} | {one.reason} | {one.source} |" for one in beyond]
    parts.append("\n".join(rows))
    return "\n".join(parts) + "\n"


def _block(decision: Decision) -> str:
    sign, answer = SIGNS[decision.answer], decision.answer.value
    given = given_words(decision).replace("|", "\\|")
    rows = [f"**{decision.id}**: {decision.title}  ", f"{sign} {answer}: `{decision.statement}`"]
    if given:
        rows[-1] += f", `{given}`"
    rows += [f"- {label}: {escaped(text)}" for label, text in lines(decision) if label != "says"]
    return "\n".join([rows[0], rows[1], "", *rows[2:]]) + "\n"
