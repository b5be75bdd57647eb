"""How HTTP comes in: its request is read, answered once, and the connection is over, or a WebSocket.

Runs in the client's own thread, before registration.
"""

from __future__ import annotations

import contextlib
from http import HTTPStatus

from chatcore.errors import ProtocolError, RequestRefused, TransportClosed
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.incoming.entered import Departure, Entered, settled
from chatcore.server.incoming.forwarded import take_forwarded
from chatcore.server.incoming.gate import Gate
from chatcore.server.incoming.http_answers import Answer, Circumstances, Closing, Upgrade, answer, refusal_response
from chatcore.server.incoming.prelude import skip_prelude
from chatcore.server.incoming.room_endpoint import Guest, admit_guest
from chatcore.server.incoming.websocket_handshake import shake_hands
from chatcore.transport.connection import Connection
from chatcore.transport.http import MAX_HEAD_BYTES, parse_request, response
from chatcore.transport.websocket import RoomTextConnection, WebSocketConnection, close_frame, dismantle

_FIRST_WORDS_S = 1.0  # for a page that is refused to say what it says when it opens
_ANSWERED = Departure("HTTP", is_answered=True)


def enter_by_http(connection: Connection, data: bytes, arrival: Arrival, gate: Gate) -> Entered:
    """Answer the request that begins with `data`, or make the connection a WebSocket.

    Raises TransportClosed, StreamClosed.
    """
    try:
        head, rest = _read_head(connection, data, arrival)
        decided = _decide(head, arrival, gate)
        if isinstance(decided, Upgrade):
            return _upgrade(connection, head, rest, decided.guest, arrival, gate)
        whole = decided.response if isinstance(decided, Answer) else _opened_and_closed(head, decided)
    except RequestRefused as refused:
        decided, whole = None, refused.response
        if refused.remark:
            gate.told_of_hosts.tell(*refused.remark)
    except ProtocolError as error:
        decided, whole = None, response(400, f"{error}\n")
    if data.startswith(b"HEAD "):
        whole = whole[: whole.index(b"\r\n\r\n") + 4]
    connection.send_all(whole)
    if isinstance(decided, Closing):
        _await_first_words(connection, arrival)
    return Entered(connection, departure=_ANSWERED)


def _read_head(connection: Connection, data: bytes, arrival: Arrival) -> tuple[bytes, bytes]:
    """Return the request's head without its empty line, and what came after it. Raises RequestRefused."""
    while True:
        head, end, rest = data.partition(b"\r\n\r\n")
        if len(head) > MAX_HEAD_BYTES:
            raise RequestRefused(response(431, "The request's head is too large.\n"))
        if end:
            return head, rest
        more = connection.recv()
        if not more:
            raise RequestRefused(_cut_short(arrival))
        data += more


def _cut_short(arrival: Arrival) -> bytes:
    """Return the response to a request that did not come to an end."""
    if arrival.admission.refusal is not None:
        return refusal_response(arrival.admission.refusal)
    if arrival.ending is not None:
        return response(arrival.ending.status, f"{arrival.ending.reason}.\n")
    return response(HTTPStatus.REQUEST_TIMEOUT, "The request did not come to an end.\n")


def _decide(head: bytes, arrival: Arrival, gate: Gate) -> Answer | Closing | Upgrade:
    """Find out whose the request is and what it gets. Raises RequestRefused, ProtocolError."""
    request = parse_request(head)
    take_forwarded(arrival, request, gate)
    here = Circumstances(
        gate.config.server_name,
        gate.port,
        gate.config.max_name_length,
        "" if arrival.is_passed_on else gate.identity().fingerprint,
        gate.reception.admit(arrival.client, arrival.admission),
        arrival.is_encrypted,
        gate.is_plaintext_allowed(arrival.client),
    )
    decided = answer(request, here, gate.hosts)
    if isinstance(decided, Answer) and decided.is_page:
        gate.reception.note_page(arrival.client)
    return decided


def _opened_and_closed(head: bytes, closing: Closing) -> bytes:
    """Return the answer to a handshake with the frame that closes the WebSocket at once. Raises RequestRefused."""
    protocol, accepted = shake_hands(head)
    dismantle(protocol)
    return accepted + close_frame(closing.code, closing.words)


def _await_first_words(connection: Connection, arrival: Arrival) -> None:
    """Wait for what a page says first.

    When this side ends, a proxy ends the page's too, and a reset for those words would take the closing frame along.
    """
    arrival.set_deadline(_FIRST_WORDS_S, "")
    with contextlib.suppress(TransportClosed):
        connection.recv()


def _upgrade(
    connection: Connection, head: bytes, rest: bytes, guest: Guest | None, arrival: Arrival, gate: Gate
) -> Entered:
    """Make the connection a WebSocket. `rest` are frames that came already. Raises RequestRefused, StreamClosed."""
    client = arrival.client
    entrance = admit_guest(guest, client, gate) if guest else None
    protocol, accepted = shake_hands(head)
    protocol.receive_data(rest)
    websocket = (
        WebSocketConnection(connection, protocol, lambda: client.is_registered)
        if entrance is None
        else RoomTextConnection(connection, protocol, lambda: client.is_registered, entrance)
    )

    def begin() -> Entered:
        connection.send_all(accepted)
        return Entered(websocket, skip_prelude(websocket, websocket.recv()))

    return settled(websocket, arrival, begin)
