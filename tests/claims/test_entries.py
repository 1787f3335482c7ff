"""Every registered claim is decided as it should be; the verdict stored with it is read here only."""

from __future__ import annotations

import pytest

from varprop.checking.api import VERDICTS, registered
from varprop.checking.library_claims import installed
from varprop.claims import BEYOND, CLAIMS, ClaimEntry

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ENTRIES = list(CLAIMS.values())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.name)
def test_decided_as_expected(entry: ClaimEntry) -> None:
    if entry.library is not None and not installed(entry.library):
        assert registered(entry).answer.value == "undecided"
        return
    decision = registered(entry, experiment=False)
    assert decision.answer.value == entry.expect
    if entry.expect == "conditional":
        assert decision.finding.holds_when
    if entry.expect == "false":
        assert decision.finding.fails_for


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.name)
def test_each_entry_says_who_says_so(entry: ClaimEntry) -> None:
    assert entry.source
    assert entry.title
    assert entry.expect in VERDICTS
    assert len(entry.statement) < 200


def test_all_verdicts_and_the_open_statements_are_there() -> None:
    counts = {verdict: sum(e.expect == verdict for e in ENTRIES) for verdict in VERDICTS}
    assert counts["true"] > 50
    assert counts["false"] > 50
    assert counts["conditional"] >= 10
    assert len(BEYOND) >= 10
    assert all(one.reason and one.source for one in BEYOND.values())
