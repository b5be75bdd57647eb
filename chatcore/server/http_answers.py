"""What HTTP requests get: the page, a word on encryption, or a WebSocket. One response, and the connection is closed.

Runs in the client's own thread, before registration.
"""

from __future__ import annotations

import hashlib
import html
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

from chatcore import web
from chatcore.commands.context import Leave
from chatcore.errors import ProtocolError
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.names import channel_problem, is_loopback, nick_problem, printable_host, user_ident
from chatcore.transport.http import MAX_HEAD_BYTES, Request, parse_request, parse_url, response
from chatcore.transport.websocket import Entrance, RoomTextConnection, WebSocketConnection, make_protocol

if TYPE_CHECKING:
    from chatcore.server.visit import Visit

_NOT_FOUND = b"HTTP/1.1 404"
_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
_ROOM_PATH = re.compile(r"/ws/chat/([^/]+)/?")
_IRC_PATHS = ("/", "/irc", "/ws")
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


_FILES = {
    file.name: file.read_text(encoding="utf-8") for file in Path(web.__file__).parent.iterdir() if file.suffix in _TYPES
}
"""Read once: a request finds the page even when there is no descriptor left."""
_TAGS = {name: f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"' for name, text in _FILES.items()}


class Answered(Leave):
    """The connection was HTTP and has had its one response."""


def is_plaintext_allowed(visit: Visit) -> bool:
    """Tell whether the configuration lets this peer speak without TLS."""
    policy = visit.tracker.config.plaintext
    return policy == "anywhere" or (policy == "loopback" and is_loopback(visit.client.host))


def answer_http(visit: Visit, data: bytes) -> bytes:
    """Answer the request that begins with `data`.

    Returns the first bytes of IRC when it became a WebSocket; otherwise raises Answered. Raises TransportClosed.
    """
    head, rest = _read_head(visit, data)
    try:
        request = parse_request(head)
        if request.headers.get("upgrade", "").lower() == "websocket":
            return _upgrade(visit, request, head + b"\r\n\r\n", rest)
        page = _page(visit, request)
    except ProtocolError as error:
        raise _answered(visit, response(400, f"{error}\n")) from error
    raise _answered(visit, page)


def _answered(visit: Visit, whole: bytes) -> Answered:
    visit.connection.send_all(whole)
    return Answered("HTTP")


def _read_head(visit: Visit, data: bytes) -> tuple[bytes, bytes]:
    """Return the request's head without its empty line, and what came after it."""
    while True:
        head, end, rest = data.partition(b"\r\n\r\n")
        if len(head) > MAX_HEAD_BYTES:
            raise _answered(visit, response(431, "The request's head is too large.\n"))
        if end:
            return head, rest
        more = visit.connection.recv()
        if not more:
            raise _answered(visit, response(408, "The request did not come to an end.\n"))
        data += more


def _authority(visit: Visit, request: Request) -> str:
    """Return the host and port that the client used, as far as it can be believed to be one."""
    host = request.headers.get("host", "")
    return host if _HOST.fullmatch(host) else f"localhost:{visit.tracker.port}"


def _page(visit: Visit, request: Request) -> bytes:
    if request.method not in ("GET", "HEAD"):
        return response(405, "Only GET and HEAD.\n", Allow="GET, HEAD")
    authority = _authority(visit, request)
    if not (visit.is_encrypted or is_plaintext_allowed(visit)):
        whole = _warning(visit, authority)
    else:
        whole = _file(request, authority)
        if not whole.startswith(_NOT_FOUND):
            visit.tracker.note_page(visit.client)
    return whole if request.method == "GET" else whole[: whole.index(b"\r\n\r\n") + 4]


def _warning(visit: Visit, authority: str) -> bytes:
    fingerprint = visit.tracker.tls_identity.fingerprint
    page = _WARNING_PAGE.format(
        authority=html.escape(authority),
        name=html.escape(visit.tracker.config.server_name),
        fingerprint=" ".join(fingerprint[start : start + 4] for start in range(0, len(fingerprint), 4)),
    )
    return response(200, page, content_type=_TYPES[".html"], Content_Security_Policy="default-src 'none'")


def _file(request: Request, authority: str) -> bytes:
    """Return one of the page's files, or that the browser has it; there are only those that lie beside the page."""
    name = request.url.path.removeprefix("/") or "index.html"
    if name not in _FILES:
        return response(404, "There is nothing at this address.\n")
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; manifest-src 'self'; "
        f"connect-src 'self' ws://{authority} wss://{authority}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    is_known = _TAGS[name] in request.headers.get("if-none-match", "")
    return response(
        304 if is_known else 200,
        "" if is_known else _FILES[name],
        content_type=_TYPES[Path(name).suffix],
        Content_Security_Policy=policy,
        Cache_Control="no-cache",
        ETag=_TAGS[name],
    )


def _without_password(request: Request) -> str:
    """Return the path and query that were asked for, as what one may show."""
    shown = [field for field in request.url.query.split("&") if field and not field.startswith("password=")]
    return "?".join((request.url.path, *(["&".join(shown)] if shown else [])))


def _upgrade(visit: Visit, request: Request, head: bytes, rest: bytes) -> bytes:
    """Make the connection a WebSocket; return the first bytes of IRC from it. `rest` are frames that came already."""
    authority = _authority(visit, request)
    if not (visit.is_encrypted or is_plaintext_allowed(visit)):
        raise _answered(visit, response(403, f"Use wss://{authority}{_without_password(request)}\n"))
    if not _is_origin_allowed(visit, request, authority):
        raise _answered(visit, response(403, "Pages of another site may not use this tracker.\n"))
    room = _ROOM_PATH.fullmatch(request.url.path)
    if room is None and request.url.path not in _IRC_PATHS:
        raise _answered(visit, response(404, "There is nothing at this address.\n"))
    entrance = _check_guest(visit, room[1], request.url.query) if room else None
    protocol = make_protocol()
    protocol.receive_data(head)
    shaken = protocol.events_received()
    if not shaken or protocol.handshake_exc is not None:
        raise _answered(visit, response(400, "That is no WebSocket handshake.\n"))
    accepted = protocol.accept(shaken[0])  # type: ignore[arg-type]
    if accepted.status_code != 101:
        raise _answered(visit, accepted.serialize())
    protocol.send_response(accepted)
    visit.connection.send_all(b"".join(protocol.data_to_send()))
    protocol.receive_data(rest)
    client = visit.client
    if entrance is None:
        visit.connection = WebSocketConnection(visit.connection, protocol, lambda: client.is_registered)
    else:
        visit.connection = RoomTextConnection(visit.connection, protocol, lambda: client.is_registered, entrance)
    return visit.connection.recv()


def _is_origin_allowed(visit: Visit, request: Request, authority: str) -> bool:
    """Tell whether the page that opens the WebSocket may: ours, one that is configured, or no page at all."""
    origin = request.headers.get("origin")
    if origin is None or origin in visit.tracker.config.web_origins or "*" in visit.tracker.config.web_origins:
        return True
    return parse_url(origin).netloc == authority


def _check_guest(visit: Visit, room: str, query: str) -> Entrance:
    """Return how a guest of the room endpoint comes in. Raises Answered when it cannot."""
    try:
        asked = parse_qs(query, errors="strict")
        channel = "#" + unquote(room, errors="strict").removeprefix("#")
    except ValueError as error:
        raise _answered(visit, response(400, "That address is not UTF-8.\n")) from error
    nick = asked.get("nickname", [""])[0]
    tracker = visit.tracker
    host = visit.client.host
    if not nick:
        raise _answered(visit, response(400, "No nickname specified."))
    problem = nick_problem(nick, tracker.config.max_name_length) or channel_problem(channel)
    if problem:
        raise _answered(visit, response(400, f"{problem}.\n"))
    password = asked.get("password", [""])[0]
    _check_admission(visit, nick, password)
    registration = ["CAP REQ :echo-message", f"NICK {nick}", f"USER {nick} 0 * :{nick}", "CAP END"]
    if tracker.keys.needs_password:
        registration.insert(0, f"PASS :{password}")
    relayed = f":{nick}!{user_ident(nick)}@{printable_host(host)} PRIVMSG {channel} :"
    return Entrance(
        channel,
        "".join(line + "\r\n" for line in registration).encode(),
        MAX_BODY_BYTES - len(relayed.encode()),
    )


def _check_admission(visit: Visit, nick: str, password: str) -> None:
    """Raise Answered when the password is wrong, or the nick somebody else's or banned."""
    tracker = visit.tracker
    if tracker.keys.needs_password and not tracker.keys.is_password(password):
        visit.client.credit.pause(tracker.note_failure(visit.client))
        tracker.note_refused(nick, visit.client, "wrong or missing password")
        raise _answered(visit, response(401, "Wrong or missing password.\n", WWW_Authenticate="chatcore"))
    banned = tracker.ban_on(nick, visit.client.host)
    if banned:
        tracker.note_refused(nick, visit.client, "banned")
        raise _answered(visit, response(403, f"{banned}.\n"))
    holder = tracker.registry.client(nick)
    if holder is not None:
        tracker.probe(holder)
    if holder is not None or tracker.keys.account(nick) is not None:
        raise _answered(visit, response(409, "That nickname is taken.\n"))


_WARNING_PAGE = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{name}</title>
<h1>This chat is encrypted</h1>
<p>Go to <a href="https://{authority}/">https://{authority}/</a>.</p>
<p>Your browser will warn you that it does not know the tracker's certificate: the tracker made it itself. Before you go
on, look at the certificate's SHA-256 fingerprint. It must be the one that the tracker's operator sees:</p>
<p><code>{fingerprint}</code></p>
<p>If it is another one, somebody is between you and the tracker: do not go on.</p>
</html>
"""
