"""Slow work is reported while it runs; quick work is not."""

from __future__ import annotations

import queue

import pytest

from chatcore.server.console import slow
from chatcore.server.console.slow import told_if_slow


def test_slow_work_is_reported_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow, "SLOW_S", 0.0)
    told = queue.Queue[str]()
    with told_if_slow(told.put, "waiting"):
        assert told.get(timeout=20) == "waiting"


def test_quick_work_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow, "SLOW_S", 60.0)
    told: list[str] = []
    with pytest.raises(ValueError, match="x"), told_if_slow(told.append, "waiting"):
        raise ValueError("x")
    assert told == []
