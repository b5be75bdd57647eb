"""What HTTP requests get: the page, a word on encryption, or a WebSocket. One response, and the connection is closed.

Runs in the client's own thread, before registration.
"""

from __future__ import annotations

import contextlib
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn

from websockets.frames import CloseCode
from websockets.server import ServerProtocol

from chatcore.errors import ChatError, Leave, ProtocolError, RequestRefused, TransportClosed
from chatcore.protocol.names import is_loopback
from chatcore.server.incoming.forwarded import take_forwarded
from chatcore.server.incoming.page_files import nothing_at, page_file, warning_page
from chatcore.server.incoming.room_endpoint import check_guest
from chatcore.state.admissions import Refusal
from chatcore.transport.http import MAX_HEAD_BYTES, Request, is_known_method, parse_request, response
from chatcore.transport.websocket import (
    RoomTextConnection,
    WebSocketConnection,
    close_frame,
    dismantle,
    make_protocol,
)

if TYPE_CHECKING:
    from chatcore.server.visit import Visit

_ROOM_PATH = re.compile(r"/ws/chat/([^/]+)/?")
_IRC_PATHS = ("/", "/irc", "/ws")
_FIRST_WORDS_S = 1.0  # for a page that is refused to say what it says when it opens
_ALLOWED = "GET, HEAD, OPTIONS"


class Answered(Leave):
    """The connection was HTTP and has had its one response."""


def is_plaintext_allowed(visit: Visit) -> bool:
    """Tell whether the configuration lets this peer speak without TLS."""
    policy = visit.tracker.config.plaintext
    is_here = is_loopback(visit.client.host) and not visit.client.is_forwarded
    return policy == "anywhere" or (policy == "loopback" and is_here)


def answer_http(visit: Visit, data: bytes) -> bytes:
    """Answer the request that begins with `data`.

    Returns the first bytes of IRC when it became a WebSocket; otherwise raises Answered. Raises TransportClosed.
    """
    try:
        head, rest = _read_head(visit, data)
        request = parse_request(head)
        take_forwarded(visit, request)
        refusal = visit.admit()
        is_websocket = request.method == "GET" and "websocket" in request.headers.get("upgrade", "").lower()
        if is_websocket:
            if refusal is not None:
                _refuse_websocket(visit, head, refusal)
            return _upgrade(visit, request, head, rest)
        whole = _page(visit, request) if refusal is None else _refuse(refusal)
    except RequestRefused as refused:
        whole = refused.response
    except ProtocolError as error:
        whole = response(400, f"{error}\n")
    if data.startswith(b"HEAD "):
        whole = whole[: whole.index(b"\r\n\r\n") + 4]
    visit.connection.send_all(whole)
    raise Answered("HTTP")


def _read_head(visit: Visit, data: bytes) -> tuple[bytes, bytes]:
    """Return the request's head without its empty line, and what came after it."""
    while True:
        head, end, rest = data.partition(b"\r\n\r\n")
        if len(head) > MAX_HEAD_BYTES:
            raise RequestRefused(response(431, "The request's head is too large.\n"))
        if end:
            return head, rest
        more = visit.connection.recv()
        if not more:
            if visit.admission.refusal is not None:
                raise RequestRefused(_refuse(visit.admission.refusal))
            words = visit.end_reason or "The request did not come to an end"
            raise RequestRefused(response(visit.end_status, f"{words}.\n"))
        data += more


def _refuse(refusal: Refusal) -> bytes:
    if refusal.is_for_good:
        return response(HTTPStatus.FORBIDDEN, f"{refusal.words}.\n")
    return response(HTTPStatus.TOO_MANY_REQUESTS, f"{refusal.words}.\n", Retry_After=str(refusal.retry_after_s))


