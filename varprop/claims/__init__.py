"""Statements from teaching texts, forums and libraries: entries only, decided when asked for."""

from varprop.claims import blog, good_weights, lecture, libraries, relu_range, teaching
from varprop.claims.entry import BEYOND, CLAIMS, Beyond, ClaimEntry

SHELVES = (good_weights, blog, relu_range, lecture, libraries, teaching)
"""The modules that hold the entries, in the order of their sources."""

__all__ = ["BEYOND", "CLAIMS", "SHELVES", "Beyond", "ClaimEntry"]
