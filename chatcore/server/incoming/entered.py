"""The outcome at the door: a connection is served, or goes no further and why."""

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
    is_told: bool = False  # by an HTTP response already; or the client said nothing, so its protocol is unknown


class Entered(NamedTuple):
    """The connection as the rest of the program uses it: TCP, TLS, ssh, or a WebSocket."""

    connection: Connection
    data: bytes = b""  # the first bytes of IRC; empty if the peer has closed
    departure: Departure | None = None  # if it goes no further


def attempt(step: Callable[[], _Done], address: str) -> _Done | Departure:
    """Run `step`; return its result or, if it fails, why the visit ends. The client's thread. Raises StreamClosed."""
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
    except Exception:  # a bug of ours costs this client its connection, but leaves no ghost
        _logger.exception("handling the input of %s failed", address)
        return Departure("Internal error", is_lost=True)


def settled(connection: Connection, arrival: Arrival, step: Callable[[], Entered]) -> Entered:
    """Run `step`; return its result or, if it fails, a departure whose goodbye goes out on `connection`.

    Raises StreamClosed.
    """
    done = attempt(step, arrival.client.address)
    return Entered(connection, departure=done) if isinstance(done, Departure) else done
