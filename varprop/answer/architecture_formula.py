"""An open factor of a network as a formula: the positive root of its condition, and where it is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

from sympy import (
    Dummy,
    Expr,
    Poly,
    Pow,
    Rational,
    S,
    Symbol,
    factor_terms,
    powdenest,
    simplify,
    solve,
    sqrt,
)

from varprop.frozen import frozen
from varprop.moments.holding import coefficients_apart, set_apart
from varprop.networks.elementwise import Activate, Dropout
from varprop.networks.layer import Layer, NoClosedForm
from varprop.networks.network import Network, every

Place = Mapping[Expr, Expr]
"""Values of symbols."""

FACTORS = ("scale", "skip", "factor", "value_scale")
"""Fields of layers that hold factors: these may be below 1, sizes and counts can't."""

TRIED = (2, 3, 7)
"""Values of other symbols at which a root must be positive; factors are tried at 1/2, 1/3, 1/7, too."""

SIMPLIFIED = 200
"""Operations in a root up to which it is simplified."""


@frozen
class Root:
    """A root; ``where`` says for which values of other symbols it is positive, "" for all."""

    value: Expr
    where: str = ""


def formula_root(difference: Expr, symbol: Symbol, net: Network) -> Root | None:
    """Return the smallest positive root of a difference in the symbol, None where none is found.

    Raises NoClosedForm where roots of the factor itself stand in the way, and where it depends on
    other symbols which root is the smallest.
    """
    plain, held = set_apart(difference)
    kept = {rate: Dummy("kept", positive=True) for rate in _rates(net) if plain.has(rate)}
    plain = plain.xreplace({rate: 1 - part for rate, part in kept.items()})
    back = {part: 1 - rate for rate, part in kept.items()}
    shares = set(back) | _in_rates(net) - set(kept)
    places = list(_places(plain.free_symbols - {symbol}, _factors(net), shares))
    found = {root: _sizes(root, places) for root in _roots(plain, symbol)}
    everywhere = {root: sizes for root, sizes in found.items() if None not in sizes}
    if everywhere:
        least = min(everywhere, key=lambda root: [size for size in everywhere[root] if size])
        return Root(least.xreplace(back).xreplace(held))
    somewhere = [root for root, sizes in found.items() if any(sizes)]
    if len(somewhere) > 1:
        others = ", ".join(sorted(str(s) for s in difference.free_symbols - {symbol}))
        raise NoClosedForm(
            f"which root of the condition on {symbol} is the smallest depends on {others}: give numbers."
        )
    if not somewhere:
        return None
    value = somewhere[0].xreplace(back).xreplace(held)
    return Root(value, _where(list(zip(places, found[somewhere[0]], strict=True)), symbol, back))


def _where(tried: list[tuple[Place, float | None]], symbol: Symbol, back: Place) -> str:
    """Say with one example each where a root is positive and where it isn't."""
    good, bad = (
        next(at for at, size in tried if (size is None) == missing) for missing in (False, True)
    )
    changed = {one for one in good if good[one] != bad[one]}

    def name(one: Expr) -> str:
        return str(1 - back[one] if one in back else one)

    def words(at: Place) -> str:
        values = {name(one): 1 - at[one] if one in back else at[one] for one in changed}
        return ", ".join(f"{one} = {value}" for one, value in sorted(values.items()))

    names = " and ".join(sorted(map(name, good)))
    return (
        f"{symbol} is real and positive for some values of {names} only: for {words(good)}, not for "
        f"{words(bad)}"
    )


def _rates(net: Network) -> set[Symbol]:
    """Return the symbols of dropout rates: 1 − p is positive for each."""
    return {
        layer.p for layer in every(net.layer) if isinstance(layer, Dropout) and layer.p.is_Symbol
    }


def _in_rates(net: Network) -> set[Expr]:
    """Return the symbols that stand in dropout rates, as in Dropout(2*r)."""
    rates = (layer.p for layer in every(net.layer) if isinstance(layer, Dropout))
    return {one for rate in rates for one in rate.free_symbols}


def _factors(net: Network) -> set[Expr]:
    """Return the symbols that stand in factors and in activations alone."""
    factors: set[Expr] = set()
    sizes: set[Expr] = set()
    for layer in every(net.layer):
        if isinstance(layer, Activate):
            factors |= layer.act.phi.free_symbols
        for name, value in _expressions(layer):
            (factors if name in FACTORS else sizes).update(value.free_symbols)
    return factors - sizes


def _expressions(layer: Layer) -> Iterator[tuple[str, Expr]]:
    for field in fields(layer):
        value = getattr(layer, field.name)
        if isinstance(value, Expr):
            yield field.name, value


def _places(symbols: set[Expr], factors: set[Expr], shares: set[Expr]) -> Iterator[Place]:
    """Yield values of other symbols: ``factors`` of any size, ``shares`` below 1, others above."""
    for start in TRIED:
        numbered = {one: start + k for k, one in enumerate(sorted(symbols, key=str))}
        for small in (False, True):
            yield {
                one: Rational(1, k) if one in shares or (small and one in factors) else S(k)
                for one, k in numbered.items()
            }


def _roots(difference: Expr, symbol: Symbol) -> list[Expr]:
    """Return the roots, solved in the square of the factor where only that enters.

    Raises NoClosedForm where roots of the factor itself stand in the way.
    """
    square = Dummy("u", positive=True)
    inside = difference.subs(symbol, sqrt(square))
    odd = inside.has(sqrt(square))
    unknown, equation = (symbol, difference) if odd else (square, inside)
    broken = [p for p in equation.atoms(Pow) if p.exp.is_Rational and not p.exp.is_Integer]
    if any(power.base.has(unknown) for power in broken):
        raise NoClosedForm(f"no formula for {symbol}: its equation holds roots of it.")
    try:
        found = _solutions(factor_terms(equation), unknown)
    except NotImplementedError as error:
        raise NoClosedForm(
            f"no formula for {symbol}: its equation has no known solution."
        ) from error
    roots = [root if odd else sqrt(root) for root in map(_tidy, found)]
    return list(dict.fromkeys(powdenest(root, force=True) for root in roots))


def _solutions(equation: Expr, unknown: Symbol) -> list[Expr]:
    """Return the solutions; of a linear equation at once, however long its coefficients are."""
    short, parts = coefficients_apart(equation, [unknown])
    if short.is_polynomial(unknown):
        poly = Poly(short, unknown)
        if poly.degree() == 1:
            slope, start = (coefficient.xreplace(parts) for coefficient in poly.all_coeffs())
            return [-start / slope]
    return list(solve(equation, unknown))


def _tidy(root: Expr) -> Expr:
    return simplify(root) if root.count_ops() <= SIMPLIFIED else factor_terms(root)


def _sizes(root: Expr, places: list[Place]) -> tuple[float | None, ...]:
    """Return a root's value at each place, None where it isn't positive."""
    return tuple(_size(complex(root.subs(dict(at)))) for at in places)


def _size(value: complex) -> float | None:
    # What is negative or complex is no factor, and nan compares as neither.
    real = value.real > 0 and abs(value.imag) <= 1e-12 * value.real
    return value.real if real else None
