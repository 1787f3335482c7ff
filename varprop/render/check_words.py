"""The lines under a claim: computed, true instead, holds when, fails for, experiment, source."""

from __future__ import annotations

import math
import re

from sympy import Float

from varprop.checking.findings import Answer, Decision, Evidence, Finding
from varprop.render.numbers import number
from varprop.render.plain import plain
from varprop.verdict import Check, Verdict

SIGNS = {
    Answer.TRUE: "✓",
    Answer.CONDITIONAL: "◐",
    Answer.FALSE: "✗",
    Answer.UNDECIDED: "?",
}
STYLES = {
    Answer.TRUE: "green",
    Answer.CONDITIONAL: "yellow",
    Answer.FALSE: "bold red",
    Answer.UNDECIDED: "magenta",
}
LONGEST = 90

Line = tuple[str, str]


def given_words(decision: Decision) -> str:
    """Return what was taken for granted in one phrase."""
    return f"given {'; '.join(decision.given)}" if decision.given else ""


def lines(decision: Decision, digits: int = 6) -> list[Line]:
    """Return label and text of each line under a claim."""
    finding = decision.finding
    found: list[tuple[str, str | None]] = [
        ("says", decision.title),
        ("computed", computed_words(finding, digits)),
        ("true instead", finding.instead),
        ("holds when", finding.holds_when),
        ("fails for", finding.fails_for),
        ("sharper", finding.sharper),
    ]
    found += [("because", e.words) for e in finding.evidence if e.kind == "theorem"]
    found += [
        ("experiment", experiment_words(e.check, finding, digits))
        for e in finding.evidence
        if e.check is not None
    ]
    if finding.answer is Answer.UNDECIDED and finding.tried:
        found.append(("tried", ", ".join(finding.tried)))
    found += [("note", note) for note in dict.fromkeys((*finding.notes, decision.note or ""))]
    found.append(("source", decision.source))
    if decision.as_expected is False:
        found.append(("expected", f"{decision.expect}, not {decision.answer.value}"))
    return [(label, text) for label, text in found if text]


def computed_words(finding: Finding, digits: int) -> str:
    """Return the value of the side that was worked out, with its number and how far off the claim is."""
    if finding.computed is None:
        return ""
    value = _operators(plain(finding.computed))
    if len(value) > LONGEST or finding.computed.has(Float):
        value = ""
    parts = [finding.typed or finding.subject, *([value] if value else [])]
    shown = finding.number
    if shown is not None and math.isfinite(shown) and number(shown, digits) not in parts:
        parts.append(number(shown, digits) + _where(finding))
    if len(parts) < 2 or parts[0] == parts[1]:
        return ""
    return " = ".join(parts) + _distance(finding)


def _operators(text: str) -> str:
    """Write the names of unknown moments as people do: E[x^2] for Mean(x**2)."""
    while match := re.search(r"Mean\(", text):
        depth, end = 1, match.end()
        while depth and end < len(text):
            depth += (text[end] == "(") - (text[end] == ")")
            end += 1
        inner = text[match.end() : end - 1].replace("**", "^")
        text = f"{text[: match.start()]}E[{inner}]{text[end:]}"
    return text


def _where(finding: Finding) -> str:
    at = next((e.at for e in finding.evidence if e.kind == "numbers" and e.at), "")
    return f" at {at}" if at else ""


def _distance(finding: Finding) -> str:
    own, claimed = finding.number, finding.claimed
    if finding.answer in (Answer.TRUE, Answer.UNDECIDED) or own is None or claimed is None:
        return ""
    if not (math.isfinite(own) and math.isfinite(claimed)) or claimed == 0 or own == claimed:
        return ""
    ratio = own / claimed
    if ratio <= 0 or not 0.2 < ratio < 5:
        return f"   (claimed {number(claimed, 4)})"
    word = "below" if ratio < 1 else "above"
    return f"   {number(100 * abs(ratio - 1), 2)} % {word} the claim"


def experiment_words(check: Check, finding: Finding, digits: int) -> str:
    """Return what was sampled and what it agrees with."""
    observed = f"{number(check.observed, digits)} ± {number(check.standard_error, 2)}"
    at = f" at {check.note}" if check.note else ""
    judged = {
        Verdict.AGREES: "agrees with the claim",
        Verdict.DISAGREES: "disagrees with the claim",
        Verdict.TOO_WEAK: "too weak to tell",
    }[check.verdict]
    if check.verdict is Verdict.DISAGREES and finding.answer is Answer.FALSE:
        judged = "disagrees with the claim, agrees with what was computed"
    return f"{observed}{at}   {judged} ({check.replicates} samples, seed {check.seed})"


def evidence_text(evidence: Evidence) -> str:
    """Return one piece of evidence in one line."""
    if evidence.kind == "symbolic":
        return f"algebra: {evidence.left} against {evidence.right}"
    if evidence.kind == "numbers":
        at = f" at {evidence.at}" if evidence.at else ""
        return f"numbers{at}: {evidence.left} against {evidence.right}"
    return evidence.words
