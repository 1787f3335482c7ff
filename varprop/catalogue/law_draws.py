"""How each weight law is drawn, scaled to mean square 1; NumPy is imported at the first draw.

Each function takes a generator, the shape (..., fan_out, fan_in), a dtype and the numbers that
fix the form of the law.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from varprop.catalogue.arrays import Array, Dtype

Numbers = Mapping[str, float]
Extent = tuple[int, ...]


def normal(rng: np.random.Generator, shape: Extent, dtype: Dtype, _: Numbers) -> Array:
    """N(0, 1)."""
    from varprop.catalogue import arrays

    return arrays.normal(rng, shape, dtype)


def uniform(rng: np.random.Generator, shape: Extent, dtype: Dtype, _: Numbers) -> Array:
    """U(−√3, √3)."""
    draws = rng.random(shape, dtype=dtype)
    draws *= 2 * math.sqrt(3)
    draws -= math.sqrt(3)
    return draws


def truncated_variance(cutoff: float) -> float:
    """Return the variance of a standard normal variate kept within ± ``cutoff``."""
    inside = math.erf(cutoff / math.sqrt(2))
    return 1 - 2 * cutoff * math.exp(-(cutoff**2) / 2) / math.sqrt(2 * math.pi) / inside


def truncated_normal(
    rng: np.random.Generator, shape: Extent, dtype: Dtype, values: Numbers
) -> Array:
    """N(0, 1) within ±k by redrawing, divided by the standard deviation left."""
    from varprop.catalogue import arrays

    cutoff = values["k"]
    draws = arrays.normal(rng, shape, dtype).reshape(-1)
    outside = abs(draws) > cutoff
    while outside.any():
        draws[outside] = arrays.normal(rng, (int(outside.sum()),), dtype)
        outside = abs(draws) > cutoff
    draws /= math.sqrt(truncated_variance(cutoff))
    return draws.reshape(shape)


def rademacher(rng: np.random.Generator, shape: Extent, dtype: Dtype, _: Numbers) -> Array:
    """−1 or 1, one random bit each."""
    import numpy as np

    count = math.prod(shape)
    bits = np.unpackbits(np.frombuffer(rng.bytes(-(-count // 8)), np.uint8), count=count)
    return (bits.astype(dtype) * 2 - 1).reshape(shape)


def laplace(rng: np.random.Generator, shape: Extent, dtype: Dtype, _: Numbers) -> Array:
    """Density exp(−√2·|w|)/√2."""
    draws = rng.standard_exponential(shape, dtype)
    draws -= rng.standard_exponential(shape, dtype)
    draws *= math.sqrt(0.5)
    return draws


def student_t(rng: np.random.Generator, shape: Extent, dtype: Dtype, values: Numbers) -> Array:
    """Student's t with nu degrees of freedom times √(1 − 2/nu)."""
    from varprop.catalogue import arrays

    degrees = values["nu"]
    draws = arrays.normal(rng, shape, dtype)
    draws /= rng.standard_gamma(degrees / 2, shape, dtype) ** 0.5
    draws *= math.sqrt(degrees / 2 - 1)
    return draws


def sparse(rng: np.random.Generator, shape: Extent, dtype: Dtype, values: Numbers) -> Array:
    """0 with probability p, otherwise N(0, 1/(1 − p))."""
    from varprop.catalogue import arrays

    kept = 1 - values["p"]
    draws = arrays.normal(rng, shape, dtype)
    draws *= rng.random(shape, dtype=dtype) < kept
    draws /= math.sqrt(kept)
    return draws


def orthogonal(rng: np.random.Generator, shape: Extent, dtype: Dtype, _: Numbers) -> Array:
    """A uniform semi-orthogonal matrix times √m, m the larger of its sides."""
    from varprop.catalogue import arrays

    *stack, rows, columns = shape
    large, small = max(rows, columns), min(rows, columns)
    matrix = arrays.orthonormal_columns(arrays.normal(rng, (*stack, large, small), dtype))
    matrix *= math.sqrt(large)
    return matrix if rows >= columns else matrix.swapaxes(-1, -2)


def constant(_rng: np.random.Generator, shape: Extent, dtype: Dtype, _: Numbers) -> Array:
    """1 everywhere."""
    import numpy as np

    return np.ones(shape, dtype)


def identity(_rng: np.random.Generator, shape: Extent, dtype: Dtype, _: Numbers) -> Array:
    """The identity, also when the matrix isn't square."""
    import numpy as np

    return np.zeros(shape, dtype) + np.eye(shape[-2], shape[-1], dtype=dtype)


def delta_orthogonal(
    rng: np.random.Generator, shape: Extent, dtype: Dtype, values: Numbers
) -> Array:
    """A uniform semi-orthogonal matrix in the middle of the kernel times √m, 0 elsewhere."""
    import numpy as np

    rows, columns, *kernel = shape
    tensor = np.zeros(shape, dtype)
    centre = orthogonal(rng, (rows, columns), dtype, values)
    tensor[middle(shape)] = centre * centre.dtype.type(math.sqrt(math.prod(kernel)))
    return tensor


def dirac(_rng: np.random.Generator, shape: Extent, dtype: Dtype, _: Numbers) -> Array:
    """1 in the middle of the kernel from channel i to channel i, 0 elsewhere."""
    import numpy as np

    tensor = np.zeros(shape, dtype)
    tensor[middle(shape)] = np.eye(shape[0], shape[1], dtype=dtype)
    return tensor


def middle(shape: Extent) -> tuple[slice | int, ...]:
    """Return the index of a kernel's middle, which is right of the centre for an even size."""
    return (slice(None), slice(None), *(size // 2 for size in shape[2:]))
