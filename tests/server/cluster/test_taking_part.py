"""How a tracker takes part: what it does when the others take it for gone."""

from __future__ import annotations

import threading
from unittest.mock import Mock

from chatcore.server.cluster.taking_part import TakingPart


def test_a_tracker_that_ends_takes_part_no_more() -> None:
    ending = threading.Event()
    ending.set()
    part = Mock(_stopping=ending, incarnation=7)
    TakingPart._rejoin(part)
    assert not part._courier.begin.called
    assert part.incarnation == 7
