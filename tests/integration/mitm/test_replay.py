"""An attacker who has recorded a successful login, and replays one side of it."""

from __future__ import annotations

import socket

import pytest

from chatcore.protocol.message import parse
from chatcore.terminal.connecting.turned_away import NOT_AN_ANSWER
from chatcore.terminal.connecting.wire import TlsWire
from tests.integration.mitm.learned import assert_learned_nothing
from tests.integration.mitm.relays import ManInTheMiddle, running
from tests.integration.mitm.visitor import PASSWORD, Visitor
from tests.support.irc import DEADLINE_S
from tests.support.scripted import identity, scripted_tracker
from tests.support.trackers import Hosted


@pytest.fixture
def recording(tracker: Hosted) -> ManInTheMiddle:
    """Both sides of a login, as only somebody with the tracker's key could have recorded them."""
    with running(ManInTheMiddle(tracker.port, thief_of=tracker.tracker.tls_identity)) as middle:
        Visitor(middle.port).come_in().connection.close()
    return middle


@pytest.mark.parametrize("has_key", [False, True], ids=["own certificate", "stolen key"])
def test_replaying_the_trackers_side_fails(tracker: Hosted, recording: ManInTheMiddle, has_key: bool) -> None:
    assert [line for line in recording.from_tracker if " 903 " in line], "the recorded login succeeded"
    with scripted_tracker() as player:
        player.identity = tracker.tracker.tls_identity if has_key else identity("the man in the middle")
        player.answers = {"CAP": lambda peer, _: peer.send(*recording.from_tracker), "AUTHENTICATE": lambda *_: None}
        assert Visitor(player.port).turned_away() == NOT_AN_ANSWER
        player.peer().wait_for_end()
        assert_learned_nothing(player.peer().received, PASSWORD, tracker.tracker.keys.login("*"))


def test_replaying_the_clients_side_fails(tracker: Hosted, recording: ManInTheMiddle) -> None:
    """It does not get in, although it contains the right certificate's hash."""
    with socket.create_connection(("127.0.0.1", tracker.port), DEADLINE_S) as sock:
        wire = TlsWire(sock)
        wire.handshake(DEADLINE_S)
        wire.send("".join(f"{line}\r\n" for line in recording.from_client).encode())
        received = b""
        while data := wire.receive():
            received += data
    answers = [parse(line).command for line in received.decode().splitlines()]
    assert "904" in answers
    assert "903" not in answers
    assert "001" not in answers
    assert len([line for line in tracker.log_lines() if line.startswith("connect")]) == 1, (
        "only the recorded login connected"
    )
