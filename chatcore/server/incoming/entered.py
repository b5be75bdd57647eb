"""What became of a connection at the door: it is served, or goes no further, and why."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from chatcore.errors import Leave, ProtocolError, StreamClosed, TransportClosed
from chatcore.server.incoming.arrival import Arrival
from chatcore.transport.connection import Connection

_Done = TypeVar("_Done")
_logger = logging.getLogger(__name__)


class Departure(NamedTuple):
    """Why a visit ends."""

    reason: str
    is_lost: bool = False
    is_told: bool = False  # in the words of HTTP; or it said nothing, and nobody knows what would be words to it


class Entered(NamedTuple):
    """The connection as the rest of the program uses it: TCP, TLS, or a WebSocket over either."""

    connection: Connection
    data: bytes = b""  # the first bytes of IRC; empty if the peer has closed
    departure: Departure | None = None  # it goes no further


def attempt(step: Callable[[], _Done], address: str) -> _Done | Departure:
    """Return what `step` returns or, if it fails, why the visit ends. The client's thread. Raises StreamClosed."""
    try:
        return step()
    except StreamClosed:
        raise
    except Leave as leave:
        return Departure(str(leave))
    except (TransportClosed, ProtocolError) as error:
        return Departure(str(error), is_lost=True)
    except MemoryError:
        return Departure("Out of memory", is_lost=True)
    except Exception:  # a fault of ours costs this client its connection, and leaves no ghost
        _logger.exception("what %s sent could not be dealt with", address)
        return Departure("Internal error", is_lost=True)


def settled(connection: Connection, arrival: Arrival, step: Callable[[], Entered]) -> Entered:
    """Return what `step` makes of a connection; if it fails, the goodbye goes out on this connection.

    Raises StreamClosed.
    """
    done = attempt(step, arrival.client.address)
    return Entered(connection, departure=done) if isinstance(done, Departure) else done
