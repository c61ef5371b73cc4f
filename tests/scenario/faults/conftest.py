"""Faults through the whole product; on SQLite unless a test says that the database matters."""

from __future__ import annotations

import pytest


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> object:
    """Which database a test runs on."""
    return getattr(request, "param", "sqlite")
