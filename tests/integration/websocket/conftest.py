"""A tracker, and peers of it, for every test of this folder that asks for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.peers import Peers, peers_of
from tests.support.trackers import Hosted


@pytest.fixture
def peers(hosted: Hosted) -> Iterator[Peers]:
    """Peers of that tracker."""
    with peers_of(hosted.port) as peers:
        yield peers
