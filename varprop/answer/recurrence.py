"""The recurrences of one layer as equations: q_1 from q, and the gradient on its way back."""

from __future__ import annotations

from sympy import Eq, Expr, Symbol

from varprop import notation
from varprop.answer.inputs import Number, variance
from varprop.catalogue.activations import Activation, activation_from
from varprop.errors import BadInput
from varprop.notation import positive
from varprop.propagation.feed import moments_of

NEXT, GRADIENT, GRADIENT_ABOVE = "q_1", "g", "g_1"
DIRECTIONS = ("forward", "backward")


def recurrence(
    act: str | Expr | Activation,
    *,
    sigma_w2: Number = "sigma_w2",
    sigma_b2: Number = "sigma_b2",
    direction: str = "forward",
) -> Eq:
    """Return the map of one layer as an equation between plain SymPy symbols.

    Forward, q_1 = σ_w²·E[φ(h)²] + σ_b² with h ~ N(0, var=q), q = E[h²] and σ_w² = fan_in·Var(w);
    backward, g = σ_w²·E[φ'(h)²]·g_1 with g = E[δ²] and σ_w² = fan_out·Var(w). Expectations are
    closed where a route knows them. ``sigma_b2`` is a variance.

    Raises BadInput for a direction that is neither forward nor backward.

    >>> recurrence("relu", sigma_b2=0)
    Eq(q_1, q*sigma_w2/2)
    """
    if direction not in DIRECTIONS:
        raise BadInput(f"a recurrence is forward or backward, not {direction!r}.")
    scale = variance(sigma_w2, "sigma_w2")
    moments = moments_of(_phi(act))
    if direction == "forward":
        value = scale * moments.best("second_moment") + variance(sigma_b2, "sigma_b2")
        return Eq(positive(NEXT), value, evaluate=False)
    above = Symbol(GRADIENT_ABOVE, positive=True)
    factor = scale * moments.best("derivative_second_moment")
    return Eq(positive(GRADIENT), factor * above, evaluate=False)


def _phi(act: object) -> Expr:
    name = getattr(act, "name", None)
    source = act if isinstance(act, (str, Expr, Activation)) else name
    phi = activation_from(source if source is not None else act).phi
    return phi if phi.has(notation.h) else phi.subs(Symbol("x"), notation.h)
