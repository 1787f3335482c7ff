"""The file of finished checks: nothing is lost, nothing foreign is touched, a full disk is told."""

import json
import os
from pathlib import Path

import pytest

from varprop.answer import verify_journal
from varprop.answer.verify import verify
from varprop.answer.verify_journal import Journal
from varprop.errors import BadInput
from varprop.verdict import Check, Verdict

SWEEP = {"seed": 0, "checks": 3}


def check(name, observed=1.0):
    return Check(
        name, 1.0, observed, 0.1, 0.02, 64, None, None, 0, Verdict.AGREES, 0.5, None, "a note"
    )


def test_checks_come_back_as_they_were(tmp_path):
    path = str(tmp_path / "sweep.jsonl")
    journal = Journal(path, SWEEP)
    kept = [check("a"), check("b", float("inf")), check("c", 1 / 3)]
    for one in kept:
        journal.keep(one)
    assert list(Journal(path, SWEEP).checks.values()) == kept
    for line in Path(path).read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_torn_last_line_is_dropped_and_overwritten(tmp_path, cut):
    path = tmp_path / "sweep.jsonl"
    journal = Journal(str(path), SWEEP)
    journal.keep(check("a"))
    journal.keep(check("b"))
    path.write_bytes(path.read_bytes()[:-cut])
    again = Journal(str(path), SWEEP)
    assert set(again.checks) == {"a"}
    again.keep(check("c"))
    assert set(Journal(str(path), SWEEP).checks) == {"a", "c"}


def test_a_torn_first_line_starts_afresh(tmp_path):
    path = tmp_path / "sweep.jsonl"
    Journal(str(path), SWEEP)
    path.write_bytes(path.read_bytes()[:-5])
    Journal(str(path), SWEEP).keep(check("a"))
    assert set(Journal(str(path), SWEEP).checks) == {"a"}


def test_another_sweep_is_refused(tmp_path):
    path = str(tmp_path / "sweep.jsonl")
    Journal(path, SWEEP)
    with pytest.raises(BadInput, match="seed 0 instead of 1"):
        Journal(path, SWEEP | {"seed": 1})


@pytest.mark.parametrize("content", ["my thesis\n", "my thesis", '{"a": 1}\n', "[1]\n"])
def test_a_foreign_file_is_not_touched(tmp_path, content):
    path = tmp_path / "thesis.txt"
    path.write_text(content)
    with pytest.raises(BadInput, match="not a file that varprop verify has begun"):
        Journal(str(path), SWEEP)
    assert path.read_text() == content


def test_a_place_that_is_none_is_refused(tmp_path):
    with pytest.raises(BadInput, match="No such file"):
        Journal(str(tmp_path / "nowhere" / "sweep.jsonl"), SWEEP)


def test_a_full_disk_is_told_and_what_was_kept_stays(tmp_path, monkeypatch):
    path = str(tmp_path / "sweep.jsonl")
    journal = Journal(path, SWEEP)
    journal.keep(check("a"))

    def full(_):
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr(verify_journal.os, "fsync", full)
        journal.keep(check("b"))
    assert "No space left on device" in journal.trouble
    journal.keep(check("c"))
    assert {"a"} <= set(Journal(path, SWEEP).checks) <= {"a", "b"}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_disk_that_is_full_from_the_start(tmp_path):
    link = tmp_path / "full"
    link.symlink_to("/dev/full")
    found = verify("linear", resume=str(link))
    assert found.agrees
    assert "No space left" in found.warnings[0]


def test_an_interrupted_sweep_goes_on_where_it_was(tmp_path):
    path = str(tmp_path / "sweep.jsonl")

    def interrupt(_check, done, _total):
        if done == 3:
            raise KeyboardInterrupt

    first = verify("relu", threads=1, resume=path, progress=interrupt)
    assert first.stopped == "interrupted"
    made = []
    second = verify("relu", threads=1, resume=path, progress=lambda c, *_: made.append(c.name))
    assert second.agrees
    assert len(made) == second.planned
    whole = verify("relu", threads=2)
    assert [c.observed for c in second.checks] == [c.observed for c in whole.checks]
