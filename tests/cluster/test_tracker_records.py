"""What people are told whose tracker the others take for gone."""

from __future__ import annotations

from chatcore.cluster.tracker_records import LOST
from chatcore.protocol.goodbye import goodbye, is_passing


def test_clients_come_back_after_it() -> None:
    assert is_passing(goodbye(LOST)[1])
