"""How each library draws a weight law: the call to type, as a template; one entry per pair."""

from __future__ import annotations

CALLS: dict[tuple[str, str], str] = {
    ("torch", "normal"): "nn.init.normal_(w, std={p})",
    ("torch", "uniform"): "nn.init.uniform_(w, -{p}, {p})",
    ("torch", "truncated_normal"): "nn.init.trunc_normal_(w, std={p}, a=-{cut}, b={cut})",
    ("torch", "orthogonal"): "nn.init.orthogonal_(w, gain={p})",
    ("torch", "rademacher"): "w.data.bernoulli_(0.5).mul_(2).sub_(1).mul_({p})",
}
"""``{p}`` is the law's parameter, ``{cut}`` the end of a truncated law; w is the weight tensor."""


def call(library: str, law: str, parameter: str, cut: str = "") -> str:
    """Return the call that draws ``law`` with the printed parameter, empty when there is none."""
    template = CALLS.get((library, law))
    return "" if template is None else template.format(p=parameter, cut=cut)
