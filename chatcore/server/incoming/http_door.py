"""Reads and answers HTTP requests in order, until the connection ends or becomes a WebSocket.

Each request counts like a connection of its own, and nothing learned from one carries over to the next: behind a proxy
it may come from somebody else. Runs in the client's own thread, before registration.
"""

from __future__ import annotations

import contextlib
import functools
from http import HTTPStatus
from typing import NamedTuple

from chatcore.errors import ProtocolError, RequestRefused, TransportClosed
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.incoming.client_file import client_response
from chatcore.server.incoming.entered import Departure, Entered, settled
from chatcore.server.incoming.forwarded import Bearings, take_forwarded
from chatcore.server.incoming.gate import Gate
from chatcore.server.incoming.http_answers import (
    Circumstances,
    Closing,
    Decision,
    Download,
    Metrics,
    Upgrade,
    answer,
    closing,
    refusal_response,
)
from chatcore.server.incoming.metrics_door import metrics_response
from chatcore.server.incoming.prelude import skip_prelude
from chatcore.server.incoming.room_endpoint import admit_guest
from chatcore.server.incoming.websocket_handshake import shake_hands
from chatcore.state.admissions import Refusal
from chatcore.state.client import Client
from chatcore.transport.connection import Connection
from chatcore.transport.http import MAX_HEAD_BYTES, Request, dated, parse_request, response
from chatcore.transport.websocket import Entrance, RoomTextConnection, WebSocketConnection, close_frame, dismantle

MAX_REQUESTS = 100  # on one connection
_DOWNLOAD_S = 120.0  # for a megabyte
_PART_BYTES = 65536  # of a download, encrypted at a time: the next part waits until the client has taken this one
_FIRST_WORDS_S = 1.0  # for the first message of a refused page, sent when its WebSocket opens
_ANSWERED = Departure("HTTP", is_told=True)


class _Reply(NamedTuple):
    """What to send, and what becomes of the connection: it takes the next request, ends, or becomes a WebSocket."""

    data: bytes
    body: bytes = b""  # sent after `data`, in parts
    websocket: WebSocketConnection | None = None
    is_closing: bool = False  # `data` opens a WebSocket and closes it again
    stays: bool = False  # open for the next request
    rest: bytes = b""  # the bytes of the next request that have already arrived


def enter_by_http(connection: Connection, data: bytes, arrival: Arrival, gate: Gate) -> Entered:
    """Answer the requests that begin with `data`, or turn the connection into a WebSocket.

    Raises TransportClosed, StreamClosed.
    """
    bearings = Bearings(arrival)
    for left in reversed(range(MAX_REQUESTS)):
        reply = _take_request(connection, data, arrival, gate, bearings, may_stay=left > 0)
        entered = settled(reply.websocket or connection, arrival, functools.partial(_send, connection, reply, arrival))
        if not reply.stays or entered.departure is not _ANSWERED or arrival.ending is not None:
            return entered
        arrival.set_deadline(gate.config.limits.http_idle_timeout_s, "The next request timed out")
        data = reply.rest or _next(connection)
        if not data:
            return entered
    raise AssertionError("the last reply does not stay")


def _next(connection: Connection) -> bytes:
    """Wait for another request; return its first bytes, b'' if there is none."""
    try:
        return connection.recv()
    except TransportClosed:  # some browsers leave this way
        return b""


def _take_request(
    connection: Connection, data: bytes, arrival: Arrival, gate: Gate, bearings: Bearings, *, may_stay: bool
) -> _Reply:
    """Read the request that begins with `data`; return the reply. Raises TransportClosed, StreamClosed."""
    head = data
    try:
        head, rest = _read_head(connection, data, arrival)
        if bearings.are_taken:
            arrival.set_deadline(gate.config.limits.registration_timeout_s, "Registration timed out")
        request = parse_request(head)
        decided = _decide(request, arrival, gate, bearings, may_stay=may_stay)
        reply = _carry_out(decided, request, head, rest, connection, arrival, gate)
    except RequestRefused as refused:
        reply = _Reply(refused.response)
        if refused.remark:
            gate.told_of_hosts.tell(*refused.remark)
    except ProtocolError as error:
        reply = _Reply(response(HTTPStatus.BAD_REQUEST, f"{error}\n"))
    if head.startswith(b"HEAD "):
        reply = reply._replace(data=reply.data[: reply.data.index(b"\r\n\r\n") + 4], body=b"")
    return reply._replace(data=dated(reply.data))


