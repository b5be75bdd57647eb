"""Decides how to answer an HTTP request: the page, advice on encryption, the tracker's health, or a WebSocket.

Pure: no connection, no clock, no output. `http_door` carries the answer out.
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
_FETCH_METADATA = "sec-fetch-mode"  # browsers send it only over TLS, or to their own machine
_UNKNOWN_WAY = """\
This chat is encrypted: {where}
If you are already there, a proxy in between does not say so. It should set X-Forwarded-For and X-Forwarded-Proto,
and the tracker should trust it (trusted_proxies).
"""


class Circumstances(NamedTuple):
    """What an answer depends on besides the request."""

    port: int  # the tracker's main port
    max_name_length: int
    refusal: Refusal | None = None
    is_encrypted: bool = False  # all the way to the client, as far as is known
    is_way_known: bool = True  # False if a proxy does not say whether its side is encrypted
    may_be_plain: bool = False  # the client may connect without TLS
    is_healthy: bool = True  # messages can be logged, so they are accepted, and people can come in
    may_stay: bool = False  # the connection may serve another request


class Answer(NamedTuple):
    """A complete response. The connection is closed after it unless it `stays`."""

    response: bytes
    stays: bool = False
    counts_little: bool = False  # towards an address' limit of new connections: a page needs several such requests


class Closing(NamedTuple):
    """A WebSocket opened only to be closed with a reason: a page sees nothing else."""

    code: CloseCode
    words: str


class Metrics(NamedTuple):
    """The tracker's metrics, if the client may read them (`metrics_door`)."""


class Download(NamedTuple):
    """The single-file terminal client (`client_file`)."""


class Upgrade(NamedTuple):
    """A WebSocket, for IRC or (with a guest) for the room endpoint."""

    guest: Guest | None = None


Decision = Answer | Closing | Download | Metrics | Upgrade


def answer(request: Request, here: Circumstances, hosts: Hosts) -> Decision:
    """Return the answer to a request. Raises RequestRefused, ProtocolError."""
    is_websocket = request.method == "GET" and "websocket" in request.headers.get("upgrade", "").lower()
    if here.refusal is not None:
        return closing(here.refusal) if is_websocket else Answer(refusal_response(here.refusal))
    return _upgrade(request, here, hosts) if is_websocket else _page(request, here, hosts)


def refusal_response(refusal: Refusal) -> bytes:
    """Return the response to a refused client."""
    if refusal.is_for_good:
        return response(HTTPStatus.FORBIDDEN, f"{refusal.words}.\n")
    return response(HTTPStatus.TOO_MANY_REQUESTS, f"{refusal.words}.\n", Retry_After=str(refusal.retry_after_s))


def closing(refusal: Refusal) -> Closing:
    """Return how to close a refused client's WebSocket."""
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
    if request.url.path == _HEALTH_PATH:  # for any client and by any name: it tells nothing else
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
    """Redirect to the same address with TLS, unless the browser may already use it and a proxy removed the TLS.

    The certificate is not mentioned: an attacker who can alter plaintext could name another one.
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
