"""The data contract of ``verify``: a summary and every check."""

from __future__ import annotations

from typing import Any

from varprop.answer.verification import Verification
from varprop.answer.verify_derivation import TestedDerivation
from varprop.render.gain_json import to_json
from varprop.render.json_face import dumps
from varprop.render.verify_screen import by_quadrature
from varprop.version import __version__


@to_json.register
def _(noun: Verification) -> Any:
    return {
        "varprop": __version__,
        "summary": noun.summary,
        "unfinished": noun.unfinished,
        "stopped": noun.stopped,
        "tolerance": noun.tolerance,
        "family": noun.family,
        "checks": [to_json(check) for check in noun.checks],
        "by_quadrature": [check.name for check in noun.checks if by_quadrature(check)],
        "warnings": list(noun.warnings),
        "seed": noun.seed,
    }


@to_json.register
def _(noun: TestedDerivation) -> Any:
    lines = zip(noun.derivation, noun.lines, noun.reasons, strict=True)
    return {
        **to_json.dispatch(Verification)(noun),
        "title": noun.derivation.title,
        "lines": [
            {
                "rule": step.rule,
                "kind": step.kind.value,
                "check": None if check is None else check.name,
                "not_tested": reason or None,
            }
            for step, check, reason in lines
        ],
    }


def document(noun: Verification) -> str:
    """Return the strict JSON document."""
    return dumps(to_json(noun))
