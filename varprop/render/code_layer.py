"""``--code`` for one layer: a function that sizes any tensor by its own fans."""

from __future__ import annotations

from sympy import Expr, pycode

from varprop.catalogue.law_entry import WeightLaw
from varprop.catalogue.laws import LAWS
from varprop.render.code_biases import bias_std
from varprop.render.code_entries import drawing, scale_of
from varprop.render.code_libraries import Library
from varprop.render.code_numbers import refuse_symbols
from varprop.result import Quantity, Solution
from varprop.version import __version__

_LAST = (
    "    field = math.prod(shape[:-2])\n    fan_in, fan_out = field * shape[-2], field * shape[-1]"
)
_FANS = {
    "torch": "    fan_in, fan_out = w[0].numel(), w.shape[0] * w[0][0].numel()",
    "keras": _LAST,
    "jax": _LAST,
    "numpy": "    fan_in, fan_out = int(np.prod(shape[1:])), shape[0] * int(np.prod(shape[2:]))",
}
_SIGNATURES = {
    "torch": (
        "initialise_(w, generator=None)",
        "Draw the tensor ``w``, stored as (out, in, *kernel).",
    ),
    "keras": ("draw(shape, rng)", "Return a kernel of this shape, stored as (*kernel, in, out)."),
    "jax": ("draw(k, shape)", "Return a kernel of this shape, stored as (*kernel, in, out)."),
    "numpy": ("draw(shape, rng)", "Return an array of this shape, stored as (out, in, *kernel)."),
}
_TORCH_START = [
    "    if not w.is_leaf:",
    '        raise ValueError("w is computed from other tensors, as in a parametrized module: draw it "',
    '                         "before the module is parametrized")',
    "    shape = tuple(w.shape)",
]
_BIASES = {
    "torch": ("initialise_bias_(w, generator=None)", "Draw the vector ``w``"),
    "keras": ("draw_bias(shape, rng)", "Return biases of this shape"),
    "jax": ("draw_bias(k, shape)", "Return biases of this shape"),
    "numpy": ("draw_bias(shape, rng)", "Return biases of this shape"),
}


def layer_code(solution: Solution, library: Library, law: WeightLaw) -> str:
    """Return a function that draws one layer's weights by the solved formula, one for its biases."""
    variance = Quantity(solution.weight_variance, solution.value)
    found = scale_of(variance, solution.fans, law)
    drawn = drawing(law, library)
    std = bias_std(solution)
    signature, words = _SIGNATURES[library.name]
    meaning = found.meaning if law.independent else "standard deviation of an entry"
    lines = [
        f"# Initial weights by varprop {__version__}: Var(w) = {solution.weight_variance}",
        f"# for a layer fed by {solution.fed_by}; {solution.condition_words}.",
        *(law_words(law)[:1] if law.independent else ()),
        f"# Use: {library.layer_use}",
        *([f"# Its biases have the variance {solution.bias_variance}, not 0."] if std else []),
        "import math",
        drawn.imports.replace("import math\n", "").rstrip() + "\n" * ("keras" in drawn.imports),
        library.header.rstrip(),
        drawn.helper.rstrip() + "\n" * bool(drawn.helper),
        "",
        f"def {signature}:",
        f'    """{words} Raises ValueError for other fans."""',
        *(_TORCH_START if library.name == "torch" else []),
        "    if len(shape) < 2:",
        '        raise ValueError(f"a weight tensor has at least two axes, not shape {shape}")',
        _FANS[library.name],
        *_checks(solution),
        f"    p = {_source(found.expr, solution)}  # {found.parameter}: {meaning}",
        *_drawn(drawn.expression, library),
        *(_bias(std, library) if std else ()),
    ]
    source = "\n".join(lines)
    while "\n\n\n\n" in source:
        source = source.replace("\n\n\n\n", "\n\n\n")
    return source + "\n"


def law_words(law: WeightLaw) -> list[str]:
    """Return comments: the formula of the law's variance, and what its letters mean."""
    from varprop.expression_text import parse_scalar
    from varprop.render.plain import plain

    forms = "".join(f" at {plain(parse_scalar(f.symbol))} = {f.default:g}" for f in law.forms)
    variance = plain(parse_scalar(law.variance))
    return [
        f"# Var(w) = {variance} for the {law.name.replace('_', ' ')} law{forms}",
        f"#   {law.parameter.symbol}: {law.parameter.meaning}",
        *(f"#   {plain(parse_scalar(form.symbol))}: {form.meaning}" for form in law.forms),
    ]


def _drawn(draw: str, library: Library) -> list[str]:
    if library.name == "torch":
        return ["    with torch.no_grad():", f"        {draw}", "    return w"]
    return [f"    return {draw}"]


def _bias(std: float, library: Library) -> list[str]:
    """Return a function that draws the biases that the weights are sized for."""
    signature, words = _BIASES[library.name]
    return [
        "",
        "",
        f"def {signature}:",
        f'    """{words}, drawn from a normal law: the weights are sized for such biases."""',
        f"    p = {std!r}  # std of the biases, √σ_b²",
        *_drawn(drawing(LAWS["normal"], library).expression, library),
    ]


def _checks(solution: Solution) -> list[str]:
    fans = solution.fans
    lines = []
    for name, value in (("fan_in", fans.fan_in_value), ("fan_out", fans.fan_out_value)):
        if value is not None:
            lines += [
                f"    if {name} != {value}:",
                f'        raise ValueError(f"{name} is {{{name}}} for shape {{shape}}, expected {value}")',
            ]
    return lines


def _source(expr: Expr, solution: Solution) -> str:
    """Return the parameter as Python in fan_in and fan_out; numbers stand for expectations."""
    from sympy import Symbol

    fans = solution.fans
    plain = {fans.fan_in: Symbol("fan_in"), fans.fan_out: Symbol("fan_out")}
    named = expr.subs({key: value for key, value in plain.items() if key.is_Symbol})
    from varprop.moments.expectation import Expectation

    named = named.replace(lambda e: isinstance(e, Expectation), lambda e: e.evalf(17))
    refuse_symbols(named.free_symbols - set(plain.values()))
    return str(pycode(named, fully_qualified_modules=True))
