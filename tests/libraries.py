"""Libraries that only some machines have."""

from __future__ import annotations

import importlib.util
import os
from typing import Any

import pytest


def keras_module() -> Any:
    """Return Keras on a backend that is at hand."""
    backends = [name for name in ("torch", "jax", "tensorflow") if importlib.util.find_spec(name)]
    if not backends:
        pytest.skip("Keras needs torch, jax or tensorflow")
    os.environ.setdefault("KERAS_BACKEND", backends[0])
    return pytest.importorskip("keras")
