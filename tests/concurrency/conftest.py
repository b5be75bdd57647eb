"""A tracker for every test of this folder that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.crowd import allow_descriptors
from tests.support.trackers import TrackerProcess, tracker_process

MAX_DESCRIPTORS = 4096


@pytest.fixture(autouse=True)
def many_descriptors() -> None:
    """Crowds need more descriptors than a process has by default."""
    allow_descriptors(MAX_DESCRIPTORS)


@pytest.fixture
def unlimited(tmp_path: Path) -> Iterator[TrackerProcess]:
    """The real program, without rate limits, so that its threads and the test's run on different cores."""
    with tracker_process(tmp_path, "--no-limits", "--max-name-length", "32") as tracker:
        yield tracker
