"""A tracker for every test of this folder that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.trackers import Hosted, hosted_tracker


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker without a password."""
    with hosted_tracker(tmp_path) as hosted:
        yield hosted