def _send(connection: Connection, reply: _Reply, arrival: Arrival) -> Entered:
    """Send a response. Raises TransportClosed."""
    connection.send_all(reply.data)
    for begin in range(0, len(reply.body), _PART_BYTES):
        connection.send_all(reply.body[begin : begin + _PART_BYTES])
    if reply.websocket is not None:
        return Entered(reply.websocket, skip_prelude(reply.websocket, reply.websocket.recv()))
    if reply.is_closing:
        _await_first_words(connection, arrival)
    return Entered(connection, departure=_ANSWERED)


def _read_head(connection: Connection, data: bytes, arrival: Arrival) -> tuple[bytes, bytes]:
    """Return the request's head without its empty line, and the bytes after it. Raises RequestRefused."""
    while True:
        head, end, rest = data.partition(b"\r\n\r\n")
        if len(head) > MAX_HEAD_BYTES:
            raise RequestRefused(
                response(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The request's head is too large.\n")
            )
        if end:
            return head, rest
        more = connection.recv()
        if not more:
            raise RequestRefused(_cut_short(arrival))
        data += more


def _cut_short(arrival: Arrival) -> bytes:
    """Return the response to a request that was cut short."""
    if arrival.admission.refusal is not None:
        return refusal_response(arrival.admission.refusal)
    if arrival.ending is not None:
        return response(arrival.ending.status, f"{arrival.ending.reason}.\n")
    return response(HTTPStatus.REQUEST_TIMEOUT, "The request was not completed.\n")


def _decide(request: Request, arrival: Arrival, gate: Gate, bearings: Bearings, *, may_stay: bool) -> Decision:
    """Find out whose request it is, count it, and decide how to answer. Raises RequestRefused, ProtocolError."""
    is_first = bearings.restore(arrival)
    is_way_known = take_forwarded(arrival, request, gate)
    admit = gate.reception.admit if is_first else gate.reception.admit_again
    refusal = admit(arrival.client, arrival.admission)
    here = _circumstances(arrival, gate, refusal)._replace(is_way_known=is_way_known, may_stay=may_stay)
    decided = answer(request, here, gate.hosts)
    barred = gate.reception.bar(arrival.client) if isinstance(decided, Upgrade) else None
    return closing(barred) if barred else decided


def _carry_out(
    decided: Decision,
    request: Request,
    head: bytes,
    rest: bytes,
    connection: Connection,
    arrival: Arrival,
    gate: Gate,
) -> _Reply:
    """Return the reply to a request with this `head`; `rest` came after it. Raises RequestRefused, StreamClosed."""
    if isinstance(decided, Upgrade):
        entrance = admit_guest(decided.guest, arrival.client, gate) if decided.guest else None
        return _upgraded(connection, head, rest, entrance, arrival.client)
    if isinstance(decided, Closing):
        protocol, accepted = shake_hands(head)
        dismantle(protocol)
        return _Reply(accepted + close_frame(decided.code, decided.words), is_closing=True)
    if isinstance(decided, Metrics):
        return _Reply(metrics_response(request, arrival, gate))
    if isinstance(decided, Download):
        return _downloaded(request, arrival, gate)
    if decided.counts_little:
        gate.reception.note_page(arrival.client)
    return _Reply(decided.response, stays=decided.stays, rest=rest)


def _downloaded(request: Request, arrival: Arrival, gate: Gate) -> _Reply:
    arrival.set_deadline(_DOWNLOAD_S, "The download took too long")
    turn = arrival.client.credit.turn
    turn.give()  # the file may have to be built; let other clients run meanwhile
    packed = gate.client_file.get()
    turn.take()
    return _Reply(*client_response(request, packed))


def _circumstances(arrival: Arrival, gate: Gate, refusal: Refusal | None) -> Circumstances:
    return Circumstances(
        gate.port,
        gate.config.max_name_length,
        refusal,
        arrival.is_encrypted,
        may_be_plain=gate.is_plaintext_allowed(arrival.client),
        is_healthy=gate.services.is_log_writable and gate.reception.is_open,
    )


def _upgraded(connection: Connection, head: bytes, rest: bytes, entrance: Entrance | None, client: Client) -> _Reply:
    """Return the answer to a handshake, and the WebSocket it opens, on which `rest` has already arrived."""
    protocol, accepted = shake_hands(head)
    protocol.receive_data(rest)
    websocket = (
        WebSocketConnection(connection, protocol, lambda: client.is_registered)
        if entrance is None
        else RoomTextConnection(connection, protocol, lambda: client.is_registered, entrance, lambda: client.channels)
    )
    return _Reply(accepted, websocket=websocket)


def _await_first_words(connection: Connection, arrival: Arrival) -> None:
    """Wait for the first message of a page.

    Once we close, a proxy closes the page's side too; a message arriving then would cause a reset, and the page would
    lose the close frame.
    """
    arrival.set_deadline(_FIRST_WORDS_S, "")
    with contextlib.suppress(TransportClosed):
        connection.recv()
