"""A connection that ends at the door yields a departure, and the connection for the goodbye."""

from __future__ import annotations

import pytest

from chatcore.errors import Leave, LineTooLong, ProtocolError, StreamClosed, TransportClosed
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.incoming.entered import Departure, Entered, attempt, settled
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from tests.support.readers import no_connection


def _raise(error: Exception) -> Entered:
    raise error


@pytest.mark.parametrize(
    ("error", "departure"),
    [
        (Leave("Quit: bye"), Departure("Quit: bye")),
        (TransportClosed("Connection reset by peer"), Departure("Connection reset by peer", is_lost=True)),
        (ProtocolError("a malformed host"), Departure("a malformed host", is_lost=True)),
        (LineTooLong("too long"), Departure("too long", is_lost=True)),
        (MemoryError(), Departure("Out of memory", is_lost=True)),
        (ZeroDivisionError(), Departure("Internal error", is_lost=True)),
    ],
)
def test_each_failure_has_its_departure(
    error: Exception, departure: Departure, caplog: pytest.LogCaptureFixture
) -> None:
    assert attempt(lambda: _raise(error), "192.0.2.7:4711") == departure
    is_fault = isinstance(error, ZeroDivisionError)
    assert ("192.0.2.7:4711" in caplog.text) == ("ZeroDivisionError" in caplog.text) == is_fault


def test_the_end_of_the_tracker_is_not_a_departure() -> None:
    with pytest.raises(StreamClosed):
        attempt(lambda: _raise(StreamClosed()), "192.0.2.7:4711")


def test_the_goodbye_uses_the_innermost_connection() -> None:
    outer, inner = no_connection(), no_connection()
    arrival = Arrival(Client(1, "192.0.2.7", 4711, Credit(1)), 10.0)
    entered = settled(outer, arrival, lambda: settled(inner, arrival, lambda: _raise(Leave("This tracker wants TLS"))))
    assert entered == Entered(inner, departure=Departure("This tracker wants TLS"))
    assert settled(outer, arrival, lambda: Entered(inner, b"NICK ann")) == Entered(inner, b"NICK ann")
