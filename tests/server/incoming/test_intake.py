"""Intake: a connection that gets no thread."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.config import Config
from chatcore.server.access.bans import Bans
from chatcore.server.access.doorkeeper import Doorkeeper
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.incoming.intake import Intake
from chatcore.server.incoming.reception import Reception
from chatcore.server.roster import Roster
from chatcore.transport.connection import Connection


@pytest.fixture
def accepted() -> Iterator[socket.socket]:
    """The accepted side of an open connection."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        sock, _ = server.accept()
        with sock:
            yield sock


@pytest.mark.parametrize("failure", [RuntimeError, MemoryError])
@pytest.mark.parametrize(("ban", "counted"), [("", "resources"), ("127.0.0.1", "ban")])
def test_a_connection_without_a_thread_is_counted_once(
    tmp_path: Path, accepted: socket.socket, failure: type[Exception], ban: str, counted: str
) -> None:
    def begin(arrival: Arrival, connection: Connection) -> None:
        raise failure

    config, bans = Config(), Bans(tmp_path / "bans.json")
    if ban:
        bans.add(ban)
    doorkeeper = Doorkeeper(config.limits, lambda: 0.0, lambda address: None)
    reception = Reception(config, bans, doorkeeper, Roster(), lambda: 0)
    with pytest.raises(failure):
        Intake(config.limits, reception, begin).accept(accepted)
    counts = reception.counts.read()
    assert {reason for reason, count in counts.items() if count} == {"accepted", counted}
    assert counts[counted] == counts["accepted"] == 1
