"""Weights drawn as a library draws them: from a law's own parameter, by NumPy's own samplers.

The catalogue's samplers are scaled to variance 1 and so know the law's variance. These don't:
they judge the formula Var(w) = f(parameter). A law that is not listed is drawn from its atoms or
from its density.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

from varprop.catalogue.arrays import Array
from varprop.catalogue.laws import WeightLaw
from varprop.errors import BadInput

Shape = tuple[int, ...]
Sampler = Callable[[np.random.Generator, Shape], Array]
Draw = Callable[[np.random.Generator, Shape, float, Mapping[str, float]], Array]

CELLS = 2**16
FAR = 60.0
"""Where an infinite support is cut, in units of the parameter."""


def _truncated(
    rng: np.random.Generator, shape: Shape, s: float, form: Mapping[str, float]
) -> Array:
    """Redraw what lies outside ±k standard deviations."""
    drawn = rng.normal(0.0, s, shape)
    while (outside := np.abs(drawn) > form["k"] * s).any():
        drawn[outside] = rng.normal(0.0, s, int(outside.sum()))
    return drawn


def _orthogonal(rng: np.random.Generator, shape: Shape, g: float, _: Mapping[str, float]) -> Array:
    """g times a semi-orthogonal matrix: QR of a Gaussian one, signs fixed as by Mezzadri 2007."""
    rows, columns = shape[:2]
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q = g * q * np.copysign(1.0, np.diagonal(r))
    return q if rows >= columns else q.T


def _in_the_middle(shape: Shape, centre: Array) -> Array:
    """A convolution kernel with a matrix in its middle and zeros elsewhere."""
    tensor = np.zeros(shape)
    middle: tuple[slice | int, ...] = (slice(None), slice(None), *(k // 2 for k in shape[2:]))
    tensor[middle] = centre
    return tensor


LIBRARY: dict[str, Draw] = {
    "normal": lambda rng, shape, s, _: rng.normal(0.0, s, shape),
    "uniform": lambda rng, shape, a, _: rng.uniform(-a, a, shape),
    "truncated_normal": _truncated,
    "rademacher": lambda rng, shape, a, _: rng.choice([-a, a], shape),
    "orthogonal": _orthogonal,
    "laplace": lambda rng, shape, b, _: rng.laplace(0.0, b, shape),
    "student_t": lambda rng, shape, s, form: s * rng.standard_t(form["nu"], shape),
    "sparse": lambda rng, shape, s, form: np.where(
        rng.random(shape) < form["p"], 0.0, rng.normal(0.0, s, shape)
    ),
    "constant": lambda _rng, shape, c, _form: np.full(shape, c),
    "identity": lambda _rng, shape, c, _form: c * np.eye(shape[0], shape[1]),
    "delta_orthogonal": lambda rng, shape, g, form: _in_the_middle(
        shape, _orthogonal(rng, shape, g, form)
    ),
    "dirac": lambda _rng, shape, c, _form: _in_the_middle(shape, c * np.eye(shape[0], shape[1])),
}


def drawn_by_parameter(law: WeightLaw, value: float) -> Sampler:
    """Return a sampler (rng, (fan_out, fan_in)) at a parameter, that doesn't know the variance.

    Raises BadInput for a law without a library sampler, density and atoms.
    """
    form = _form(law)
    if law.name in LIBRARY:
        return lambda rng, shape: LIBRARY[law.name](rng, shape, value, form)
    if law.atoms:
        return _from_atoms(law, value)
    found = by_density(law, value)
    if found is None:
        raise BadInput(
            f"the law {law.name} can't be drawn from its parameter: give it a density or atoms."
        )
    return found


def by_density(law: WeightLaw, value: float) -> Sampler | None:
    """Return a sampler that uses the law's density alone, None where it has none.

    The distribution function is inverted on a grid; within a cell the density is taken as flat.
    """
    if not (law.density and law.support):
        return None
    edges, cumulative = _distribution(law, value)
    return lambda rng, shape: np.interp(rng.random(shape), cumulative, edges)


def _form(law: WeightLaw) -> dict[str, float]:
    return {entry.symbol: entry.default for entry in law.forms}


def _from_atoms(law: WeightLaw, value: float) -> Sampler:
    numbers = {**_form(law), law.parameter.symbol: value}
    values, chances = (np.array([_number(pair[k], numbers) for pair in law.atoms]) for k in (0, 1))
    return lambda rng, shape: rng.choice(values, shape, p=chances / chances.sum())


def total_mass(law: WeightLaw, value: float) -> tuple[float, float]:
    """Return the sum of the atoms, or the integral of the density, and its error."""
    if law.atoms:
        numbers = {**_form(law), law.parameter.symbol: value}
        return math.fsum(_number(chance, numbers) for _, chance in law.atoms), 1e-15
    edges, heights = _cells(law, value)
    step = float(edges[1] - edges[0])
    return float(heights.sum()) * step, (step / value) ** 2 / 12


@cache
def _distribution(law: WeightLaw, value: float) -> tuple[Array, Array]:
    edges, heights = _cells(law, value)
    mass = np.concatenate([[0.0], np.cumsum(heights)])
    return edges, mass / mass[-1]


def _cells(law: WeightLaw, value: float) -> tuple[Array, Array]:
    """Return cell edges on the support and the density in the middle of each."""
    from sympy import Float, Symbol, lambdify

    from varprop.expression_text import parse_expression
    from varprop.notation import h

    assert law.density is not None
    assert law.support is not None
    numbers = {**_form(law), law.parameter.symbol: value}
    far = {"oo": FAR * value, "-oo": -FAR * value}
    low, high = (far[end] if end in far else _number(end, numbers) for end in law.support)
    density = parse_expression(law.density, argument="w")
    density = density.subs({Symbol(k, positive=True): Float(v, 17) for k, v in numbers.items()})
    edges = np.linspace(low, high, CELLS + 1)
    heights = lambdify(h, density, "numpy")((edges[1:] + edges[:-1]) / 2)
    return edges, np.broadcast_to(heights, CELLS)


def _number(text: str, numbers: Mapping[str, float]) -> float:
    from sympy import Symbol

    from varprop.expression_text import parse_scalar

    return float(parse_scalar(text).subs({Symbol(k, positive=True): v for k, v in numbers.items()}))
