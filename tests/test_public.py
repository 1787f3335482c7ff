"""The Python surface: every public name resolves, and results show themselves."""

from __future__ import annotations

import json

import pytest
from sympy import pi, sqrt

import varprop as vp
from varprop.catalogue.activations import ACTIVATIONS


@pytest.mark.parametrize("name", vp.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(vp, name) is not None


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_every_activation_is_an_attribute(name: str) -> None:
    h = vp.Normal("h", var=1)
    assert getattr(vp, name)(h) is not None


def test_unknown_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        vp.nonsense  # noqa: B018


def test_first_cell_of_the_notebook() -> None:
    q, n, v = vp.symbols("q n v")
    assert q.is_positive
    assert n.is_positive
    assert v.is_positive
    h = vp.Normal("h", var=q)
    held = vp.E(vp.relu(h) ** 2)
    assert held.doit() == q / 2
    assert vp.Var(vp.relu(h)).doit() == q / 2 - q / (2 * pi)
    fan_in, fan_out = "n", "m"
    found = vp.solve("relu", fan_in=fan_in, condition="glorot", fan_out=fan_out).weight_variance
    assert found == 4 / (vp.symbols("m") + n)


def test_normal_needs_to_know_which() -> None:
    with pytest.raises(vp.errors.BadInput, match=r"var=….*std=…"):
        vp.Normal("h")
    with pytest.raises(vp.errors.BadInput):
        vp.Normal("h", var=1, std=1)
    q = vp.symbols("q")
    assert vp.E(vp.Normal("h", std=sqrt(q)) ** 2).doit() == q


def test_independent_variables_multiply() -> None:
    a, b = vp.symbols("a b")
    u, v = vp.Normal("u", var=a), vp.Normal("v", var=b)
    assert vp.E(u**2 * v**2).doit().simplify() == a * b


def test_result_shows_itself() -> None:
    result = vp.solve(vp.relu, fan_in=512)
    assert result.weight_variance == 2 / vp.symbols("fan_in")
    assert result.value == 2 / 512
    assert "Var(w) = 2/n" in result.text()
    assert result.latex().startswith("\\begin{aligned}")
    assert result._repr_latex_().startswith("$$")
    assert json.loads(result.json())["gain"]["value"] == pytest.approx(2**0.5)


COMMANDS = {
    "solve": (("--act", "tanh", "--fan-in", "64", "--no-verify"), lambda: vp.solve("tanh", fan_in=64)),
    "derive": (("he",), lambda: vp.derive("he")),
    "propagate": (
        ("--act", "relu", "--width", "8", "--depth", "3"),
        lambda: vp.propagate("relu", width=8, depth=3),
    ),
    "gain": (("tanh",), lambda: vp.gain("tanh")),
    "phase": (
        ("tanh", "--sigma-w2", "1.69", "--sigma-b2", "0.09"),
        lambda: vp.phase("tanh", sigma_w2="1.69", sigma_b2="0.09"),
    ),
    "spectrum": (("linear", "--depth", "2"), lambda: vp.spectrum("linear", depth=2)),
    "advise": (
        ("--act", "tanh", "--depth", "20", "--width", "100"),
        lambda: vp.advise("tanh", depth=20, width=100),
    ),
    "verify": (("relu", "--samples", "2000"), lambda: vp.verify("relu", samples=2000)),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_python_and_command_line_give_one_document(varprop, name: str) -> None:  # type: ignore[no-untyped-def]
    arguments, ask = COMMANDS[name]
    command = varprop(name, *arguments, "--json").json()
    told = json.loads(ask().json())
    if name == "gain":
        told = [told]
    assert timeless(told) == timeless(command)


def timeless(document):  # type: ignore[no-untyped-def]
    """A document without the seconds that an experiment took."""
    if isinstance(document, dict):
        return {k: timeless(v) for k, v in document.items() if k not in ("seconds", "elapsed")}
    if isinstance(document, list):
        return [timeless(entry) for entry in document]
    return document


def test_widths_and_data_in_python(tmp_path) -> None:  # type: ignore[no-untyped-def]
    import numpy as np

    path = tmp_path / "x.npy"
    np.save(path, np.full((3, 4), 2.0))
    found = vp.solve("relu", widths=[4, 8, 2], data=str(path))
    assert found.layers[0].weight_variance.value == 1 / 16
    with pytest.raises(vp.errors.BadInput):
        vp.solve("relu", widths=[4], fan_in=3)
    with pytest.raises(vp.errors.BadInput):
        vp.propagate("relu")


def test_the_names_that_users_were_promised() -> None:
    promised = (
        "solve derive gain propagate verify phase spectrum advise "
        "E Var Cov P symbols Normal Uniform law activation begin recurrence "
        "activations laws schemes testing types errors check claims network networks layers"
    )
    assert set(promised.split()) <= set(vp.__all__)


def test_expectations_derive_themselves() -> None:
    q = vp.symbols("q")
    h = vp.Normal("h", var=q)
    found = vp.E(vp.relu(h) ** 2).derive()
    assert found.value == q / 2
    assert len(found) == 3
    with pytest.raises(vp.errors.Undecided, match="no closed form"):
        vp.E(vp.tanh(h) ** 2).derive()


SPEC = "Input(32) >> Dense(24) >> relu >> Dense(8)"


@pytest.mark.parametrize("name", ["solve", "propagate"])
def test_a_network_in_python_and_on_the_command_line(varprop, name: str) -> None:  # type: ignore[no-untyped-def]
    command = varprop(name, "--arch", SPEC, "--json").json()
    told = json.loads(getattr(vp.network(SPEC), name)().json())
    assert told == command


def test_an_open_factor_of_a_network() -> None:
    net = vp.network(
        "Input(n) >> L * Residual(LayerNorm() >> Dense(n) >> act, scale=s)",
        define={"act": "x*tanh(exp(x))"},
    )
    assert net.symbols == ("L", "n", "s")
    assert net.solve(for_="s").unknown.symbol.name == "s"
    with pytest.raises(vp.errors.BadInput):
        net.solve(for_="t")


def test_layers_and_text_are_one_network() -> None:
    la = vp.layers
    built = vp.network(la.Input(32) >> la.Dense(24) >> vp.relu >> la.Dense(8))
    assert str(built) == SPEC
    assert built.solve().json() == vp.network(SPEC).solve().json()
    assert str(vp.network(la.Input(8) >> 2 * (la.Dense(8) >> vp.tanh)).output) == "8"
    assert "Conv2d" in dir(la)
    with pytest.raises(AttributeError, match="Dense"):
        la.Dens  # noqa: B018


def test_public_names_win_over_rooms_of_the_same_name() -> None:
    import varprop.claims.entry
    import varprop.networks.zoo  # noqa: F401

    assert "resnet18" in vp.networks
    assert vp.networks.resnet18.name == "resnet18"
    assert len(vp.claims) > 0


def test_a_network_is_sampled_when_asked() -> None:
    found = vp.network(SPEC).solve(verify=True, samples=64)
    assert {check.verdict.value for check in found.checks} <= {"agrees", "too weak"}


def test_code_comes_with_answers() -> None:
    assert "import torch" in vp.solve("relu", fan_in=64).code()
    assert "numpy" in vp.network(SPEC).solve().code("numpy", law="uniform")
    with pytest.raises(vp.errors.BadInput, match="Did you mean torch"):
        vp.solve("relu", fan_in=64).code("torhc")
    with pytest.raises(vp.errors.BadInput, match="no weights"):
        vp.derive("he").code()


def test_propagate_takes_a_correlation() -> None:
    found = vp.propagate("relu", width=16, depth=2, correlation=0.5)
    assert found.levels[0].correlation == 0.5


def test_answers_plot_themselves(tmp_path) -> None:  # type: ignore[no-untyped-def]
    pytest.importorskip("matplotlib")
    for answer in (vp.network(SPEC).propagate(), vp.gain("gelu")):
        picture = answer.plot()
        assert picture._repr_html_().count("data:image/svg+xml") == 2
        assert picture.html.count("<svg") == 2
        assert len(str(picture).splitlines()) > 5
        picture.save(tmp_path / "x.svg")
        assert (tmp_path / "x.svg").read_text().startswith("<?xml")
    with pytest.raises(vp.errors.BadInput, match="no curves"):
        vp.derive("he").plot()
