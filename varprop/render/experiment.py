"""The experiment's lines: observed ± standard error, and the verdict in words."""

from __future__ import annotations

from collections.abc import Sequence

from varprop.render.numbers import number
from varprop.verdict import Check, Verdict


def experiment_lines(checks: Sequence[Check]) -> tuple[str, ...]:
    """Return what was run, what it gave against the prediction, and whether it agrees."""
    if not checks:
        return ("none was run",)
    first = checks[0]
    setting = f"{first.replicates} networks"
    if first.width is not None:
        setting += f" {first.width} wide"
    if first.depth is not None and first.depth > 1:
        setting += f", {first.depth} deep"
    results = ", ".join(_one(check) for check in checks)
    seconds = sum(check.seconds for check in checks)
    tail = f"seed {first.seed}" + (f", {seconds:.1f} s" if seconds else "")
    notes = tuple(dict.fromkeys(check.note for check in checks if check.note))
    return (f"{setting}: {results}", f"{verdict_words(checks)}   {tail}", *notes)


def _one(check: Check) -> str:
    ratio = check.observed / check.predicted if check.predicted else check.observed
    error = check.standard_error / abs(check.predicted) if check.predicted else check.standard_error
    return f"{check.name.split(',')[0].removesuffix(' q')} {ratio:.4f} ± {error:.4f}"


def verdict_words(checks: Sequence[Check]) -> str:
    """Return the joint verdict: the worst of the checks, with the tolerance it was judged by."""
    for verdict in (Verdict.DISAGREES, Verdict.TOO_WEAK, Verdict.AGREES):
        hit = [c for c in checks if c.verdict is verdict]
        if hit:
            share = 100 * hit[0].tolerance / abs(hit[0].predicted or 1)
            within = f" within {number(share, 3)} %"
            which = f" ({hit[0].name})" if len(checks) > 1 and verdict is not Verdict.AGREES else ""
            if verdict is Verdict.TOO_WEAK:
                return f"of the prediction: too weak to tell{within}{which}"
            return f"of the prediction: {verdict.value}{within}{which}"
    return "no verdict"
