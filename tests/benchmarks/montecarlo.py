"""Speed and memory of the sampler, as ratios within one run: python -m tests.benchmarks.montecarlo.

A bare loop draws the same weights with the same generator into one buffer and multiplies with BLAS
at one thread. Both sides take turns; a ratio is the median over the pairs, its quartiles behind it.
"""

import math
import os
import subprocess
import sys
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from varprop.answer.verify import verify, z_score
from varprop.catalogue.arrays import multiply, multiply_transposed, normal
from varprop.catalogue.laws import LAWS
from varprop.montecarlo.marginal import simulate_marginal
from varprop.montecarlo.network import DenseNetwork, GaussianPreactivation, generator
from varprop.montecarlo.ratios import Prediction
from varprop.montecarlo.simulate import simulate
from varprop.montecarlo.verify import verify_dense

WIDTH, DEPTH, INPUTS = 1024, 50, 64
PAIRS = 11


def relu(h):
    return np.maximum(h, 0)


def step(h):
    return (h > 0).astype(h.dtype)


def he(width, depth, inputs=16, law="normal"):
    return DenseNetwork(
        (width,) * (depth + 1),
        (2 / width,) * depth,
        LAWS[law],
        relu,
        step,
        GaussianPreactivation(1.0),
        inputs=inputs,
    )


def spent(task):
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def ratio(one, other, pairs=PAIRS):
    """The time of one task over that of the other: median, lower and upper quartile."""
    found = [spent(one) / spent(other) for _ in range(pairs)]
    return "{1:.2f} ({0:.2f} to {2:.2f})".format(*np.quantile(found, [0.25, 0.5, 0.75]))


def bare(draws):
    """Draw and multiply ``draws`` times a layer, every array written into the same memory."""
    x = normal(generator(0), (WIDTH, INPUTS), "float32")
    h, weights = np.empty_like(x), np.empty((WIDTH, WIDTH), np.float32)
    scale = np.float32(math.sqrt(2 / WIDTH))
    for layer in range(DEPTH):
        for _ in range(draws):
            normal(generator(0, layer), weights.shape, "float32", out=weights)
            np.matmul(weights, x, out=h)
        h *= scale
        np.maximum(h, 0, out=x)


def peak(task):
    tracemalloc.start()
    task()
    high = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return high


def against_the_bare_loop():
    net = he(WIDTH, DEPTH, INPUTS)
    print(f"{WIDTH} wide, {DEPTH} deep, {INPUTS} inputs, float32   (wanted: 0.85)")
    for words, draws in (("forward", 1), ("forward and backward", 2)):
        found = ratio(lambda d=draws: bare(d), lambda d=draws: simulate(net, 1, backward=d > 1))
        print(f"  {words}: bare loop drawing {draws} × / sampler = {found}")


def blocked_against_plain():
    weights = normal(generator(1), (WIDTH, WIDTH), "float32")
    for columns in (1, 16, 64):
        x = normal(generator(2), (WIDTH, columns), "float32")
        found = ratio(lambda x=x: weights @ x, lambda x=x: multiply(weights, x), 50)
        print(f"product {WIDTH}² × {columns:2d}: plain / blocked = {found}")
        back = ratio(lambda x=x: weights.T @ x, lambda x=x: multiply_transposed(weights, x), 50)
        print(f"  of the transposed matrix: {back}")


def memory():
    net, matrix = he(WIDTH, DEPTH, INPUTS), 4 * WIDTH**2
    for name, backward in (("forward", False), ("both ways", True)):
        used = peak(lambda backward=backward: simulate(net, 1, backward=backward))
        print(f"peak memory {name}: {used / matrix:.1f} weight matrices")


def two_workers():
    small = he(512, 8)
    with ThreadPoolExecutor(2) as pool:
        found = ratio(
            lambda: simulate(small, 32), lambda: simulate(small, 32, executor=pool), 2 * PAIRS
        )
    print(f"two worker threads: {found} times one   (wanted: 1.7)")


def experiments():
    wide = he(10**6, 4, 1)
    seconds = spent(lambda: simulate_marginal(wide, 1, dtype="float32"))
    print(f"without weights, 10⁶ wide, 4 deep, both ways: {seconds:.2f} s a network")
    predicted = Prediction((1.0,) * 5, (1.0,) * 4)
    for law in ("normal", "uniform", "truncated_normal"):
        start = time.perf_counter()
        checks = verify_dense(he(512, 4, law=law), predicted)
        seconds = time.perf_counter() - start
        shown = "; ".join(
            f"{c.name} {c.observed:.4f} ± {c.standard_error:.4f} {c.verdict.value}" for c in checks
        )
        print(f"default experiment, {law}: {seconds:.2f} s; {shown}")


def sweep():
    """Every check of every registry; z has the spread 1 where theory has no finite-width term."""
    for threads in (1, 2):
        found = verify(threads=threads)
        spread = np.std([z_score(check) for check in found.checks if check.finite_width is None])
        print(
            f"verify --all, {threads} threads: {found.seconds:.0f} s for {found.planned} checks, "
            f"{found.summary}, spread of z {spread:.2f}   (wanted: 360 s on 2 processors)"
        )


PARTS = (against_the_bare_loop, blocked_against_plain, memory, two_workers, experiments, sweep)


def main(names):
    for part in PARTS:
        if not names or part.__name__ in names:
            part()


if __name__ == "__main__":
    if os.environ.get("OPENBLAS_NUM_THREADS") == "1":
        main(sys.argv[1:])
    else:
        again = [sys.executable, "-m", "tests.benchmarks.montecarlo", *sys.argv[1:]]
        sys.exit(subprocess.call(again, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}))
