"""The JSON document of ``check``."""

from __future__ import annotations

from typing import Any

from varprop.checking.findings import Checked, Decision, Evidence
from varprop.render.json_face import finite, to_json
from varprop.version import __version__


@to_json.register
def _(noun: Evidence) -> Any:
    if noun.check is not None:
        return {"kind": "experiment", **to_json(noun.check)}
    made: dict[str, Any] = {"kind": noun.kind}
    if noun.kind in ("symbolic", "numbers"):
        made |= {"left": noun.left, "right": noun.right}
    if noun.at:
        made["at"] = noun.at
    if noun.words:
        made["words"] = noun.words
    return made


@to_json.register
def _(noun: Decision) -> Any:
    finding = noun.finding
    return {
        "id": noun.id,
        "title": noun.title,
        "statement": noun.statement,
        "given": list(noun.given),
        "source": noun.source,
        "verdict": noun.answer.value,
        "holds_when": finding.holds_when,
        "correct": finding.correct,
        "counterexample": finding.fails_for,
        "instead": finding.instead,
        "sharper": finding.sharper,
        "value": finite(finding.number),
        "claimed": finite(finding.claimed),
        "evidence": [to_json(one) for one in finding.evidence],
        "notes": list(finding.notes),
        "tried": list(finding.tried),
        "expect": noun.expect,
        "as_expected": noun.as_expected,
    }


@to_json.register
def _(noun: Checked) -> Any:
    return {
        "varprop": __version__,
        "claims": [to_json(one) for one in noun.decisions],
        "seed": noun.seed,
    }
