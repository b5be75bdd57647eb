"""RemoteConnection: the connection of a client of another tracker."""

from __future__ import annotations

import inspect

from chatcore.transport.connection import Connection
from chatcore.transport.formats import LINES
from chatcore.transport.remote import RemoteConnection


def _is_connection(connection: Connection) -> Connection:
    return connection


def test_a_remote_connection_accepts_everything_and_keeps_nothing() -> None:
    connection = _is_connection(RemoteConnection())
    assert connection.offer(b"x" * 100_000_000)
    assert connection.flush()
    assert not connection.is_stalled_since(float("inf"))


def test_a_remote_connection_never_ends_and_has_no_descriptor() -> None:
    connection = _is_connection(RemoteConnection())
    for end in (connection.end_input, connection.end_output, connection.shutdown, connection.close):
        end()
    connection.send_all(b"x")
    connection.keep_open(0.0, 0.0)
    connection.wait_output_ended(60.0)
    assert (connection.is_closed, connection.fileno(), connection.recv()) == (False, -1, b"")
    assert (connection.line_format, connection.on_output) == (LINES, None)


def test_a_remote_connection_has_every_member_of_connection() -> None:
    wanted = {name for name, _ in inspect.getmembers(Connection) if not name.startswith("_")}
    assert wanted | Connection.__annotations__.keys() <= {*dir(RemoteConnection)}
