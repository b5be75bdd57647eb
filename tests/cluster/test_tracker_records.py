"""What clients are told when the others consider their tracker gone."""

from __future__ import annotations

from chatcore.cluster.tracker_records import LOST
from chatcore.protocol.goodbye import goodbye, is_passing


def test_clients_come_back_after_it() -> None:
    assert is_passing(goodbye(LOST)[1])
