"""Layers as tables name them: without what their fans don't show."""

from __future__ import annotations

import re

UNSEEN = re.compile(r", (?:padding|bias)=(?:\([^)]*\)|[^,)]*)")


def short_name(name: str) -> str:
    """Return Conv2d(64, 3, stride=2) for Conv2d(64, 3, stride=2, padding=1, bias=False)."""
    return UNSEEN.sub("", name)
