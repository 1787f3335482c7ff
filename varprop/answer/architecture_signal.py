"""``propagate --arch``: signal, gradient and two inputs through any network, row by row."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr

from varprop.answer.architecture_fold import Solving
from varprop.answer.architecture_levels import MadeWhenSeen
from varprop.answer.initialiser import Initialiser, initialiser
from varprop.answer.inputs import InputMoments, Number, variance
from varprop.answer.propagate import SOLVED, Followed, Propagation
from varprop.answer.two_inputs import first_correlation
from varprop.errors import BadInput
from varprop.networks.arithmetic import Numeric
from varprop.networks.attention import SelfAttention
from varprop.networks.containers import Repeat
from varprop.networks.dense import Bilinear
from varprop.networks.embedding import Embedding
from varprop.networks.layer import Weight
from varprop.networks.network import InputLaw, Network, every, fold, single_input, through
from varprop.networks.recording import Given, Scale
from varprop.networks.recurrent import Recurrent
from varprop.propagation.depth import gradient_trend, trend
from varprop.solving.conditions import CONDITIONS


def propagate_network(
    net: Network,
    init: str = SOLVED,
    *,
    bias_variance: Number | None = None,
    data: InputMoments | None = None,
    correlation: Number | None = None,
) -> Propagation:
    """Follow E[x²], the mean, the gradient and two inputs through every layer of a network.

    Parameters
    ----------
    init : an initialiser as text, or ``solved`` for each tensor's own forward condition.
    bias_variance : σ_b² of every bias; the initialiser's own (solved: 0) when left out.
    data, correlation : moments of the input, and E[x_a x_b]/E[x²] of two inputs.

    ``gradient`` is E[∂loss/∂x²] per unit, relative to the last weight layer's pre-activation, as is how
    alike those of two inputs are. Trends run from end to end along the stream, not into its branches;
    that of the gradient is its norm's, summed over units, between maps of one size: neither width nor
    pooling counts as depth. Raises BadInput while a symbol is left, for what no rule follows, and for
    more copies than can be listed.
    """
    _refuse_deep(net)
    law = _law(data, correlation)
    setting, used = _scaled(net, init, bias_variance, law)
    out, gradient = fold(net, setting, law)
    levels = MadeWhenSeen(setting.order, setting.rows)
    trunk = levels.trunk()
    depth = len(trunk.sizes)
    notes = (*setting.approximations, *used)
    return Propagation(
        str(net),
        init,
        (),
        levels,
        trend(trunk.sizes, depth),
        gradient_trend(trunk.gradients, depth),
        notes,
        network=str(net),
        blocks=depth if trunk.blocks else None,
        steps=depth,
        followed=Followed(net, tuple(setting.scales), law, out, float(gradient)),
    )


OWN_RULE = (Recurrent, Bilinear, SelfAttention, Embedding)
"""Layers that libraries don't draw as they do Linear and Conv layers."""

MOST_COPIES = 1_000_000
"""Copies of a block that are followed one by one."""


def _refuse_deep(net: Network) -> None:
    for layer in every(net.layer):
        if isinstance(layer, Repeat) and layer.count.is_Integer and layer.count > MOST_COPIES:
            raise BadInput(
                f"{layer.count} copies are too many to follow each: {MOST_COPIES:,} at most. Write fewer; "
                "varprop solve --arch takes any number of those that settle."
            )


def _law(data: InputMoments | None, correlation: Number | None) -> InputLaw:
    second = 1 if data is None else data.second_moment
    mean = 0 if data is None else data.mean
    return InputLaw(second, mean, float(second) * first_correlation(correlation, data))


def _scaled(
    net: Network, init: str, bias_variance: Number | None, law: InputLaw
) -> tuple[Given | Solving, tuple[str, ...]]:
    """Return the setting to follow the network in, and what is to be said of the initialiser.

    Scales are solved for interior units: where no position lies at a border, on the way.
    """
    left = sorted(net.symbols())
    if left:
        raise BadInput(
            f"propagate needs numbers, but {', '.join(left)} is a symbol of the network. Write a number "
            f"for it, or ask varprop solve --arch, which keeps symbols."
        )
    bias = None if bias_variance is None else variance(bias_variance, "--bias-variance")
    if init == SOLVED:
        if not net.shape.space:
            return _solving(bias, together=False), ()
        return Given(Numeric(), solved_scales(net, bias, law)), ()
    chosen = initialiser(init)
    if chosen.scheme.deterministic:
        raise BadInput(
            f"{chosen.text} is not drawn at random: the rules for iid zero-mean weights don't apply. "
            "It is followed for --act linear with --width and --depth only."
        )
    told = chosen.scheme.elsewhere
    other = told is not None and any(isinstance(layer, OWN_RULE) for layer in every(net.layer))
    used = (f"{chosen.scheme.name}: {told}",) if other else ()
    return Given(Numeric(), _drawn(chosen, bias)), used


def solved_scales(net: Network, bias: Expr | None, law: InputLaw) -> list[Scale]:
    """Return Var(w) and σ_b² of every tensor in the order of use, under the forward condition."""
    setting = _solving(bias, together=True)
    through(net, setting, single_input(law, net))
    return setting.scales


def _solving(bias: Expr | None, *, together: bool) -> Solving:
    from sympy import S

    shift = S.Zero if bias is None else bias
    return Solving(Numeric(), CONDITIONS["forward"], S.One, shift, together=together)


def _drawn(chosen: Initialiser, bias: Expr | None) -> Callable[[Weight], Scale]:
    known: dict[tuple[Expr, Expr], Scale] = {}

    def scale(weight: Weight) -> Scale:
        key = (weight.fan_in, weight.fan_out)
        if key not in known:
            v, b = chosen.at(float(weight.fan_in), float(weight.fan_out))
            known[key] = (v, b if bias is None else float(bias))
        return known[key]

    return scale
