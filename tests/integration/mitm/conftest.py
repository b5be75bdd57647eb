"""A tracker with a password."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.mitm.visitor import PASSWORD
from tests.support.trackers import Hosted, hosted_tracker


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Hosted]:
    with hosted_tracker(tmp_path, PASSWORD) as hosted:
        yield hosted
