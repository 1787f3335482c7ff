"""Closed forms against sympy.stats.E: python -m tests.benchmarks.closed_forms

Each expectation runs in a process of its own in which the engine has been loaded (its routes, and
the expectation of 1 + h) and nothing else is cached; the garbage of loading is collected before
the clock starts. Ours includes the safety net, sympy.stats has a time limit.
Printed: milliseconds of processor time of both (so that a busy machine changes little) and their
ratio.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import pkgutil
import time
from collections.abc import Callable

LIMIT = 45.0
REPEATS = 5
QUESTIONS = {
    "E[relu]": "Max(0, h)",
    "E[relu²]": "Max(0, h)**2",
    "E[relu⁴]": "Max(0, h)**4",
    "E[|h|]": "Abs(h)",
    "E[step]": "Heaviside(h)",
    "E[h²]": "h**2",
    "E[h⁴]": "h**4",
    "E[h⁶]": "h**6",
    "E[leaky²]": "Piecewise((h**2, h > 0), (h**2/100, True))",
    "E[leaky]": "Max(h, h/100)",
    "E[leaky⁴]": "Max(h, h/100)**4",
    "E[relu³]": "Max(0, h)**3",
    "E[h; h > 1/2]": "Piecewise((h, h > 1/2), (0, True))",
    "E[x⁴ or x²]": "Piecewise((h**4, h > 0), (h**2, True))",
    "E[h²|h|]": "h**2*Abs(h)",
    "E[step(h - 1)]": "Heaviside(h - 1)",
    "E[threshold²]": "Piecewise((h**2, h > 1), (0, True))",
    "E[relu6]": "Min(6, Max(0, h))",
    "E[relu6²]": "Min(6, Max(0, h))**2",
    "E[hard_tanh⁴]": "Max(-1, Min(1, h))**4",
    "E[hard_sigmoid²]": "(Min(6, Max(0, h + 3))/6)**2",
    "E[softshrink²]": "Piecewise((h - 1/2, h > 1/2), (h + 1/2, h < -1/2), (0, True))**2",
    "E[hardshrink²]": "Piecewise((h, h > 1/2), (h, h < -1/2), (0, True))**2",
    "E[exp]": "exp(h)",
    "E[exp(2h)]": "exp(2*h)",
    "E[h exp]": "h*exp(h)",
    "E[elu]": "Piecewise((h, h > 0), (exp(h) - 1, True))",
    "E[exp; h < 0]": "Piecewise((exp(2*h), h < 0), (0, True))",
    "E[exp(-|h|)]": "exp(-Abs(h))",
    "E[h² exp(-h²)]": "h**2*exp(-h**2)",
    "E[cosh]": "cosh(h)",
    "E[exp(-h²)]": "exp(-h**2)",
    "E[sin²]": "sin(h)**2",
    "E[cos]": "cos(h)",
    "E[cos²]": "cos(h)**2",
    "E[h sin]": "h*sin(h)",
    "E[sin⁴]": "sin(h)**4",
    "E[snake]": "h + sin(h)**2",
    "E[elu²]": "Piecewise((h**2, h > 0), ((exp(h) - 1)**2, True))",
    "E[hard_tanh²]": "Max(-1, Min(1, h))**2",
    "E[hard_swish²]": "(h*Min(6, Max(0, h + 3))/6)**2",
    "E[erf]": "erf(h)",
    "E[h erf]": "h*erf(h)",
    "E[erf²]": "erf(h)**2",
    "E[gelu]": "h*(1 + erf(h/sqrt(2)))/2",
    "E[gelu²]": "(h*(1 + erf(h/sqrt(2)))/2)**2",
    "E[snake²]": "(h + sin(h)**2)**2",
    "E[1/(1 + |h|)]": "1/(1 + Abs(h))",
    "E[1/(1 + h²)]": "1/(1 + h**2)",
    "E[softsign²]": "(h/(1 + Abs(h)))**2",
}


def ours(text: str) -> float:
    """Return the seconds of one closed form in this fresh process."""
    import sympy

    from varprop.moments import GaussianExpectation, closed_form, routes
    from varprop.notation import h, q

    for module in pkgutil.iter_modules(routes.__path__, "varprop.moments.routes."):
        importlib.import_module(module.name)
    closed_form(GaussianExpectation(1 + h, h, q))
    f = sympy.sympify(text, locals={"h": h})
    gc.collect()
    start = time.process_time()
    value = closed_form(GaussianExpectation(f, h, q))
    seconds = time.process_time() - start
    assert value is not None
    assert not value.has(sympy.Integral)
    return seconds


def theirs(text: str) -> float | None:
    """Return the seconds of sympy.stats.E; None if it leaves an integral."""
    import sympy
    from sympy import stats

    sigma = sympy.Symbol("sigma", positive=True)
    stats.E(1 + stats.Normal("h", 0, sigma))
    f = sympy.sympify(text, locals={"h": stats.Normal("h", 0, sigma)})
    gc.collect()
    start = time.process_time()
    value = stats.E(f)
    seconds = time.process_time() - start
    return None if value.has(sympy.Integral, stats.Expectation) else seconds


def fresh(task: Callable[[str], float | None], text: str) -> float | str:
    """Run a task in a new process; return seconds or what happened instead."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_send, args=(sender, task, text))
    process.start()
    arrived = receiver.poll(LIMIT)
    outcome = receiver.recv() if arrived else f"over {LIMIT:.0f} s"
    process.terminate()
    process.join()
    return outcome


def _send(sender: object, task: Callable[[str], float | None], text: str) -> None:
    try:
        seconds = task(text)
        sender.send("integral left" if seconds is None else seconds)
    except Exception as error:
        sender.send(type(error).__name__)


def main() -> None:
    """Print the table and the ratio of the sums over what both can do."""
    sums = [0.0, 0.0]
    for name, text in QUESTIONS.items():
        mine = [fresh(ours, text) for _ in range(REPEATS)]
        assert all(isinstance(each, float) for each in mine), (name, mine)
        own, other = min(mine), fresh(theirs, text)
        if isinstance(other, float):
            sums[0] += own
            sums[1] += other
            verdict = f"{other * 1e3:9.0f} ms   {other / own:7.1f} times"
        else:
            verdict = f"{other:>12}"
        print(f"{name:16s} {own * 1e3:7.1f} ms {verdict}")
    print(f"in sum over those sympy.stats does: {sums[1] / sums[0]:.1f} times as fast")


if __name__ == "__main__":
    main()
