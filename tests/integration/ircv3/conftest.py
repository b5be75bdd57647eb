"""A tracker for every test of this folder that asks for one."""

from __future__ import annotations

import itertools

import pytest


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trackers made from here on have a clock that is a second later each time somebody looks at it."""
    clock = itertools.count(2_000_000_000)
    for module in ("tracker", "footing"):
        monkeypatch.setattr(f"chatcore.server.{module}.time", lambda: float(next(clock)))
