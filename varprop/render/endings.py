"""Kinds of files that pictures and numbers are written to."""

from __future__ import annotations

PICTURES = (".svg", ".png", ".pdf")
NUMBERS = (".csv", ".npz")
