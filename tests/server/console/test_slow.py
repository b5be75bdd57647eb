"""Something that takes long is reported while it does; something quick is not."""

from __future__ import annotations

import queue

import pytest

from chatcore.server.console import slow
from chatcore.server.console.slow import told_if_slow


def test_what_takes_long_is_told_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow, "SLOW_S", 0.0)
    told = queue.Queue[str]()
    with told_if_slow(told.put, "waiting"):
        assert told.get(timeout=20) == "waiting"


def test_what_is_done_at_once_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow, "SLOW_S", 60.0)
    told: list[str] = []
    with pytest.raises(ValueError, match="x"), told_if_slow(told.append, "waiting"):
        raise ValueError("x")
    assert told == []
