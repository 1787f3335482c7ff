"""The screen of ``spectrum``, its picture and its numbers as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from varprop.answer.spectrum import SpectrumReport
from varprop.errors import BadInput
from varprop.render.endings import PICTURES
from varprop.render.numbers import number
from varprop.render.screen import Screen, unicode_ok
from varprop.render.terminal_plot import plot

BINS = 40
HIGHEST = 4.0


def show_spectrum(found: SpectrumReport, screen: Screen, *, digits: int = 6) -> None:
    """Print moments, the largest singular value, the density and what a simulation found."""
    bias = (
        "none (it would be negative)" if found.sigma_b2 is None else number(found.sigma_b2, digits)
    )
    screen.line(f"{found.activation}, {found.depth} layers, {found.law} weights", style="bold")
    screen.line(
        f"σ_w² = {number(found.sigma_w2, digits)}, σ_b² = {bias}, q* = {number(found.q_star, digits)}, "
        f"χ⊥ = {number(found.sigma_w2 * found.slopes.first, digits)}"
    )
    screen.line()
    first = "0" if found.law == "orthogonal" else "−1"
    rows = [
        ("mean of s²", number(found.mean, digits), "(σ_w²μ₁)^L"),
        (
            "variance of s²",
            number(found.variance, digits),
            "(σ_w²μ₁)^2L·L·(μ₂/μ₁² − 1 − s₁), "
            f"μ₂/μ₁² = {number(found.slopes.spread + 1, digits)}, s₁ = {first}",
        ),
        ("largest s", number(found.largest, digits), "edge of the density"),
        ("share of s = 0", number(found.zero_share, digits), "P(φ' = 0)"),
    ]
    if found.largest_share:
        share = number(found.largest_share, digits)
        rows.append(("share of the largest", share, "1 − L·(1 − P(φ'² = max φ'²))"))
    screen.columns(
        rows, ("singular values s of J", "theory", ""), right=frozenset({1}), fold=frozenset({2})
    )
    if found.simulated is not None:
        _simulation(found, screen)
    screen.line()
    _isometry(found, screen)
    _density(found, screen)


def _simulation(found: SpectrumReport, screen: Screen) -> None:
    simulated = found.simulated
    assert simulated is not None
    parts = [
        f"{name} {number(value, 4)} ± {number(error, 2)}"
        for name, (value, error) in (
            ("mean", simulated.mean),
            ("variance", simulated.variance),
            ("largest s", simulated.largest),
        )
    ]
    screen.line(
        f"simulated, {simulated.networks} networks {simulated.width} wide, seed {simulated.seed}: "
        + ", ".join(parts)
    )


def _isometry(found: SpectrumReport, screen: Screen) -> None:
    if found.is_point:
        screen.line("dynamical isometry: every singular value is the same at any depth")
    elif not found.isometry:
        screen.line(
            f"{found.activation} cannot reach dynamical isometry: φ'² is not one number near 0, so that "
            "μ₂/μ₁² stays above 1 however small q* is"
        )
    else:
        depth = number(found.depth_of_unit_variance, 4)
        screen.line(
            f"at this q* the variance is 1 at depth {depth}; with orthogonal weights it goes to 0 as "
            "σ_b², q* → 0"
        )


def _density(found: SpectrumReport, screen: Screen) -> None:
    singular, density = found.curve
    if not len(singular) or not density.any():
        return
    tall = float(sorted(density)[int(0.98 * len(density))])
    points = [(float(s), min(float(d), tall)) for s, d in zip(singular, density, strict=True)]
    screen.line()
    screen.line("density of s (without shares at one value)")
    width = max(20, min(56, screen.width - 12))
    for line in plot(points, width=width, height=10, plain=not unicode_ok(screen.out)):
        screen.line(line)


def figure(found: SpectrumReport, name: str) -> None:
    """Write the density, and the simulated histogram beside it, as a picture."""
    if Path(name).suffix not in PICTURES:
        raise BadInput(f"--figure writes {', '.join(PICTURES)}, not {name!r}.")
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise BadInput("--figure needs matplotlib: pip install 'varprop[plot]'.") from None
    picture: Any = Figure(figsize=(6.4, 4.0), layout="constrained")
    axes = picture.subplots()
    singular, density = found.curve
    if found.simulated is not None:
        values = found.simulated.singular_values.ravel()
        axes.hist(values[values > 1e-9], bins=BINS, density=True, alpha=0.4, label="simulated")
    if len(singular):
        axes.plot(singular, density, label="theory")
        axes.set_ylim(0, HIGHEST * float(sorted(density)[len(density) // 2] or 1.0))
    axes.set_xlabel("singular value of the Jacobian")
    axes.legend()
    try:
        picture.savefig(name)
    except OSError as error:
        raise BadInput(f"can't write {name}: {error.strerror or error}.") from None


def save(found: SpectrumReport, name: str) -> None:
    """Write the density (.csv), or density and simulated singular values (.npz)."""
    import numpy as np

    path, (singular, density) = Path(name), found.curve
    try:
        if path.suffix == ".npz":
            extra = (
                {} if found.simulated is None else {"simulated": found.simulated.singular_values}
            )
            np.savez(path, singular_value=singular, density=density, **extra)  # type: ignore[arg-type]
        elif path.suffix == ".csv":
            table = np.stack([singular, density], axis=1)
            np.savetxt(
                path,
                table,
                delimiter=",",
                header="singular_value,density",
                comments="",
                fmt="%.17g",
            )
        else:
            raise BadInput(
                f"--save writes .csv and .npz, not {path.suffix or 'a name without ending'!r}."
            )
    except OSError as error:
        raise BadInput(f"can't write {name}: {error.strerror or error}.") from None
