"""``varprop verify``: screens, JSON, exit codes, progress, interrupts."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from varprop.answer import verify_activations
from varprop.render.verify_progress import sweep_progress, verdicts_so_far
from varprop.verdict import Check, Verdict

ROOT = Path(__file__).parents[2]
KEYS = (
    *("name", "predicted", "observed", "standard_error", "tolerance", "replicates", "width"),
    *("depth", "seed", "verdict"),
)


def test_a_name_is_verified(varprop):
    run = varprop("verify", "relu")
    assert run.code == 0
    assert "activation relu: E[phi^2]" in run.out
    assert "7 checks: 7 agree" in run.out
    assert run.err == ""


def test_json_is_the_contract(varprop):
    document = varprop("verify", "relu", "--seed", "3", "--json").json()
    assert document["summary"] == {"agrees": 7, "disagrees": 0, "too_weak": 0}
    assert document["seed"] == 3
    for check in document["checks"]:
        assert set(KEYS) <= set(check)
        assert check["seed"] == 3
        assert check["verdict"] == "agrees"


def test_the_python_face_gives_the_same_document(varprop):
    import varprop as vp

    assert json.loads(vp.verify("relu").json()) == varprop("verify", "relu", "--json").json()
    assert "7 checks: 7 agree" in vp.verify("relu").text()


def test_a_wrong_formula_exits_with_1(varprop, monkeypatch):
    value = verify_activations.moment_value
    monkeypatch.setattr(verify_activations, "moment_value", lambda *args: 1.1 * value(*args))
    run = varprop("verify", "relu")
    assert run.code == 1
    assert "7 disagree" in run.out


def test_too_weak_exits_with_1_and_says_what_to_do(varprop):
    run = varprop("verify", "relu", "--samples", "30")
    assert run.code == 1
    assert "too weak to tell" in run.out
    assert "--samples" in run.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["relo"], "Did you mean relu"),
        (["E[relu(h)^2] = q/2"], "this is a claim"),
        ([], "--all"),
        (["relu", "--all"], "leave the names out"),
        (["relu", "--tolerance", "0"], "between 0 and 1"),
        (["relu", "--samples", "1"], "2 or more"),
        (["relu", "--latex", "--json"], "two formats at once"),
    ],
)
def test_bad_requests_exit_with_2(varprop, arguments, words):
    run = varprop("verify", *arguments)
    assert run.code == 2
    assert run.out == ""
    assert words in run.err


def test_a_kept_sweep_is_not_made_again(varprop, tmp_path):
    path = str(tmp_path / "sweep.jsonl")
    first = varprop("verify", "relu", "--resume", path, "--json")
    before = Path(path).read_text()
    assert varprop("verify", "relu", "--resume", path, "--json").out == first.out
    assert Path(path).read_text() == before
    other = varprop("verify", "relu", "--resume", path, "--seed", "1")
    assert other.code == 2
    assert "another sweep" in other.err


def test_a_full_disk_is_told_and_the_verdicts_are_there(varprop):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    run = varprop("verify", "linear", "--resume", "/dev/full", "--json")
    assert run.code == 0
    assert "No space left" in run.err
    assert run.json()["summary"]["agrees"] == 7


def test_ctrl_c_ends_with_what_is_known(tmp_path):
    kept = tmp_path / "sweep.jsonl"
    arguments = ["verify", "activations", "--threads", "2", "--resume", str(kept)]
    code = f"from varprop.cli.main import main; main({arguments!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not (kept.exists() and kept.read_text().count("\n") > 2):
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "interrupted" in out
    assert "not made" in out
    assert "Traceback" not in err


def check(verdict, observed=1.0):
    return Check("a", 1.0, observed, 0.1, 0.02, 64, None, None, 0, verdict)


def everything_written(reader):
    """Read until the terminal's other end is closed, which Linux tells by an error."""
    parts = []
    with contextlib.suppress(OSError):
        while part := os.read(reader, 65536):
            parts.append(part)
    os.close(reader)
    return b"".join(parts).decode()


def test_progress_counts_verdicts_on_a_terminal(monkeypatch):
    reader, writer = pty.openpty()
    with os.fdopen(writer, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        with sweep_progress() as report:
            report(check(Verdict.AGREES), 1, 3)
            report(check(Verdict.DISAGREES, 1.5), 2, 3)
            report(check(Verdict.TOO_WEAK), 3, 3)
    seen = everything_written(reader)
    assert "1 agree · 1 disagree · 1 too weak · worst |z| 5.0" in seen


def test_progress_is_silent_where_nobody_watches(capsys):
    with sweep_progress() as report:
        assert report is None
    assert capsys.readouterr().err == ""
    words = verdicts_so_far(Counter({Verdict.AGREES: 4}), 1.25)
    assert words == "4 agree · 0 disagree · 0 too weak · worst |z| 1.2"


def test_many_checks_are_summed_up_on_a_terminal():
    from io import StringIO

    from rich.console import Console

    from varprop.answer.verify import Verification
    from varprop.render.screen import Screen
    from varprop.render.verify_screen import show_verification

    checks = tuple(
        Check(f"activation a{k}: E[phi]", 1.0, 1.0, 0.1, 0.02, 64, None, None, 0, Verdict.AGREES)
        for k in range(60)
    )
    out = StringIO()
    console = Console(file=out, width=100, force_terminal=True, color_system=None, markup=False)
    screen = Screen(console)
    show_verification(Verification(checks, 60, 0.02, 0, 1.0), screen)
    lines = out.getvalue().splitlines()
    assert len(lines) < 12
    assert any(line.split()[:3] == ["activation", "60", "60"] for line in lines)
    show_verification(Verification(checks, 60, 0.02, 0, 1.0), screen, all_rows=True)
    assert "activation a59: E[phi]" in out.getvalue()


def test_documents_for_pages(varprop):
    page = varprop("verify", "rademacher", "--markdown").out
    assert page.startswith("## Experiments")
    assert "| law rademacher: E[w^2] of the sampler |" in page
    assert varprop("verify", "rademacher", "--latex").out.startswith(r"\begin{array}")


def test_threads_and_a_cluster_exclude_each_other(varprop):
    run = varprop("verify", "relu", "--threads", "2", "--dask", "there:1")
    assert run.code == 2
    assert "exclude each other" in run.err
