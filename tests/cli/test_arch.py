"""``solve --arch``, ``--for``, ``--define``, ``--code`` and ``propagate --arch`` as they are typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Run

Command = Callable[..., Run]

NET = "Input(784) >> Dense(512) >> relu >> Dense(256) >> relu >> Dense(10)"
BLOCK = "Input(512) >> 24 * Residual(LayerNorm() >> Dense(2048) >> act >> Dense(512), scale=s)"


def run(varprop: Command, *arguments: str) -> str:
    found = varprop(*arguments)
    assert found.code == 0, found.err
    return found.out


def test_table(varprop: Command) -> None:
    screen = run(varprop, "solve", "--arch", NET)
    for part in ("1/fan_in", "2/fan_in", "0.0625", "relu(h)", "the input data"):
        assert part in screen
    assert max(map(len, screen.splitlines())) <= 130


def test_json_keeps_the_contract(varprop: Command) -> None:
    document = varprop("solve", "--arch", NET, "--json").json()
    assert [layer["fan_in"] for layer in document["layers"]] == [784, 512, 256]
    values = [layer["weight_variance"]["value"] for layer in document["layers"]]
    assert values == pytest.approx([1 / 784, 2 / 512, 2 / 256])
    for layer in document["layers"]:
        assert {"name", "fan_in", "fan_out", "weight_variance", "gain", "distributions"} <= set(
            layer
        )
        assert {"normal", "uniform", "truncated_normal", "orthogonal", "rademacher"} == set(
            layer["distributions"]
        )


def test_own_activation_and_open_factor(varprop: Command) -> None:
    options = ("solve", "--arch", BLOCK, "--define", "act=x*tanh(exp(x))", "--for", "s")
    document = varprop(*options, "--json").json()
    assert document["unknown"]["value"] == pytest.approx(24**-0.5)
    assert document["layers"][-1]["gain"]["value"] == pytest.approx(1.374782, abs=1e-6)
    screen = run(varprop, *options)
    assert "0.204124" in screen
    assert "all branches together add as much variance as the skip path carries" in screen


@pytest.mark.parametrize("form", ["--latex", "--markdown", "--steps"])
def test_other_faces(varprop: Command, form: str) -> None:
    assert "relu" in run(varprop, "solve", "--arch", NET, form)


@pytest.mark.parametrize("library", ["torch", "keras", "jax", "numpy"])
def test_code(varprop: Command, library: str) -> None:
    compile(run(varprop, "solve", "--arch", NET, "--code", library), "emitted", "exec")
    compile(
        run(varprop, "solve", "--act", "relu", "--fan-in", "512", "--no-verify", "--code", library),
        "e",
        "exec",
    )


def test_propagate(varprop: Command) -> None:
    document = varprop("propagate", "--arch", NET, "--json").json()
    assert [layer["index"] for layer in document["layers"]] == list(range(len(document["layers"])))
    assert document["layers"][1]["q"] == pytest.approx(1)
    assert document["activation"] is None
    assert document["network"] == NET
    both = run(varprop, "propagate", "--arch", NET, "--init", "he", "--init", "torch_default")
    assert "torch_default" in both


def test_a_file(varprop: Command, tmp_path) -> None:
    path = tmp_path / "net.txt"
    path.write_text(f"# mine\n{NET}\n", encoding="utf-8")
    assert "0.0625" in run(varprop, "solve", "--arch", f"@{path}")


REFUSED = {
    ("solve", "--arch", NET, "--fan-in", "3"): "leave --fan-in out",
    ("solve", "--arch", NET, "--act", "relu"): "leave --act relu out",
    ("solve", "--define", "act=x"): "give --arch",
    ("solve", "--for", "s"): "give --arch",
    ("solve", "--arch", NET, "--for", "s"): "no such symbol",
    ("solve", "--arch", "Input(n) >> Dense(n)", "--code", "torch"): "symbol",
    ("solve", "--arch", "Input(n) >> Dense(n)", "--verify"): "symbol",
    ("solve", "--arch", "resnt18"): "resnet18",
    ("solve", "--arch", ""): "--arch is empty",
    ("propagate", "--arch", ""): "--arch is empty",
    ("solve", "--arch", "Input:784 >> Dense(5)"): "Input(784)",
    ("solve", "--arch", "@nowhere.txt"): "can't read nowhere.txt",
    ("solve", "--arch", "Input(4) >> Dense(4) >> ac", "--define", "act=x"): "no activation 'ac'",
    ("propagate", "--arch", "Input(n) >> Dense(n)"): "symbol",
    ("propagate", "--arch", NET, "--width", "3"): "leave --width out",
    ("propagate", "--arch", NET, "--init", "identity"): "not drawn at random",
}


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_bad_input_is_one_line(varprop: Command, arguments: tuple[str, ...]) -> None:
    found = varprop(*arguments)
    assert (found.code, found.out) == (2, "")
    assert REFUSED[arguments] in found.err
    assert found.err.startswith("Error: ")
    assert found.err.count("\n") == 1


def test_formulas_stand_where_no_number_is_known(varprop: Command) -> None:
    net = "Input(n) >> Dense(m) >> relu >> Dense(k)"
    rows = run(varprop, "solve", "--no-verify", "--arch", net).splitlines()
    row = next(line.split() for line in rows if line.startswith("Dense(k)"))
    assert row[4:8] == ["2/fan_in", "√(2/m)", "√(6/m)", "1.41421"]


def test_a_block_is_named_where_its_scale_differs(varprop: Command) -> None:
    net = "Input(80) >> 3 * (Residual(Dense(120) >> relu >> Dense(80)) >> relu)"
    screen = run(varprop, "solve", "--no-verify", "--arch", net)
    assert all(f"Dense(120) in {k}/3" in screen for k in (2, 3))
