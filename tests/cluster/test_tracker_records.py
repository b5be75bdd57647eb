"""The farewell to clients when the others consider their tracker gone."""

from __future__ import annotations

from chatcore.cluster.tracker_records import LOST
from chatcore.protocol.goodbye import goodbye, is_passing


def test_clients_of_a_lost_tracker_will_reconnect() -> None:
    assert is_passing(goodbye(LOST)[1])
