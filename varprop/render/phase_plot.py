"""Pictures of ``phase``: braille in the terminal, matplotlib (extra ``plot``) in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from varprop.answer.phase import Edge
from varprop.answer.phase_diagram import Numbers
from varprop.errors import BadInput
from varprop.render.endings import PICTURES
from varprop.render.screen import Screen, console, unicode_ok
from varprop.render.terminal_plot import plot

SHADES = " ░▒▓█"
PLAIN_SHADES = " .+*#"
WIDTH, HEIGHT = 56, 16
LONG = 200.0


def draw(edge: Edge, numbers: Numbers, *, no_color: bool = False) -> None:
    """Draw the curve (σ_b² over σ_w²), or the diagram shaded by depth scale, in the terminal."""
    screen = Screen(console(no_color=no_color))
    screen.line()
    if numbers.is_grid:
        _shaded(edge, numbers, screen)
        return
    arrays = numbers.arrays
    points = [
        (float(x), float(y))
        for x, y in zip(arrays["sigma_w2"], arrays["sigma_b2"], strict=True)
        if x == x and y <= 1.0
    ]
    if len(points) < 2:
        screen.line("the edge of chaos is no curve: nothing to draw")
        return
    screen.line(f"edge of chaos of {edge.activation}: σ_b² (up) over σ_w² (right)")
    for line in plot(points, width=WIDTH, height=HEIGHT, plain=not unicode_ok(screen.out)):
        screen.line(line)


def _shaded(edge: Edge, numbers: Numbers, screen: Screen) -> None:
    import numpy as np

    arrays = numbers.arrays
    depth = arrays["xi_gradient"]
    rows = np.linspace(depth.shape[0] - 1, 0, HEIGHT).astype(int)
    columns = np.linspace(0, depth.shape[1] - 1, WIDTH).astype(int)
    shades = SHADES if unicode_ok(screen.out) else PLAIN_SHADES
    screen.line(
        f"{edge.activation}: σ_w² (up, to {arrays['sigma_w2'].max():.3g}) over σ_b² (right, to "
        f"{arrays['sigma_b2'].max():.3g}); layers over which the gradient changes by e: "
        f"light 1, dark {LONG:g} or more; x: q grows without bound"
    )
    for row in rows:
        cells = []
        for column in columns:
            value = depth[row, column]
            if np.isnan(arrays["q_star"][row, column]):
                cells.append("x")
                continue
            share = np.clip(np.log(max(value, 1.0)) / np.log(LONG), 0, 1)
            cells.append(shades[round(float(share) * (len(shades) - 1))])
        screen.line("|" + "".join(cells))


def figure(edge: Edge, numbers: Numbers, name: str) -> None:
    """Write the picture; raises BadInput without matplotlib or for an ending it can't write."""
    if Path(name).suffix not in PICTURES:
        raise BadInput(f"--figure writes {', '.join(PICTURES)}, not {name!r}.")
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise BadInput(
            "--figure needs matplotlib: pip install 'varprop[plot]' (--plot draws without it)."
        ) from None
    picture: Any = Figure(figsize=(6.4, 4.8), layout="constrained")
    axes = picture.subplots()
    arrays = numbers.arrays
    if numbers.is_grid:
        import numpy as np

        shown = np.log10(np.clip(arrays["xi_gradient"], 1, 1e4))
        mesh = axes.pcolormesh(
            arrays["sigma_b2"], arrays["sigma_w2"], shown, shading="auto", rasterized=True
        )
        picture.colorbar(mesh, label="log10 of the gradient's depth scale")
        axes.contour(arrays["sigma_b2"], arrays["sigma_w2"], arrays["chi_perp"], [1.0], colors="w")
    else:
        keep = arrays["sigma_b2"] <= 1.0
        axes.plot(arrays["sigma_b2"][keep], arrays["sigma_w2"][keep])
    axes.set_xlabel(r"$\sigma_b^2$")
    axes.set_ylabel(r"$\sigma_w^2$")
    axes.set_title(f"edge of chaos, {edge.activation}")
    try:
        picture.savefig(name)
    except OSError as error:
        raise BadInput(f"can't write {name}: {error.strerror or error}.") from None
