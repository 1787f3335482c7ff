"""Draws and products: right numbers, and the same bits on one and on two BLAS threads."""

import hashlib
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from varprop.catalogue.arrays import multiply, multiply_transposed, normal, orthonormal_columns

ROOT = Path(__file__).parents[2]

SHAPES = [((5, 7), (7, 1)), ((300, 513), (513, 16)), ((2, 33, 600), (2, 600, 3)), ((1, 1), (1, 1))]


@pytest.mark.parametrize(("left", "right"), SHAPES, ids=str)
@pytest.mark.parametrize("transposed", [False, True])
def test_products(left, right, transposed):
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal(left), rng.standard_normal(right)
    if transposed:
        a = np.ascontiguousarray(a.swapaxes(-1, -2)).swapaxes(-1, -2)
    assert np.allclose(multiply(a, b), a @ b, rtol=1e-13, atol=1e-12)


@pytest.mark.parametrize(("left", "right"), SHAPES, ids=str)
def test_products_with_a_transposed_factor(left, right):
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((*left[:-2], left[-1], left[-2])), rng.standard_normal(right)
    expected = a.swapaxes(-1, -2) @ b
    assert np.allclose(multiply_transposed(a, b), expected, rtol=1e-13, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_draws_into_an_array_are_those_into_a_new_one(dtype):
    out = np.empty((3, 50), dtype)
    drawn = normal(np.random.default_rng(4), out.shape, dtype, out=out)
    assert np.shares_memory(drawn, out)
    assert np.array_equal(out, normal(np.random.default_rng(4), out.shape, dtype))


@pytest.mark.parametrize("size", [1, 2, 3, 65_536, 65_537, 131_073])
def test_box_muller_fills_any_size(size):
    draws = normal(np.random.default_rng(0), (size,), "float32")
    assert draws.shape == (size,)
    assert np.isfinite(draws).all()
    assert (draws[-1] != 0).all()


def test_box_muller_moments():
    draws = normal(np.random.default_rng(11), (4_000_000,), "float32").astype(float)
    for power, expected in ((1, 0), (2, 1), (3, 0), (4, 3), (6, 15)):
        values = draws**power
        assert abs(values.mean() - expected) < 4 * values.std() / math.sqrt(draws.size)
    pairs = draws[:-1] * draws[1:]
    assert abs(pairs.mean()) < 4 / math.sqrt(draws.size)


def fingerprint():
    rng = np.random.default_rng(0)
    digest = hashlib.sha256()
    for size, columns in ((512, 16), (700, 1), (1024, 64), (300, 5)):
        weights = normal(rng, (size, size), "float32")
        inputs = normal(rng, (size, columns), "float32")
        digest.update(multiply(weights, inputs).tobytes())
        digest.update(multiply(weights.T, inputs).tobytes())
        digest.update(multiply_transposed(weights, inputs).tobytes())
    digest.update(orthonormal_columns(normal(rng, (300, 300))).tobytes())
    return digest.hexdigest()


def test_bits_do_not_depend_on_blas_threads():
    code = "from tests.catalogue.test_arrays import fingerprint; print(fingerprint())"
    found = set()
    for threads in ("1", "2"):
        environment = os.environ | dict.fromkeys(
            ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), threads
        )
        command = [sys.executable, "-c", code]
        run = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True
        )
        found.add(run.stdout)
    assert len(found) == 1
