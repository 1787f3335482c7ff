"""Statements from teaching texts, forums and libraries: entries only, decided when asked for."""

from varprop.claims.entry import BEYOND, CLAIMS, Beyond, ClaimEntry

__all__ = ["BEYOND", "CLAIMS", "Beyond", "ClaimEntry"]
