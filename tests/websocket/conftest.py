"""A tracker, and peers of it, for every test of this folder that asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.trackers import Hosted, hosted_tracker
from tests.websocket.peers import Peers, peers_of


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker without a password, in this process."""
    with hosted_tracker(tmp_path) as hosted:
        yield hosted


@pytest.fixture
def peers(hosted: Hosted) -> Iterator[Peers]:
    """Peers of that tracker."""
    with peers_of(hosted.port) as peers:
        yield peers
