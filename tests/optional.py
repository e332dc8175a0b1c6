"""Packages that only some formats need: tests without them are skipped, and fail in the gate, which has all of them."""

import importlib
import os
from typing import Any

import pytest

# Set where `[test]` is installed in full: what is missing is then a failure.
_ALL = os.environ.get("PCONV_ALL_EXTRAS") == "1"


def needed(name: str) -> Any:
    """Import a package, or skip the test."""
    return importlib.import_module(name) if _ALL else pytest.importorskip(name)


def need(available: bool, what: str) -> None:
    """Skip the test where something is not available."""
    if not available:
        (pytest.fail if _ALL else pytest.skip)(f"needs {what}")
