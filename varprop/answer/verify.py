"""``verify``: every formula that varprop prints against an experiment, with one verdict each."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import replace
from typing import Any

from varprop.answer.verification import Verification, z_score
from varprop.answer.verify_cluster import workers
from varprop.answer.verify_journal import Journal
from varprop.answer.verify_names import chosen
from varprop.answer.verify_plan import Planned, everything
from varprop.errors import BadInput, SafetyNet, VarpropError
from varprop.montecarlo.replicates import Effort
from varprop.montecarlo.statistics import LEVEL, sidak
from varprop.verdict import Check, Verdict

TOLERANCE = 0.02

__all__ = ["Verification", "verify", "z_score"]

Progress = Callable[[Check, int, int], None]
"""Called with each finished check, the number finished and the number of all."""


def verify(
    *names: Any,
    tolerance: float = TOLERANCE,
    samples: int | None = None,
    seconds: float | None = None,
    threads: int | None = None,
    resume: str | None = None,
    seed: int = 0,
    marginal: bool = False,
    executor: Executor | None = None,
    dask: str | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Verify the formulas of the entries named, or of every registry when none is named.

    Parameters
    ----------
    names : activations, laws, initialisers, conditions, layers, whole kinds ("laws"), the full
        name of a check, or a formula in x.
    tolerance : relative; relative to the root mean square where an expectation is 0.
    samples : most samples of one check (networks, where networks are sampled).
    seconds : no further check is begun after that time.
    threads : worker threads, all processors by default; the numbers do not depend on it.
    marginal : sample Gaussian networks without their weights, deep ones a million wide.
    resume : a file that keeps finished checks, one JSON line each.
    executor : where to run instead of threads of this process.
    dask : the address of a Dask scheduler whose workers run it; needs the extra ``distributed``.

    Raises
    ------
    UnknownName, BadInput : a name or an option that can't be used.

    Examples
    --------
    >>> verify("relu", threads=1).summary
    {'agrees': 7, 'disagrees': 0, 'too_weak': 0}
    """
    plan = chosen([str(name) for name in names]) if names else tuple(everything())
    total = sum(len(one.names) for one in plan)
    effort = Effort(tolerance, samples, sidak(LEVEL, total), seed, marginal)
    _check_seconds(seconds)
    started = time.monotonic()
    deadline = None if seconds is None else started + seconds
    journal = None
    if resume is not None:
        sweep = {"seed": seed, "tolerance": tolerance, "samples": samples, "checks": total}
        sweep["marginal"] = marginal
        journal = Journal(resume, sweep)
    collected = _Collected(plan, journal, progress)
    with workers(executor, threads, dask) as pool:
        stopped = _sweep(pool, collected, effort, deadline)
    return Verification(
        collected.ordered(),
        total,
        tolerance,
        seed,
        time.monotonic() - started,
        LEVEL,
        stopped=stopped,
        warnings=(journal.trouble,) if journal and journal.trouble else (),
    )


def _check_seconds(seconds: float | None) -> None:
    if seconds is not None and not 0 < seconds < float("inf"):
        raise BadInput(f"a budget of {seconds:g} seconds can't be used: give a positive number.")


class _Collected:
    """Finished checks by name, kept in the journal and shown as they come."""

    def __init__(
        self, plan: Sequence[Planned], journal: Journal | None, progress: Progress | None
    ) -> None:
        self.plan = plan
        self._journal = journal
        self._progress = progress
        self._names = [name for one in plan for name in one.names]
        earlier = journal.checks if journal else {}
        self._found = {name: earlier[name] for name in self._names if name in earlier}
        for number, check in enumerate(self._found.values(), start=1):
            if progress:
                progress(check, number, len(self._names))

    def left(self) -> list[Planned]:
        """The experiments with a check that is missing."""
        return [one for one in self.plan if any(name not in self._found for name in one.names)]

    def add(self, checks: Sequence[Check]) -> None:
        """Take in the checks of one experiment."""
        for check in checks:
            if check.name in self._found:
                continue
            self._found[check.name] = check
            if self._journal:
                self._journal.keep(check)
            if self._progress:
                self._progress(check, len(self._found), len(self._names))

    def ordered(self) -> tuple[Check, ...]:
        """The finished checks in the plan's order."""
        return tuple(self._found[name] for name in self._names if name in self._found)


def _sweep(
    pool: Executor, collected: _Collected, effort: Effort, deadline: float | None
) -> str | None:
    """Run what is left until it is done, interrupted or out of time; return why it stopped."""
    pending: list[Future[tuple[Check, ...]]] = []
    try:
        pending = [pool.submit(run, one, effort) for one in collected.left()]
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        for future in as_completed(pending, timeout=left):
            collected.add(future.result())
    except TimeoutError:
        return _cancelled(pending, collected, "the seconds are spent")
    except KeyboardInterrupt:
        return _cancelled(pending, collected, "interrupted")
    except BaseException:
        _cancelled(pending, collected, "")
        raise
    return None


def _cancelled(
    pending: Sequence[Future[tuple[Check, ...]]], collected: _Collected, why: str
) -> str:
    """Begin nothing further; what has just finished still counts."""
    for future in pending:
        future.cancel()
    for future in pending:
        if future.done() and not future.cancelled() and future.exception() is None:
            collected.add(future.result())
    return why


def run(experiment: Planned, effort: Effort) -> tuple[Check, ...]:
    """Run one experiment; a refusal of varprop inside it is a verdict, with the reason as note.

    A formula that contradicts its own safety net disagrees; what can't be sampled is too weak.
    """
    try:
        return experiment.checks(effort)
    except VarpropError as error:
        verdict = Verdict.DISAGREES if isinstance(error, SafetyNet) else Verdict.TOO_WEAK
        nothing = Check(
            "", float("nan"), float("nan"), float("nan"), effort.tolerance, 0, None, None,
            effort.seed, verdict, note=str(error),
        )  # fmt: skip
        return tuple(replace(nothing, name=name) for name in experiment.names)
