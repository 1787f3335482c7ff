"""``.verify()``: a result with the experiments on what it says."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable
from functools import partial, singledispatch
from typing import Any

import numpy as np
from sympy import Rational, sympify

from varprop import notation
from varprop.answer.advise import Advice
from varprop.answer.architecture import ArchitectureSolution
from varprop.answer.experiment import array_function, verified
from varprop.answer.gain import GainReport
from varprop.answer.histograms import dense_network
from varprop.answer.phase import Edge, Phase
from varprop.answer.phase_experiment import effort_for, verified_edge, verified_phase
from varprop.answer.phase_symbolic import SymbolicPhase
from varprop.answer.propagate import Propagation
from varprop.answer.spectrum import SpectrumReport
from varprop.answer.verification import Verification
from varprop.answer.verify import TOLERANCE, verify
from varprop.answer.verify_derivation import TestedDerivation, verify_derivation
from varprop.derivation import Derivation
from varprop.errors import BadInput
from varprop.moments import GaussianExpectation
from varprop.montecarlo.replicates import Effort, verify_replicates
from varprop.montecarlo.statistics import LEVEL, sidak
from varprop.result import MomentAnswer, Solution
from varprop.verdict import Check

SPECTRUM_CHECKS = 4
OPTION_CHECKS = 5
"""Checks of one option of an advice, for the correction of their number."""


@singledispatch
def verify_result(noun: object, **_: Any) -> Any:
    """Return a noun with its checks; raises BadInput where no experiment is known."""
    raise BadInput(
        f"no experiment is known for a {type(noun).__name__}: those of solve, derive, gain, "
        'propagate, phase, spectrum and advise have one. By name: varprop.verify("relu").'
    )


@verify_result.register
def _(
    noun: Solution, *, samples: int | None = None, seconds: float = 1.0, seed: int = 0
) -> Solution:
    """Sample networks with the solved scale."""
    return verified(noun, samples=samples, seconds=seconds, seed=seed, asked=True)


@verify_result.register
def _(
    noun: Derivation, *, tolerance: float = TOLERANCE, samples: int | None = None, seed: int = 0
) -> TestedDerivation:
    """Test every line by its kind."""
    return verify_derivation(noun, tolerance=tolerance, samples=samples, seed=seed)


@verify_result.register
def _(noun: GainReport, **options: Any) -> Verification:
    """Sample every moment of the activation."""
    return verify(noun.activation, **options)


@verify_result.register
def _(
    noun: Propagation,
    *,
    tolerance: float = TOLERANCE,
    samples: int | None = None,
    seconds: float = 1.0,
    seed: int = 0,
) -> Verification:
    """Sample the network fed by Gaussian inputs of the same moments, forward and backward."""
    from varprop.montecarlo.network import GaussianInput
    from varprop.montecarlo.ratios import Prediction
    from varprop.montecarlo.verify import verify_dense

    if noun.followed is not None:
        from varprop.answer.verify_followed import verified_followed

        effort = Effort(tolerance, samples, LEVEL, seed)
        return _swept(partial(verified_followed, noun.followed), effort)
    started = time.monotonic()
    fed, *rows = noun.levels
    network = dense_network(noun, GaussianInput(fed.mean, fed.second_moment), inputs=16)
    logs = [row.log_gradient for row in rows]
    factors = tuple(math.exp(one - after) for one, after in itertools.pairwise(logs))
    checks = verify_dense(
        network,
        Prediction(tuple(float(row.q or 0) for row in rows), factors),
        samples=samples,
        seconds=seconds,
        tolerance=tolerance,
        seed=seed,
    )
    spent = time.monotonic() - started
    return Verification(checks, len(checks), tolerance, seed, spent, LEVEL)


@verify_result.register
def _(noun: Phase, *, tolerance: float = TOLERANCE, seed: int = 0) -> Phase:
    """Sample networks at the point: the way from the start, and what is kept."""
    return verified_phase(noun, effort_for(tolerance, seed))


@verify_result.register
def _(noun: Edge, *, tolerance: float = TOLERANCE, seed: int = 0) -> Edge:
    """Sample networks at its solutions, or at three points of the curve."""
    return verified_edge(noun, effort_for(tolerance, seed))


@verify_result.register
def _(noun: SymbolicPhase, **_: Any) -> Phase:
    """Refuse: an experiment needs numbers."""
    named = sorted(s.name for s in noun.sigma_w2.free_symbols | noun.sigma_b2.free_symbols)
    raise BadInput(
        f"an experiment needs a number for {', '.join(named)}: "
        f'varprop.phase("{noun.activation}", sigma_w2="1.5", sigma_b2="0.1").verify().'
    )


@verify_result.register
def _(
    noun: SpectrumReport,
    *,
    tolerance: float = TOLERANCE,
    samples: int | None = None,
    seed: int = 0,
) -> Verification:
    """Sample a layer and Jacobians of two widths."""
    from varprop.answer.verify_spectrum import verified_spectrum

    effort = Effort(tolerance, samples, sidak(LEVEL, SPECTRUM_CHECKS), seed)
    return _swept(partial(verified_spectrum, noun), effort)


@verify_result.register
def _(
    noun: Advice, *, tolerance: float = TOLERANCE, samples: int | None = None, seed: int = 0
) -> Verification:
    """Sample the networks of every option."""
    from varprop.answer.verify_advice import verified_advice

    level = sidak(LEVEL, OPTION_CHECKS * len(noun.options))
    return _swept(partial(verified_advice, noun), Effort(tolerance, samples, level, seed))


@verify_result.register
def _(
    noun: ArchitectureSolution, *, samples: int | None = None, seed: int = 0
) -> ArchitectureSolution:
    """Sample the network with the solved scales."""
    from varprop.answer.architecture_experiment import verified_network

    return verified_network(noun, samples=samples, seed=seed)


def _swept(run: Callable[[Effort], tuple[Check, ...]], effort: Effort) -> Verification:
    started = time.monotonic()
    checks = run(effort)
    spent = time.monotonic() - started
    return Verification(checks, len(checks), effort.tolerance, effort.seed, spent, LEVEL)


@verify_result.register
def _(
    noun: MomentAnswer,
    *,
    q: float | str | Rational = 1,
    tolerance: float = TOLERANCE,
    samples: int | None = None,
    seed: int = 0,
) -> Verification:
    """Sample the moment at ``q``, a variance; the prediction is its closed form where it has one."""
    held = noun.held
    if not isinstance(held, GaussianExpectation):
        raise BadInput(f"{noun.words} holds no random variable: there is nothing to sample.")
    started = time.monotonic()
    at = {notation.q: sympify(str(q))}
    formula = (held if noun.closed is None else noun.closed).subs(at)
    f, h, variance, _ = held.args
    left = sorted(s.name for s in (formula.free_symbols | f.free_symbols - {h}))
    if left:
        raise BadInput(f"{noun.words}: give a number for {', '.join(left)} to sample it.")
    function = array_function(f.xreplace({h: notation.h}))
    width = float(variance.subs(at)) ** 0.5

    def replicate(rng: np.random.Generator, points: int) -> float:
        half = width * rng.standard_normal(max(1, points // 2))
        return float(function(np.concatenate([half, -half])).mean())

    effort = Effort(tolerance, samples, LEVEL, seed)
    name = f"{noun.words} at q = {q}"
    check = verify_replicates(replicate, float(formula.evalf(17)), effort, name=name)
    spent = time.monotonic() - started
    return Verification((check,), 1, tolerance, seed, spent, LEVEL)
