"""A tracker and peers that connect to it, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.peers import Peers, peers_of
from tests.support.trackers import Hosted


@pytest.fixture
def peers(hosted: Hosted) -> Iterator[Peers]:
    """Peers that connect to that tracker."""
    with peers_of(hosted.port) as peers:
        yield peers
