"""``vp.phase``: numbers give a Phase or the Edge of chaos, symbols their formulas."""

from __future__ import annotations

from sympy import Expr

from varprop.answer.asking import asked
from varprop.answer.inputs import Number
from varprop.answer.phase import Edge, Phase
from varprop.answer.phase import phase as numeric_phase
from varprop.answer.phase_symbolic import SymbolicPhase, is_symbolic, symbolic_phase
from varprop.catalogue.activations import Activation
from varprop.errors import BadInput


@asked
def phase(
    act: str | Expr | Activation,
    sigma_w2: Number | None = None,
    sigma_b2: Number | None = None,
    start: Number = 1,
) -> Phase | Edge | SymbolicPhase:
    """Return the phase at (σ_w², σ_b²), without σ_w² the edge of chaos, with symbols the formulas.

    Parameters
    ----------
    act : a name, a formula in x, a SymPy expression or an Activation.
    sigma_w2 : fan_in·Var(w), a positive number or a symbol.
    sigma_b2 : Var(b); 0 beside a σ_w². Alone: every point of the edge of chaos at it, a number.
    start : the q from which the length map is followed.

    Raises BadInput for what is no variance, and for symbols where a moment has no closed form.

    >>> phase("tanh", "1.69", "0.09").phase
    'ordered'
    >>> phase("relu", sigma_w2="s").chi_perp
    s/2
    """
    if not is_symbolic(sigma_w2, sigma_b2):
        return numeric_phase(act, sigma_w2, sigma_b2, start)
    if sigma_w2 is None:
        raise BadInput(f"the edge of chaos at --sigma-b2 {sigma_b2} needs a number. Try 0.05.")
    return symbolic_phase(act, sigma_w2, 0 if sigma_b2 is None else sigma_b2)
