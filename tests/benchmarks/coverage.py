"""How often the nominal 95 % interval holds the truth: python -m tests.benchmarks.coverage.

He-ReLU networks of width 64 and depth 20, without their weights: Q = |x|²·2/n has mean 1 and the
relative second moment (1 + 5/n)^layers at every width, so that a seed's interval for E[Q] from
2,000 networks either holds 1 or does not. Wanted: between 93 and 97 % of 2,000 seeds.
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

from varprop.catalogue.laws import LAWS
from varprop.montecarlo.marginal import simulate_marginal
from varprop.montecarlo.network import DenseNetwork, GaussianPreactivation
from varprop.montecarlo.statistics import estimate

WIDTH, DEPTH = 64, 20
NETWORKS, SEEDS = 2_000, 2_000


def relu(h):
    return np.maximum(h, 0)


def step(h):
    return (h > 0).astype(h.dtype)


def spread_of_squares(layers, networks, seed=0, width=WIDTH):
    """Q of each network after that many layers, the first of which is the fed one."""
    network = DenseNetwork(
        (width,) * layers,
        (2 / width,) * (layers - 1),
        LAWS["normal"],
        relu,
        step,
        GaussianPreactivation(1.0),
        inputs=1,
    )
    runs = simulate_marginal(network, networks, seed=seed, backward=False, dtype="float32")
    return 2 * runs.activations[:, -1, 0]


def covered(layers, networks, level, seed):
    """Whether one seed's interval holds the exact mean 1."""
    low, high = estimate(spread_of_squares(layers, networks, seed)).interval(level)
    return bool(low <= 1 <= high)


def coverage(layers, networks, seeds, level=0.95, workers=None):
    """The share of seeds whose interval holds 1."""
    task = partial(covered, layers, networks, level)
    with ProcessPoolExecutor(workers) as pool:
        return sum(pool.map(task, range(seeds), chunksize=25)) / seeds


def main(seeds=SEEDS):
    start = time.perf_counter()
    found = coverage(DEPTH, NETWORKS, seeds)
    error = (0.95 * 0.05 / seeds) ** 0.5
    print(
        f"width {WIDTH}, depth {DEPTH}, {NETWORKS} networks a seed: {100 * found:.2f} % of "
        f"{seeds} nominal 95 % intervals hold the truth (± {100 * error:.2f} of chance; wanted: "
        f"93 to 97), {time.perf_counter() - start:.0f} s"
    )
    squares = spread_of_squares(10, 2**18, seed=1)
    spread = float((squares**2).mean() / squares.mean() ** 2)
    print(f"E[Q²]/E[Q]² after 10 layers: {spread:.4f}, exact {(1 + 5 / WIDTH) ** 10:.4f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
