"""What numbers cost: ratios against scipy.integrate.quad, one tanh call and mpmath, in one run.

Run by hand: ``python -m tests.benchmarks.numbers``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import mpmath
import numpy as np
import sympy
from scipy.integrate import quad

from varprop.catalogue.activations import ACTIVATIONS, activation
from varprop.moments.numbers.digits import digits
from varprop.moments.numbers.scalar import moment
from varprop.moments.numbers.vector import direct, moments
from varprop.moments.numbers.vector_interpolation import kept
from varprop.notation import h

COUNT = 10_000
SCIPY_COUNT = 200
RANGE = (1e-6, 1e6)


def seconds(action: Callable[[], object], repeat: int = 3) -> float:
    """Return the best time of several runs."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def by_scipy(q: float) -> float:
    """E[tanh²] with quad, cut at the scale of tanh; without the cut it is wrong at large q."""
    root = float(np.sqrt(q))
    edge = min(8 / root, 10.0)

    def integrand(z: float) -> float:
        return np.tanh(root * z) ** 2 * np.exp(-z * z / 2)

    parts = (
        quad(integrand, low, high, epsabs=0, epsrel=1e-12, limit=200)[0]
        for low, high in ((0, edge), (edge, 12))
    )
    return 2 * sum(parts) / np.sqrt(2 * np.pi)


def line(text: str) -> None:
    sys.stdout.write(text + "\n")


def vectorised() -> None:
    q = np.exp(np.random.default_rng(0).uniform(*np.log(RANGE), COUNT))
    phi = sympy.tanh(h)
    moments(phi, h, q[:2], "second_moment")

    def cold() -> None:
        kept.cache_clear()
        moments(phi, h, q, "second_moment")

    first, again = (
        seconds(cold) / COUNT,
        seconds(lambda: moments(phi, h, q, "second_moment")) / COUNT,
    )
    few = q[:SCIPY_COUNT]
    scipy_time = seconds(lambda: [by_scipy(x) for x in few], 1) / SCIPY_COUNT
    tanh_time = seconds(lambda: np.tanh(q), 20) / COUNT
    one_call = seconds(lambda: [np.tanh(x) for x in few], 20) / SCIPY_COUNT
    values, bounds = (x[:SCIPY_COUNT] for x in moments(phi, h, q, "second_moment"))
    right, _ = direct(phi, h, few, "second_moment")
    wrong = max(abs(by_scipy(x) / y - 1) for x, y in zip(few, right, strict=True))
    line(f"E[tanh²] at {COUNT} values of q in [1e-6, 1e6], log-uniform")
    line(f"  quad               {1e6 * scipy_time:9.2f} µs/value   worst error {wrong:.0e}")
    line(
        f"  varprop, first     {1e6 * first:9.2f} µs/value   worst error "
        f"{np.max(np.abs(values / right - 1)):.0e}, bound {np.max(bounds / values):.0e}"
    )
    line(f"  varprop, again     {1e6 * again:9.2f} µs/value   (its pieces are kept)")
    line(f"  one tanh, in array {1e6 * tanh_time:9.4f} µs; as a call {1e6 * one_call:.2f} µs")
    line(f"  quad / varprop: {scipy_time / first:.0f} first, {scipy_time / again:.0f} again")
    line(
        f"  varprop / tanh in an array: {first / tanh_time:.0f} first, {again / tanh_time:.0f} again"
    )


def single() -> None:
    line("one moment at q = 1, pure Python, after the first call")
    for text in ("Max(0, h)", "tanh(h)", "h/(1 + exp(-h))"):
        phi = sympy.sympify(text, locals={"h": h})
        moment(phi, h, 1.0, "second_moment")
        cost = seconds(lambda phi=phi: moment(phi, h, 1.0, "second_moment"), 20)
        function = sympy.lambdify(h, phi**2, "mpmath")
        slow = seconds(
            lambda f=function: mpmath.quad(lambda z: f(z) * mpmath.npdf(z), [-9, -3, 0, 3, 9]), 1
        )
        line(f"  {text:18s} {1e3 * cost:6.2f} ms    mpmath.quad / varprop: {slow / cost:.0f}")


def catalogue() -> None:
    names = ("mean", "second_moment", "fourth_moment", "derivative_mean",
             "derivative_second_moment", "variance", "length_slope")  # fmt: skip
    phis = [activation(name).phi for name in ACTIVATIONS]
    start = time.perf_counter()
    for phi in phis:
        for name in names:
            moment(phi, h, 1.0, name)
    took = time.perf_counter() - start
    line(f"all {len(phis)} activations, {len(names)} moments each at q = 1: {took:.2f} s")


def many_digits() -> None:
    took = seconds(lambda: digits(sympy.tanh(h) ** 2, h, sympy.Integer(1), 30), 1)
    line(f"30 digits of E[tanh²]: {took:.2f} s")


if __name__ == "__main__":
    vectorised()
    single()
    catalogue()
    many_digits()