def _refuse_websocket(visit: Visit, head: bytes, refusal: Refusal) -> NoReturn:
    """Accept the handshake only to send the frame that closes it: a page is shown nothing else."""
    dismantle(_shake_hands(visit, head))
    code = CloseCode.POLICY_VIOLATION if refusal.is_for_good else CloseCode.TRY_AGAIN_LATER
    visit.connection.send_all(close_frame(code, refusal.words))
    # When this side ends, a proxy ends the page's too: what the page says first would meet a reset, which takes the
    # frame along.
    visit.set_deadline(_FIRST_WORDS_S, "")
    with contextlib.suppress(TransportClosed):
        visit.connection.recv()
    raise Answered("HTTP")


def _authority(visit: Visit, request: Request) -> str:
    """Return the host and port that the client used."""
    return request.authority or f"localhost:{visit.tracker.port}"


def _page(visit: Visit, request: Request) -> bytes:
    if request.method == "OPTIONS":
        visit.tracker.hosts.check(request.authority)
        return response(204, "", Allow=_ALLOWED)
    if request.method not in ("GET", "HEAD"):
        status = 405 if is_known_method(request.method) else 501  # RFC 9110, section 9.1
        raise RequestRefused(response(status, f"Only {_ALLOWED}.\n", Allow=_ALLOWED))
    authority = _authority(visit, request)
    if not (visit.is_encrypted or is_plaintext_allowed(visit)):
        tracker = visit.tracker
        fingerprint = "" if visit.is_passed_on else tracker.tls_identity.fingerprint
        return warning_page(authority, tracker.config.server_name, fingerprint)
    visit.tracker.hosts.check(request.authority)
    if request.url.path in _IRC_PATHS[1:] or _ROOM_PATH.fullmatch(request.url.path):
        words = "This address is for WebSockets.\n"
        raise RequestRefused(response(426, words, Upgrade="websocket", Connection="Upgrade, close"))
    whole = page_file(request, authority)
    visit.tracker.reception.note_page(visit.client)
    return whole


def _without_password(request: Request) -> str:
    """Return the path and query that were asked for, as what one may show."""
    shown = [field for field in request.url.query.split("&") if field and not field.startswith("password=")]
    return "?".join((request.url.path, *(["&".join(shown)] if shown else [])))


def _upgrade(visit: Visit, request: Request, head: bytes, rest: bytes) -> bytes:
    """Make the connection a WebSocket; return the first bytes of IRC from it. `rest` are frames that came already."""
    authority = _authority(visit, request)
    if not (visit.is_encrypted or is_plaintext_allowed(visit)):
        raise RequestRefused(response(403, f"Use wss://{authority}{_without_password(request)}\n"))
    visit.tracker.hosts.check(request.authority)
    visit.tracker.hosts.check_origin(request.headers.get("origin"), authority, is_encrypted=visit.is_encrypted)
    room = _ROOM_PATH.fullmatch(request.url.path)
    if room is None and request.url.path not in _IRC_PATHS:
        raise RequestRefused(nothing_at(request))
    entrance = check_guest(visit, room[1], request.url.query) if room else None
    protocol = _shake_hands(visit, head)
    protocol.receive_data(rest)
    client = visit.client
    if entrance is None:
        visit.connection = WebSocketConnection(visit.connection, protocol, lambda: client.is_registered)
    else:
        visit.connection = RoomTextConnection(visit.connection, protocol, lambda: client.is_registered, entrance)
    return visit.connection.recv()


def _shake_hands(visit: Visit, head: bytes) -> ServerProtocol:
    """Accept a WebSocket handshake. Raises RequestRefused when it is none, TransportClosed."""
    protocol = make_protocol()
    try:
        _accept_handshake(visit, protocol, head)
    except ChatError:
        dismantle(protocol)
        raise
    return protocol


def _accept_handshake(visit: Visit, protocol: ServerProtocol, head: bytes) -> None:
    protocol.receive_data(head + b"\r\n\r\n")
    shaken = protocol.events_received()
    if not shaken or protocol.handshake_exc is not None:
        raise RequestRefused(response(400, "That is no WebSocket handshake.\n"))
    accepted = protocol.accept(shaken[0])  # type: ignore[arg-type]
    if accepted.status_code != 101:
        raise RequestRefused(accepted.serialize())
    protocol.send_response(accepted)
    visit.connection.send_all(b"".join(protocol.data_to_send()))
