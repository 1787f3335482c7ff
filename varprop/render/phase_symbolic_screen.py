"""Screen and JSON of ``phase`` with symbols."""

from __future__ import annotations

from typing import Any

from varprop.answer.phase_symbolic import SymbolicPhase
from varprop.render.json_face import to_json
from varprop.render.plain import plain
from varprop.render.screen import Screen
from varprop.version import __version__


def show_symbolic_phase(found: SymbolicPhase, screen: Screen) -> None:
    """Print the maps, the fixed point and when it is stable or critical."""
    screen.line(
        f"{found.activation} at σ_w² = {plain(found.sigma_w2)}, σ_b² = {plain(found.sigma_b2)}",
        style="bold",
    )
    screen.line()
    rows = [("q' =", plain(found.length_map))]
    if found.q_star is not None:
        rows.append(("q* =", plain(found.q_star)))
    rows += [("χ∥ =", plain(found.chi_parallel)), ("χ⊥ =", plain(found.chi_perp))]
    screen.columns(rows, fold=frozenset({1}))
    screen.line()
    if found.q_star is None:
        screen.line("q* is the root of q' = q; χ∥ and χ⊥ are taken there: give numbers for it")
        weight, bias = (plain(value) for value in found.edge)
        screen.line(f"edge of chaos χ⊥ = 1 at its fixed point q: σ_w² = {weight}, σ_b² = {bias}")
    else:
        screen.line(f"reached from any start while {plain(found.chi_parallel)} < 1")
        screen.line(f"ordered below, chaotic above {plain(found.chi_perp)} = 1, the edge of chaos")


@to_json.register
def _(noun: SymbolicPhase) -> Any:
    missing = (
        "sigma_w2",
        "sigma_b2",
        "q_star",
        "chi_parallel",
        "chi_perp",
        "c_star",
        "xi_q",
        "xi_c",
    )
    return {
        "varprop": __version__,
        "seed": 0,
        "activation": noun.activation,
        **dict.fromkeys(missing),
        "phase": None,
        "fixed_points": None,
        "continuum": None,
        "edge_of_chaos": None,
        "formulas": {n: None if f is None else str(f) for n, f in noun.formulas.items()},
        "checks": None,
    }
