"""The page of all claims holds every entry with the verdict that tests expect."""

from __future__ import annotations

from pathlib import Path

from varprop.claims import BEYOND, CLAIMS

PAGE = Path(__file__).parents[2] / "docs" / "claims.md"


def test_the_page_is_complete() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for entry in CLAIMS.values():
        _, found, rest = text.partition(f"**{entry.name}**: {entry.title}  \n")
        assert found, f"{entry.name} is missing: varprop check --all --markdown > docs/claims.md"
        verdict = rest.split(":")[0].split()[-1]
        assert verdict in ((entry.expect, "undecided") if entry.library else (entry.expect,))
        assert entry.statement in rest.splitlines()[0]
    assert all(one.title in text for one in BEYOND.values())
