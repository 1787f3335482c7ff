"""The experiments of ``phase --verify``, one row each."""

from __future__ import annotations

from collections.abc import Sequence

from varprop.render.numbers import number
from varprop.render.screen import Screen
from varprop.verdict import Check


def show_checks(checks: Sequence[Check], screen: Screen) -> None:
    """Print one row per experiment: prediction, observation, verdict."""
    if not checks:
        screen.line("Experiment  nothing here can be sampled: no fixed point between 1e-4 and 1e4")
        return
    rows = [
        (
            check.name,
            number(check.predicted, 6),
            f"{number(check.observed, 5)} ± {number(check.standard_error, 2)}",
            check.verdict.value,
        )
        for check in checks
    ]
    screen.columns(rows, ("experiment", "predicted", "observed", ""), right=frozenset({1}))
