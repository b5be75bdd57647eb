"""A tracker for every test of this folder that asks for one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.trackers import Hosted, hosted_tracker


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker without a password."""
    with hosted_tracker(tmp_path) as hosted:
        yield hosted


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trackers made from here on have a clock that is a second later each time somebody looks at it."""
    clock = itertools.count(2_000_000_000)
    monkeypatch.setattr("chatcore.server.tracker.time", lambda: float(next(clock)))
