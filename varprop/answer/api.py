"""The Python surface: the same questions and the same words as the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy import Expr, Symbol, sympify

from varprop.answer.asking import (
    Data,
    asked,
    check_sampling,
    first_signal,
    law_texts,
    listed_widths,
    network_widths,
)
from varprop.answer.distributions import read_laws, with_laws
from varprop.answer.inputs import InputMoments, Number
from varprop.answer.layer import solve_first, solve_layer, solve_widths
from varprop.answer.propagate import SOLVED, Propagation
from varprop.answer.propagate import propagate as _propagate
from varprop.answer.propagate_experiment import sampled
from varprop.catalogue.activations import ACTIVATIONS, Activation, activation_from
from varprop.catalogue.laws import LAWS
from varprop.catalogue.schemes import SCHEMES
from varprop.catalogue.stacking import Stackable
from varprop.errors import BadInput, shown
from varprop.expression_text import exact
from varprop.notation import h as _argument
from varprop.notation import positive
from varprop.result import Solution

activations = ACTIVATIONS
laws = LAWS
schemes = SCHEMES


@dataclass(frozen=True)
class ActivationFunction(Stackable):
    """An activation of the catalogue that can be applied: ``vp.relu(h)`` is a SymPy expression."""

    name: str

    def __call__(self, argument: Expr | float, **parameters: Expr | float) -> Expr:
        """Return φ(argument); parameters by name, e.g. ``vp.leaky_relu(h, alpha=0.2)``."""
        given = ", ".join(f"{k}={exact(v, k)}" for k, v in parameters.items())
        found = activation_from(f"{self.name}({given})" if given else self.name)
        return found.phi.subs(_argument, sympify(argument))

    @property
    def activation(self) -> Activation:
        """The entry behind the function, which a network takes as a layer."""
        return activation_from(self.name)

    def __str__(self) -> str:
        """Return the name, as a spec has it."""
        return self.name


def activation_function(name: str) -> ActivationFunction:
    """Return the catalogue's activation of that name as a function.

    Raises UnknownName with the nearest names.
    """
    return ActivationFunction(ACTIVATIONS[name].name)


def _activation(act: str | Expr | Activation | ActivationFunction) -> Activation:
    return activation_from(act.name if isinstance(act, ActivationFunction) else act)


def activation(
    source: str | Expr | Activation | ActivationFunction, kinks: Sequence[float] = ()
) -> Activation:
    """Return an activation from a name, a formula, a SymPy expression or a NumPy callable.

    A callable declares its ``kinks``: the points where it or its slope jumps.
    """
    if isinstance(source, ActivationFunction):
        return _activation(source)
    return activation_from(source, kinks)


@asked
def solve(
    act: str | Expr | Activation | ActivationFunction = "linear",
    *,
    fan_in: Number | None = None,
    fan_out: Number | None = None,
    widths: Sequence[Number] | str | None = None,
    condition: str = "forward",
    linearised: bool = False,
    q: Number = 1,
    bias_variance: Number = 0,
    data: Data | None = None,
    input: str | None = None,
    uniform_factor: bool = False,
    dist: str | Sequence[str] | None = None,
    verify: bool = False,
    samples: int | None = None,
    seed: int = 0,
) -> Solution:
    """Solve for the weight variance of a layer, or of each layer of a network given by ``widths``.

    Any other network: ``vp.network("Input(784) >> Dense(512) >> relu").solve()``.

    Parameters
    ----------
    act : the activation whose output feeds the weights: a name ("leaky_relu(0.2)"), a formula in x,
        a SymPy expression, an Activation, or ``vp.relu``.
    fan_in, fan_out : positive whole numbers or symbols (text, or SymPy symbols).
    widths : n_0 … n_L instead of the fans; the first layer is fed by data.
    condition : forward, backward, harmonic, geometric or critical, or an alias.
    linearised : use the slope at 0 (Glorot's argument).
    q : pre-activation variance at which expectations are taken.
    bias_variance : σ_b², a variance.
    data : a file or an array of samples, or moments of the input, for the first layer.
    input : the same moments as text, "mean=0.13, var=0.095".
    uniform_factor : give the first layer the hidden layers' factor.
    dist : laws to add to ``distributions``: "student_t(nu=6)", ["laplace", "orthogonal"], or "all".
    verify : sample networks and add ``checks`` to the result; ``samples`` of them, from ``seed``.

    Returns
    -------
    Solution : its ``weight_variance`` is a SymPy expression, the last line of its ``derivation``.

    Raises
    ------
    BadInput, UnknownName : one line on what cannot be used.

    Examples
    --------
    >>> solve("relu", fan_in="n").weight_variance
    2/n
    >>> solve("relu", fan_in="n", fan_out="m", condition="glorot").weight_variance
    4/(m + n)
    """
    check_sampling(verify, samples, seed)
    laws = read_laws(texts) if (texts := law_texts(dist)) else ()
    moments = first_signal(data, input)
    shared: dict[str, Any] = {
        "condition": condition, "linearised": linearised, "q": q, "bias_variance": bias_variance,
    }  # fmt: skip
    answer = replace(
        _solved(act, (fan_in, fan_out), widths, moments, uniform_factor, shared), seed=seed
    )
    if verify:
        from varprop.answer.experiment import verified

        answer = verified(answer, samples=samples, seed=seed, data=moments, asked=True)
    return with_laws(answer, laws) if laws else answer


def _solved(
    act: str | Expr | Activation | ActivationFunction,
    fans: tuple[Number | None, Number | None],
    widths: Sequence[Number] | str | None,
    moments: InputMoments | None,
    uniform_factor: bool,
    shared: dict[str, Any],
) -> Solution:
    """Solve for one layer, fed by an activation or by data, or for each layer of a network."""
    found, (fan_in, fan_out) = _activation(act), fans
    if widths is not None:
        if fan_in is not None or fan_out is not None:
            raise BadInput("widths gives every fan: leave fan_in and fan_out out.")
        pairs = listed_widths(widths)
        return solve_widths(found, pairs, data=moments, uniform_factor=uniform_factor, **shared)
    if moments is not None:
        return solve_first(found, moments, fan_in, fan_out, **shared)
    return solve_layer(found, fan_in=fan_in, fan_out=fan_out, **shared)


@asked
def propagate(
    act: str | Expr | Activation | ActivationFunction = "linear",
    *,
    widths: Sequence[Number] | str | None = None,
    width: Number | None = None,
    depth: Number | None = None,
    init: str = SOLVED,
    bias_variance: Number | None = None,
    data: Data | None = None,
    input: str | None = None,
    correlation: Number | None = None,
    verify: bool = False,
    samples: int | None = None,
    seed: int = 0,
) -> Propagation:
    """Follow q, E[x²], the mean, the gradient and two inputs through a dense network.

    Give ``widths`` n_0 … n_L, or one ``width`` and a ``depth``; other networks:
    ``vp.network(…).propagate()``. ``init`` is an initialiser as text
    (he, glorot(gain=2), normal(std=0.01), …) or ``solved``; ``correlation`` is E[x_a x_b]/E[x²] of
    two inputs, that of independent data when left out. ``data`` is a file or an array of samples, or
    moments; ``input`` the moments as text. ``verify`` samples the network and adds ``checks``.

    >>> propagate("relu", width=512, depth=50).verdict
    'stable'
    """
    check_sampling(verify, samples, seed)
    followed = _propagate(
        _activation(act),
        network_widths(widths, width, depth),
        init,
        bias_variance=bias_variance,
        data=first_signal(data, input),
        correlation=correlation,
    )
    return sampled(followed, verify, samples, seed)


def symbols(names: str) -> Symbol | tuple[Symbol, ...]:
    """Return positive SymPy symbols, one or several separated by spaces or commas.

    >>> symbols("q n v")
    (q, n, v)
    """
    if not isinstance(names, str):
        raise BadInput(f"symbols takes names as text, symbols('q n'), not {shown(repr(names))}.")
    found = tuple(positive(name) for name in names.replace(",", " ").split())
    if not found:
        raise BadInput("symbols needs at least one name, e.g. symbols('q n').")
    return found[0] if len(found) == 1 else found
