"""A tracker among several: what it does when the others take it for gone."""

from __future__ import annotations

import threading
from unittest.mock import Mock

from chatcore.server.cluster.clustered import Clustered


def test_a_tracker_that_ends_takes_part_no_more() -> None:
    ending = threading.Event()
    ending.set()
    tracker = Mock(_stopping=ending, incarnation=7)
    Clustered._rejoin(tracker)
    assert not tracker._courier.begin.called
    assert tracker.incarnation == 7
