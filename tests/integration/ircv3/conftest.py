"""Fixtures for the tests of this folder."""

from __future__ import annotations

import itertools

import pytest


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give trackers made from here on a clock that advances by a second each time it is read."""
    clock = itertools.count(2_000_000_000)
    for module in ("tracker", "footing"):
        monkeypatch.setattr(f"chatcore.server.{module}.time", lambda: float(next(clock)))
