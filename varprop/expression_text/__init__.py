"""Formulas typed by people, read into SymPy by a whitelist and never evaluated as Python.

Text becomes signs (``signs``), signs become a tree (``tree``), the tree becomes a SymPy expression
through the table of known functions (``functions``, ``reading``). Every refusal is one line that
names the place. ``^`` and ``**`` are powers, ``√ π ² × · − ≤ ≥ |x|`` are read, decimals are exact.
"""

from varprop.expression_text.reading import parse_expression, parse_scalar, read_tree
from varprop.expression_text.scalars import exact
from varprop.expression_text.tree import parse_tree

__all__ = ["exact", "parse_expression", "parse_scalar", "parse_tree", "read_tree"]
