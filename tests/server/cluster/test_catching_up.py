"""Catching up before a tracker takes part does not wait for a failed delivery."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from chatcore.cluster.chain import Opening
from chatcore.cluster.flights import Flights
from chatcore.cluster.shared_stream import SharedStream
from chatcore.errors import ConfigError
from chatcore.server.cluster.catching_up import CatchingUp, Sources
from chatcore.server.footing import NoBar


def test_a_failed_delivery_ends_catching_up() -> None:
    house, shared, stream = Mock(), Mock(), SharedStream("0", Flights())
    house.presence.has_failed, shared.replica.batch = True, "1-0"
    stream.has_failed = lambda: True
    catching_up = CatchingUp(
        Sources(Mock(), Mock(), Mock(), Mock(), Mock(), {}), shared, house, stream, lambda reason: None
    )
    with pytest.raises(ConfigError, match="could not be carried out"):
        catching_up.catch_up(Opening(None, None, "", None, iter(()), "2-0"), NoBar)
