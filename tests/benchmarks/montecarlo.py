"""Speed and memory of the sampler, as ratios within one run: python -m tests.benchmarks.montecarlo.

A bare loop draws the same weights with the same generator and multiplies with BLAS at one thread
(set OPENBLAS_NUM_THREADS=1 before the run for that); the ratio is its time over the sampler's.
"""

import math
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from varprop.answer.verify import verify, z_score
from varprop.catalogue.arrays import multiply, normal
from varprop.catalogue.laws import LAWS
from varprop.montecarlo.marginal import simulate_marginal
from varprop.montecarlo.network import DenseNetwork, GaussianPreactivation, generator
from varprop.montecarlo.ratios import Prediction
from varprop.montecarlo.simulate import simulate
from varprop.montecarlo.verify import verify_dense

WIDTH, DEPTH, INPUTS = 1024, 50, 64


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


def best(task, repeats=3):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return min(times)


def bare(draws):
    x = normal(generator(0), (WIDTH, INPUTS), "float32")
    for layer in range(DEPTH):
        for _ in range(draws):
            weights = normal(generator(0, layer), (WIDTH, WIDTH), "float32")
            h = weights @ x
        x = np.maximum(h * np.float32(math.sqrt(2 / WIDTH)), 0)


def peak(task):
    tracemalloc.start()
    task()
    high = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return high


def blocked_against_plain():
    weights = normal(generator(1), (WIDTH, WIDTH), "float32")
    for columns in (1, 16, 64):
        x = normal(generator(2), (WIDTH, columns), "float32")
        ratio = best(lambda x=x: weights @ x, 50) / best(lambda x=x: multiply(weights, x), 50)
        print(f"product {WIDTH}² × {columns:2d}: plain / blocked = {ratio:.2f}")


def sweep():
    """Every check of every registry; the z scores of a right catalogue have the spread 1."""
    for threads in (1, 2):
        found = verify(threads=threads)
        spread = np.std([z_score(check) for check in found.checks])
        print(
            f"verify --all, {threads} threads: {found.seconds:.0f} s for {found.planned} checks, "
            f"{found.summary}, spread of z {spread:.2f}   (wanted: 360 s on 2 processors)"
        )


def main():
    net = he(WIDTH, DEPTH, INPUTS)
    forward = best(lambda: simulate(net, 1, backward=False))
    both = best(lambda: simulate(net, 1))
    print(f"forward, {WIDTH} wide, {DEPTH} deep, {INPUTS} inputs: {forward:.3f} s")
    print(f"  bare loop / sampler = {best(lambda: bare(1)) / forward:.2f}   (wanted: 0.85)")
    print(f"forward and backward: {both:.3f} s")
    print(f"  bare double loop / sampler = {best(lambda: bare(2)) / both:.2f}   (wanted: 0.85)")
    blocked_against_plain()
    matrix = 4 * WIDTH**2
    for name, backward in (("forward", False), ("both ways", True)):
        used = peak(lambda backward=backward: simulate(net, 1, backward=backward))
        print(f"peak memory {name}: {used / matrix:.1f} weight matrices")
    small = he(512, 8)
    alone = best(lambda: simulate(small, 32))
    with ThreadPoolExecutor(2) as pool:
        two = best(lambda: simulate(small, 32, executor=pool))
    print(f"two worker threads: {alone / two:.2f} times one   (wanted: 1.7)")
    wide = he(10**6, 4, 1)
    spent = best(lambda: simulate_marginal(wide, 1, dtype="float32"), 1)
    print(f"without weights, 10⁶ wide, 4 deep, both ways: {spent:.2f} s a network")
    predicted = Prediction((1.0,) * 5, (1.0,) * 4)
    for law in ("normal", "uniform", "truncated_normal"):
        start = time.perf_counter()
        checks = verify_dense(he(512, 4, law=law), predicted)
        spent = time.perf_counter() - start
        shown = "; ".join(
            f"{c.name} {c.observed:.4f} ± {c.standard_error:.4f} {c.verdict.value}" for c in checks
        )
        print(f"default experiment, {law}: {spent:.2f} s; {shown}")
    sweep()


if __name__ == "__main__":
    main()
