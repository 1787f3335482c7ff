"""``solve --code`` with other options, options without effect, and ``--dist`` of networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.conftest import Run
from varprop.catalogue.laws import LAWS
from varprop.propagation.law_scale import unit_number
from varprop.verdict import Check, Verdict

Command = Callable[..., Run]

NET = "Input(784) >> Dense(512) >> relu >> Dense(256) >> relu >> Dense(10)"
OPEN = "Input(64) >> 24 * Residual(LayerNorm() >> Dense(64), scale=s)"
LAYER = ("solve", "--act", "relu", "--fan-in", "64", "--no-verify")
USUAL = {"normal", "uniform", "truncated_normal", "orthogonal", "rademacher"}
SIZED = {*USUAL, "laplace", "student_t", "sparse"}


@pytest.mark.parametrize("library", ["torch", "keras", "jax", "numpy"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("--arch", NET),
        ("--act", "relu", "--widths", "784,512,256,10", "--no-verify"),
        ("--act", "relu", "--fan-in", "512", "--no-verify"),
    ],
)
@pytest.mark.parametrize("more", [(), ("--sigma-b2", "0.1"), ("--dist", "orthogonal")])
def test_json_holds_the_code(
    varprop: Command, library: str, arguments: tuple[str, ...], more: tuple[str, ...]
) -> None:
    options = ("solve", *arguments, *more, "--code", library)
    found = varprop(*options, "--json")
    assert found.code == 0, found.err
    document = found.json()
    assert document["code"] == varprop(*options).out
    compile(document["code"], "emitted", "exec")
    assert document["weight_variance" if "--act" in arguments else "layers"]


def test_json_without_code_has_no_such_key(varprop: Command) -> None:
    assert "code" not in varprop("solve", "--arch", NET, "--json").json()


def test_the_code_of_widths_has_an_entry_for_each(varprop: Command) -> None:
    out = varprop("solve", "--act", "relu", "--widths", "784,512,256,10", "--code", "torch").out
    for part in (
        "dense layers 784 → 512 → 256 → 10, relu",
        "(512, 784)",
        "(256, 512)",
        "(10, 256)",
    ):
        assert part in out


def test_the_code_states_the_open_factor(varprop: Command) -> None:
    out = varprop("solve", "--arch", OPEN, "--for", "s", "--code", "torch").out
    assert "# s = 1/√24 = 0.204124145" in out
    assert "all branches together add as much variance as the skip path carries" in out


@pytest.mark.parametrize("name", list(LAWS))
def test_each_law_has_a_parameter_or_a_reason(varprop: Command, name: str) -> None:
    for arguments in (LAYER, ("solve", "--arch", NET)):
        found = varprop(*arguments, "--dist", name)
        if name in SIZED or ("--arch" in arguments and name == "delta_orthogonal"):
            assert found.code == 0, found.err
            assert name.partition("_")[0] in found.out
        else:
            assert (found.code, found.out, found.err.count("\n")) == (2, "", 1)
            assert str(LAWS[name].note) in found.err


@pytest.mark.parametrize("library", ["torch", "keras", "jax", "numpy"])
def test_the_form_of_a_law_reaches_its_code(varprop: Command, library: str) -> None:
    for arguments in (LAYER, ("solve", "--arch", NET)):
        out = varprop(*arguments, "--dist", "student_t(nu=7)", "--code", library).out
        compile(out, "emitted", "exec")
        assert "student t law at ν = 7" in out
        assert "7" in out.split("np\n" if library == "numpy" else "import ")[-1]


@pytest.mark.parametrize(
    ("text", "key", "form"),
    [
        ("laplace", "scale", {}),
        ("student_t", "scale", {}),
        ("student_t(nu=12)", "scale", {"nu": 12}),
        ("sparse", "std", {}),
        ("sparse(p=0.5)", "std", {"p": 0.5}),
        ("truncated_normal(k=3)", "std", {"k": 3}),
        ("rademacher", "value", {}),
    ],
)
@pytest.mark.parametrize("arguments", [LAYER, ("solve", "--arch", NET)])
def test_a_law_drawn_with_its_parameter_has_the_variance(
    varprop: Command, text: str, key: str, form: dict[str, float], arguments: tuple[str, ...]
) -> None:
    document = varprop(*arguments, "--dist", text, "--json").json()
    law = LAWS[text.partition("(")[0]].with_form(**form)
    drawn = law.sample(np.random.default_rng(0), (2_000_000,))
    for entry in document.get("layers", [document]):
        parameter = entry["distributions"][law.name][key]
        variance = parameter**2 * unit_number(law)
        assert variance == pytest.approx(entry["weight_variance"]["value"], rel=1e-12)
        assert np.mean(drawn**2) == pytest.approx(1, rel=0.02)


def test_all_laws_and_the_usual_ones(varprop: Command) -> None:
    asked = varprop("solve", "--arch", NET, "--dist", "all", "--json").json()
    assert all(set(layer["distributions"]) == SIZED for layer in asked["layers"])
    usual = varprop("solve", "--arch", NET, "--json").json()
    assert all(set(layer["distributions"]) == USUAL for layer in usual["layers"])


def test_tables_show_what_was_asked_for(varprop: Command) -> None:
    screen = varprop("solve", "--arch", NET, "--dist", "laplace,orthogonal").out
    assert "laplace b" in screen
    assert "orthogonal gain" in screen
    assert "0.0252538" in screen  # √(1/784/2)
    assert "laplace b" in varprop("solve", "--arch", NET, "--dist", "laplace", "--markdown").out
    widths = varprop("solve", "--act", "relu", "--widths", "8,9,9", "--dist", "laplace").out
    assert "laplace b" in widths
    assert "normal std" not in widths


CHAIN = ("--define", "f=x**2", "--define", "g=f(x)+1")
REFUSED = {
    ("solve", "--arch", NET, "--dist", "foo"): "no weight law 'foo'",
    ("solve", "--arch", NET, "--dist", "unifrom"): "Did you mean uniform",
    ("solve", "--arch", NET, "--dist", "normal,foo"): "no weight law 'foo'",
    ("solve", "--arch", NET, "--dist", "normal,uniform", "--code", "jax"): "--dist normal.",
    (*LAYER, "--dist", "normal,uniform", "--code", "numpy"): "give one, such as --dist normal",
    (*LAYER, "--dist", "all", "--code", "numpy"): "give one, such as --dist normal",
    (*LAYER, "--dist", "dirac", "--code", "torch"): "--dist dirac has no scale",
    (*LAYER, "--dist", "student_t(nu=2)"): "nu = 2 must lie between",
    (*LAYER, "--dist", "student_t(mu=2)"): "has no 'mu'",
    (*LAYER, "--dist", "student_t(6)"): "student_t(name=number)",
    (*LAYER, "--dist", "normal)"): "is no law",
    (*LAYER, "--dist", "normal", "--latex"): "leave --dist out",
    (*LAYER, "--code", "torch", "--latex"): "leave --latex out",
    ("solve", "--arch", NET, "--code", "torch", "--markdown"): "leave --markdown out",
    (*LAYER, "--samples", "20"): "leave --no-verify out",
    ("solve", "--arch", NET, "--samples", "20"): "add --verify",
    ("solve", "--arch", NET, "--no-verify", "--samples", "20"): "add --verify",
    ("solve", "--arch", NET, "--define", "act=x"): "--define act: the network doesn't use it",
    ("propagate", "--arch", NET, "--define", "act=x"): "--define act: the network doesn't use it",
    ("solve", "--arch", f"{NET}  # act", "--define", "act=x"): "--define act",
    ("solve", "--arch", "Input(4) >> Dense(4) >> a", "--define", "a=x", "--define", "b=x"): "--define b",
    ("solve", "--arch", "Input(3, 8, 8) >> Conv2d(4, 3, padding=1)", "--define", "padding=x"): "--define p",
    ("solve", "--arch", "Input(4) >> Dense(4) >> f", *CHAIN): "--define g",
    ("report", "Input(4) >> Dense(4) >> f", *CHAIN, "-o", "r.html"): "--define g: the network doesn't use it",
    (*LAYER, "--sigma-b2", "v", "--code", "torch"): "needs numbers, but v is a symbol",
    ("solve", "--arch", "Input(64) >> L * (Dense(64) >> relu)", "--code", "torch"):
        "Error: --code needs numbers, but L is a symbol. Write a number for it.\n",
    (*LAYER, "--code", "torch", "--steps"): "leave --steps out",
    ("solve", "--arch", NET, "--code", "jax", "--steps", "--json"): "leave --steps out",
}  # fmt: skip


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_refusals_are_one_line(varprop: Command, arguments: tuple[str, ...]) -> None:
    found = varprop(*arguments)
    assert (found.code, found.out) == (2, "")
    assert REFUSED[arguments] in found.err
    assert found.err.startswith("Error: ")
    assert found.err.count("\n") == 1


def test_an_experiment_next_to_code_is_told_on_standard_error(varprop: Command) -> None:
    code = varprop("solve", "--arch", NET, "--code", "torch")
    assert code.err == ""
    tested = varprop("solve", "--arch", NET, "--code", "torch", "--verify", "--samples", "8")
    assert tested.out == code.out
    assert "Experiment: 8 networks" in tested.err
    assert ("too weak to tell" in tested.err) == (tested.code == 1)


def test_a_disagreement_next_to_code_is_told_unasked(
    varprop: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The experiment of one layer runs by itself: an exit code 1 never stands alone."""

    def disagreeing(solution: Any, **_options: object) -> Any:
        check = Check("E[x²]", 1.0, 2.0, 0.01, 0.1, 8, 64, 1, 0, Verdict.DISAGREES)
        return replace(solution, checks=(check,))

    monkeypatch.setattr("varprop.answer.experiment.verified", disagreeing)
    found = varprop("solve", "--act", "relu", "--fan-in", "64", "--code", "torch")
    assert found.code == 1
    assert "def initialise_" in found.out
    assert "Experiment: 8 networks 64 wide" in found.err
    assert "disagrees" in found.err


@pytest.mark.parametrize(
    "arch",
    [
        "Input(4) >> Dense(4) >> g >> Dense(3)",
        "Input(4) >> Dense(4) >> x*g(2*x)/9 >> Dense(3)",
        "Input(4) >> Dense(4) >> Residual(2 * (g >> Dense(4)))",
    ],
)
def test_a_definition_counts_as_used_inside_another(varprop: Command, arch: str) -> None:
    assert varprop("solve", "--arch", arch, *CHAIN).code == 0


def test_a_definition_counts_as_used_inside_a_layer(varprop: Command) -> None:
    arch = "Input(4, tokens=3) >> RNN(4, act=f)"
    assert varprop("solve", "--arch", arch, "--define", "f=tanh(x)/2").code == 0
