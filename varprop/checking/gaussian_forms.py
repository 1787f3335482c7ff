"""Functions of linear combinations of Gaussian variables, and of sums that are Gaussian."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import sympy
from sympy import Abs, Expr, Heaviside, Max, Min, S, Symbol, sign, sqrt

from varprop.checking.laws import Normal
from varprop.checking.totals import normal_total
from varprop.checking.world import Total
from varprop.moments import BivariateExpectation, GaussianExpectation

if TYPE_CHECKING:
    from varprop.checking.expectation import Engine

Form = dict[Expr, Expr]


def gaussian_group(engine: Engine, g: Expr, atoms: list[Symbol]) -> Expr | None:
    """Return E[g] where g is a function of one or two linear combinations of Gaussians, else None."""
    totals = {node for node in sympy.preorder_traversal(g) if isinstance(node, Total)}
    sources = [*totals, *(a for a in atoms if not any(t.has(a) for t in totals))]
    laws = {}
    for source in sources:
        law = (
            normal_total(engine, source) if source in totals else engine.world.variable(source).law
        )
        if not isinstance(law, Normal):
            return None
        laws[source] = law
    forms = _forms(g, sources, list(random_parts(g)))
    if forms is None or not 1 <= len(forms) <= 2:
        return None
    names = [sympy.Dummy(letter, real=True) for letter in ("u", "v")[: len(forms)]]
    inner = _in_forms(g, sources, forms, names)
    if inner is None:
        return None
    means = [sum((c * laws[s].mean for s, c in form.items()), S.Zero) for form in forms]
    matrix = [[_covariance(engine, laws, a, b) for b in forms] for a in forms]
    if any(entry is None for row in matrix for entry in row):
        return None
    return _held(inner, names, means, matrix)


def _held(inner: Expr, names: list[Symbol], means: list[Expr], matrix: list[list[Expr]]) -> Expr:
    if len(names) == 1:
        h = Symbol("h", real=True)
        return GaussianExpectation(inner.xreplace({names[0]: h}), h, matrix[0][0], means[0]).doit()
    u, v = Symbol("u", real=True), Symbol("v", real=True)
    moved = inner.subs(dict(zip(names, (u + means[0], v + means[1]), strict=True)))
    c = sympy.simplify(matrix[0][1] / sqrt(matrix[0][0] * matrix[1][1]))
    return BivariateExpectation(moved, u, v, matrix[0][0], matrix[1][1], c).doit()


def _forms(g: Expr, sources: list[Expr], parts: list[Expr]) -> list[Form] | None:
    """Return the linear forms inside the functions of g, or the sources themselves."""
    found: list[Form] = []
    for part in parts:
        if isinstance(part, Total):
            continue
        for argument in part.args:
            if isinstance(argument, (sympy.Tuple, sympy.Basic)) and not isinstance(argument, Expr):
                return None
            form = _linear(argument, sources)
            if form is None:
                return None
            if form and not any(_parallel(form, other) for other in found):
                found.append(form)
    plain = g.xreplace({part: S.One for part in parts if not isinstance(part, Total)})
    for source in sources:
        if plain.has(source) and not any(_parallel({source: S.One}, other) for other in found):
            found.append({source: S.One})
    return found


def _linear(argument: Expr, sources: list[Expr]) -> Form | None:
    names = {s: sympy.Dummy("s", real=True) for s in sources}
    swapped = argument.xreplace(names)
    form = {}
    for source, name in names.items():
        slope = sympy.diff(swapped, name) if swapped.has(name) else S.Zero
        if slope.has(*names.values()):
            return None
        if slope != 0:
            form[source] = slope
    return form


def _parallel(form: Form, other: Form) -> bool:
    if set(form) != set(other):
        return False
    ratios = {sympy.simplify(form[s] / other[s]) for s in form}
    return len(ratios) == 1


def _in_forms(g: Expr, sources: list[Expr], forms: list[Form], names: list[Symbol]) -> Expr | None:
    """Write g in the values of the forms; None where something of the sources is left."""
    if len(forms) == 1:
        pivot = next(iter(forms[0]))
        others = [s for s in forms[0] if s != pivot]
        value = (names[0] - sum((forms[0][s] * s for s in others), S.Zero)) / forms[0][pivot]
        inner = _substituted(g, {pivot: value}, others)
        return None if inner.has(*sources) else inner
    unknown = {s: sympy.Dummy("s", real=True) for s in sources}
    equations = [
        sum((c * unknown[s] for s, c in form.items()), S.Zero) - name
        for form, name in zip(forms, names, strict=True)
    ]
    solved = sympy.solve(equations, list(unknown.values())[:2], dict=True)
    if len(sources) != 2 or len(solved) != 1:
        return None
    inner = g.xreplace({s: solved[0][unknown[s]] for s in sources})
    return sympy.expand(inner) if not inner.has(*sources) else None


def _substituted(g: Expr, values: Form, others: list[Expr]) -> Expr:
    inner = g.xreplace(values)
    return sympy.expand(inner) if others else inner


def _covariance(engine: Engine, laws: dict[Expr, Normal], a: Form, b: Form) -> Expr | None:
    total = S.Zero
    for s, c in a.items():
        for t, d in b.items():
            if s == t:
                total += c * d * laws[s].variance
                continue
            joint = _joint(engine, s, t, laws)
            if joint is None:
                return None
            total += c * d * joint
    return sympy.expand(total)


def _joint(engine: Engine, s: Expr, t: Expr, laws: dict[Expr, Normal]) -> Expr | None:
    """Return the covariance of two sources: 0 if independent, as given if jointly Gaussian."""
    if isinstance(s, Total) or isinstance(t, Total):
        return engine.covariance(s, t) if engine.world.wide else None
    if engine.world.are_independent(s, t):
        return S.Zero
    names = frozenset(str(x) for x in (s, t))
    if names in engine.world.covariances:
        return engine.world.covariances[names]
    if names in engine.world.correlations:
        return engine.world.correlations[names] * sqrt(laws[s].variance * laws[t].variance)
    return None


def random_parts(expression: Expr) -> Iterator[Expr]:
    """Yield the functions in an expression that are no polynomials."""
    for node in sympy.preorder_traversal(expression):
        if isinstance(node, (Max, Min, Abs, Heaviside, sympy.Function, sign, sympy.Piecewise)):
            yield node
