"""Walks over a tree of ``tree``: which names stand in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from varprop.expression_text.nodes import Name, Node


def names_in(nodes: Iterable[object]) -> set[str]:
    """Return the names that are not called, anywhere below ``nodes``."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, Name):
            found.add(node.text)
        elif isinstance(node, Node):
            found |= names_in(getattr(node, field.name) for field in fields(node))
        elif isinstance(node, tuple):
            found |= names_in(node)
    return found
