"""Numbers of the edge of chaos and of the phase diagram, as arrays and as files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from varprop.answer.phase import Edge
from varprop.errors import BadInput
from varprop.moments import Moments
from varprop.solving.fixed_points_grid import reached_on_grid

POINTS = 200
CURVE_LOW, CURVE_HIGH = 1e-3, 1e2
LARGEST = 4_000_000
WIDEST, BIASES = 2.5, 0.5


@dataclass(frozen=True)
class Numbers:
    """Named arrays of one shape: a curve (one axis) or a diagram (σ_w² by σ_b²)."""

    arrays: Mapping[str, np.ndarray]

    @property
    def is_grid(self) -> bool:
        """Whether the arrays have two axes."""
        return next(iter(self.arrays.values())).ndim == 2


def curve(edge: Edge, points: int = POINTS) -> Numbers:
    """Return the edge of chaos at fixed points q* between 1e-3 and 100."""
    return Numbers(edge.curve(np.geomspace(CURVE_LOW, CURVE_HIGH, points)))


def diagram(edge: Edge, text: str, start: float = 1.0) -> Numbers:
    """Return q*, χ and depth scales on a grid given as ``200x200``: σ_w² by σ_b².

    The range of σ_w² is 0 to 2.5 times the edge's at q* = 1, that of σ_b² 0 to 0.5.
    """
    across, up = _shape(text)
    top = WIDEST * _typical(edge.moments)
    weights = np.linspace(top / across, top, across)
    biases = np.linspace(0.0, BIASES, up)
    found = reached_on_grid(edge.moments, weights, biases, start)
    grid = np.meshgrid(weights, biases, indexing="ij")
    with np.errstate(divide="ignore", invalid="ignore"):
        return Numbers(
            {
                "sigma_w2": grid[0],
                "sigma_b2": grid[1],
                **found,
                "xi_q": _scale(found["chi_parallel"]),
                "xi_gradient": _scale(found["chi_perp"]),
            }
        )


def _scale(slope: np.ndarray) -> np.ndarray:
    """Return 1/|ln χ|: layers over which a quantity changes by a factor e."""
    return 1 / np.abs(np.log(np.abs(slope)))


def _typical(moments: Moments) -> float:
    below = moments.number("derivative_second_moment", 1.0).value
    if not below:
        raise BadInput(
            "φ' is 0 almost everywhere: no σ_w² carries a gradient, there is no diagram."
        )
    return 1 / below


def _shape(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"\s*(\d+)\s*[x×,]\s*(\d+)\s*", text)
    if match is None or min(map(int, match.groups())) < 2:
        raise BadInput(
            f"--grid reads NxM with N and M at least 2, not {text!r}. Try --grid 200x200."
        )
    across, up = map(int, match.groups())
    if across * up > LARGEST:
        raise BadInput(f"--grid {text} has {across * up} points, more than {LARGEST}: take fewer.")
    return across, up


def save(numbers: Numbers, name: str) -> None:
    """Write the arrays to .csv (one row per point) or .npz; raises BadInput for another ending."""
    path = Path(name)
    try:
        if path.suffix == ".npz":
            np.savez(path, **dict(numbers.arrays))  # type: ignore[arg-type]
        elif path.suffix == ".csv":
            table = np.stack([np.ravel(value) for value in numbers.arrays.values()], axis=1)
            header = ",".join(numbers.arrays)
            np.savetxt(path, table, delimiter=",", header=header, comments="", fmt="%.17g")
        else:
            raise BadInput(
                f"--save writes .csv and .npz, not {path.suffix or 'a name without ending'!r}."
            )
    except OSError as error:
        raise BadInput(f"can't write {name}: {error.strerror or error}.") from None
