"""What an HTTP request is answered: the page, advice on encryption, how the tracker is, or that it may be a WebSocket.

Pure: no connection, no clock, and nobody is told anything. `http_door` carries the answer out.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import NamedTuple

from websockets.frames import CloseCode

from chatcore.server.incoming import client_file
from chatcore.server.incoming.http_hosts import Hosts
from chatcore.server.incoming.page_files import nothing_at, page_file
from chatcore.server.incoming.room_endpoint import Guest, guest_of
from chatcore.state.admissions import Refusal
from chatcore.transport.http import Request, is_known_method, response

_ROOM_PATH = re.compile(r"/ws/chat/([^/]+)/?")
_IRC_PATHS = ("/", "/irc", "/ws")
_HEALTH_PATH, _METRICS_PATH = "/health", "/metrics"
_ALLOWED = "GET, HEAD, OPTIONS"
_FETCH_METADATA = "sec-fetch-mode"  # browsers send it only where TLS, or their own machine, is
_UNKNOWN_WAY = """\
This chat is encrypted: {where}
If that is where you are, there is a proxy on the way that does not say so. It should set X-Forwarded-For and
X-Forwarded-Proto, and the tracker should trust it (trusted_proxies).
"""


class Circumstances(NamedTuple):
    """What an answer depends on, besides the request."""

    port: int  # the tracker's main one
    max_name_length: int
    refusal: Refusal | None = None
    is_encrypted: bool = False  # on the client's whole way, as far as that is known
    is_way_known: bool = True  # no proxy leaves open whether it is
    may_be_plain: bool = False  # the client needs no encryption
    is_healthy: bool = True  # what is said can be logged, and so is accepted
    may_stay: bool = False  # the connection has not served its last request yet


class Answer(NamedTuple):
    """A whole response, after which the connection is closed unless it stays."""

    response: bytes
    stays: bool = False
    counts_little: bool = False  # among the new connections of an address, as many such are asked for in a row


class Closing(NamedTuple):
    """A WebSocket opened only to be closed with a reason, which is all that a page gets to see."""

    code: CloseCode
    words: str


class Metrics(NamedTuple):
    """What can be measured of the tracker, if it may be told (`metrics_door`)."""


class Download(NamedTuple):
    """The terminal client in one file (`client_file`)."""


class Upgrade(NamedTuple):
    """A WebSocket, for IRC or (with a guest) for the room endpoint."""

    guest: Guest | None = None


def answer(request: Request, here: Circumstances, hosts: Hosts) -> Answer | Closing | Download | Metrics | Upgrade:
    """Return the answer to a request. Raises RequestRefused, ProtocolError."""
    is_websocket = request.method == "GET" and "websocket" in request.headers.get("upgrade", "").lower()
    if here.refusal is not None:
        return closing(here.refusal) if is_websocket else Answer(refusal_response(here.refusal))
    return _upgrade(request, here, hosts) if is_websocket else _page(request, here, hosts)


def refusal_response(refusal: Refusal) -> bytes:
    """Return the response to somebody who is not served."""
    if refusal.is_for_good:
        return response(HTTPStatus.FORBIDDEN, f"{refusal.words}.\n")
    return response(HTTPStatus.TOO_MANY_REQUESTS, f"{refusal.words}.\n", Retry_After=str(refusal.retry_after_s))


def closing(refusal: Refusal) -> Closing:
    """Return what a WebSocket gets that is not served."""
    return Closing(CloseCode.POLICY_VIOLATION if refusal.is_for_good else CloseCode.TRY_AGAIN_LATER, refusal.words)


def _authority(request: Request, here: Circumstances) -> str:
    """Return the host and port that the client used."""
    return request.authority or f"localhost:{here.port}"


def _page(request: Request, here: Circumstances, hosts: Hosts) -> Answer | Download | Metrics:
    if request.method == "OPTIONS":
        hosts.check(request.authority)
        return Answer(response(204, "", Allow=_ALLOWED))
    if request.method not in ("GET", "HEAD"):
        status = 405 if is_known_method(request.method) else 501  # RFC 9110, section 9.1
        return Answer(response(status, f"Only {_ALLOWED}.\n", Allow=_ALLOWED))
    stays = here.may_stay and request.may_stay
    if request.url.path == _HEALTH_PATH:  # whoever asks, and by which name: it tells nothing else
        return Answer(_health(is_healthy=here.is_healthy, stays=stays), stays, counts_little=True)
    if request.url.path == _METRICS_PATH:
        return Metrics()
    hosts.check(request.authority)
    if not (here.is_encrypted or here.may_be_plain):
        return Answer(_encrypted_instead(request, here))
    if request.url.path in _IRC_PATHS[1:] or _ROOM_PATH.fullmatch(request.url.path):
        words = "This address is for WebSockets.\n"
        return Answer(response(426, words, Upgrade="websocket", Connection="Upgrade, close"))
    if request.url.path == client_file.PATH:
        return Download()
    return Answer(page_file(request, _authority(request, here), hosts.others, stays=stays), stays, counts_little=True)


def _encrypted_instead(request: Request, here: Circumstances) -> bytes:
    """Lead to the same address with TLS, unless the browser may have come from there, through a proxy that took it off.

    Nothing is told of the certificate: whoever can change what comes without TLS could tell of another.
    """
    where = f"https://{_authority(request, here)}{_without_password(request)}"
    if here.is_way_known and _FETCH_METADATA not in request.headers:
        return response(HTTPStatus.TEMPORARY_REDIRECT, f"This chat is encrypted: {where}\n", Location=where)
    return response(HTTPStatus.FORBIDDEN, _UNKNOWN_WAY.format(where=where))


def _health(*, is_healthy: bool, stays: bool) -> bytes:
    status, word = (200, "ok") if is_healthy else (503, "unavailable")
    return response(status, f"{word}\n", stays=stays, Cache_Control="no-store")


def _upgrade(request: Request, here: Circumstances, hosts: Hosts) -> Answer | Upgrade:
    authority = _authority(request, here)
    if not (here.is_encrypted or here.may_be_plain):
        return Answer(response(403, f"Use wss://{authority}{_without_password(request)}\n"))
    hosts.check(request.authority)
    hosts.check_origin(request.headers.get("origin"), authority, is_encrypted=here.is_encrypted)
    room = _ROOM_PATH.fullmatch(request.url.path)
    if room is not None:
        return Upgrade(guest_of(room[1], request.url.query, here.max_name_length))
    return Upgrade() if request.url.path in _IRC_PATHS else Answer(nothing_at(request))


def _without_password(request: Request) -> str:
    """Return the path and query of a request, without the password."""
    shown = [field for field in request.url.query.split("&") if field and not field.startswith("password=")]
    return "?".join((request.url.path, *(["&".join(shown)] if shown else [])))
