"""What a tracker does when the others consider it gone."""

from __future__ import annotations

import threading
from unittest.mock import Mock

from chatcore.server.cluster.taking_part import TakingPart


def test_a_stopping_tracker_does_not_rejoin() -> None:
    ending = threading.Event()
    ending.set()
    part = Mock(_stopping=ending, incarnation=7)
    TakingPart._rejoin(part)
    assert not part._courier.begin.called
    assert part.incarnation == 7
