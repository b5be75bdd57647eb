"""An attacker who changes data that he cannot read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from chatcore.errors import ChatError, TransportClosed
from chatcore.protocol.message import Message
from chatcore.terminal.connecting.connection import BROKE, Connection
from tests.integration.mitm.learned import NAME
from tests.integration.mitm.relays import Alteration, Tap, running
from tests.integration.mitm.visitor import PASSWORD, Visitor
from tests.support.irc import DEADLINE_S, IrcClient
from tests.support.trackers import Hosted

_CHANGE_CIPHER_SPEC = 0x14  # means nothing in TLS 1.3 (RFC 8446, section 5), and may be repeated


def _flipped(record: bytes) -> bytes:
    return record[:-1] + bytes([record[-1] ^ 1])


def _doubled(record: bytes) -> bytes:
    return record * 2


def _error_on_entering(tap: Tap) -> str | None:
    """Try to enter the chat and get an answer there; return the error, or None on success.

    Without the answer, the client might have its welcome before the tracker reads a doubled record.
    """
    try:
        with closing(Visitor(tap.port).come_in().connection) as connection:
            connection.send(Message("PING", ("in",)))
            while connection.receive(DEADLINE_S).params[-1:] != ("in",):
                pass
    except ChatError as error:
        return str(error)
    return None


def _receive_until_the_end(connection: Connection) -> tuple[list[str], str]:
    """Return the messages received, and how the connection ended."""
    said = []
    try:
        while True:
            message = connection.receive(DEADLINE_S)
            said.extend([message.params[1]] if message.command == "PRIVMSG" else [])
    except TransportClosed as end:
        return said, str(end)
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("direction", "change"), [("to client", _flipped), ("to tracker", _flipped), ("to tracker", _doubled)]
)
def test_altering_any_record_of_the_login_ends_the_connection(
    tracker: Hosted, direction: str, change: Callable[[bytes], bytes]
) -> None:
    """One record after the other is changed, each on its own connection, until there are no more."""
    told: str | None = "not tried"
    for turn in range(100):
        tap = Tap(tracker.port, Alteration(direction, turn, change))
        with running(tap):
            told = _error_on_entering(tap)
        may_be_doubled = change is _doubled and tap.alteration.changed[:1] == [_CHANGE_CIPHER_SPEC]
        if told is None and not may_be_doubled:
            break
    assert told is None, "altering a record after the login must not matter"
    assert turn > 7, "a login has hello, finished, CAP, the proof's start, end and acknowledgement, and the name"


@pytest.mark.parametrize("change", [_flipped, _doubled])
def test_altered_messages_end_the_connection(tracker: Hosted, change: Callable[[bytes], bytes]) -> None:
    """A changed message is not shown, a doubled one is shown once, and the connection ends."""
    with running(Tap(tracker.port)) as tap, IrcClient(tracker.port) as bob:
        bob.register("bob", password=f":{PASSWORD}")
        connection = Visitor(tap.port).come_in().connection
        while connection.receive(DEADLINE_S).command != "PONG":
            pass  # the welcome ends with a PONG
        tap.alteration = Alteration("to client", None, change)
        bob.send(f"PRIVMSG {NAME} :pay 100 to bob")
        said, end = _receive_until_the_end(connection)
    assert tap.alteration.changed
    assert said == (["pay 100 to bob"] if change is _doubled else [])
    assert end.startswith(f"{BROKE}: the data was altered in transit (")


def test_cut_connection_is_not_taken_for_a_goodbye(tracker: Hosted) -> None:
    with running(Tap(tracker.port)) as tap:
        connection = Visitor(tap.port).come_in().connection
    assert _receive_until_the_end(connection) == ([], BROKE)
