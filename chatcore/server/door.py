"""What a connection is, by its first bytes: TLS, HTTP or IRC, and whether it may be that.

Runs in the client's own thread, before registration. TLS is unpacked and the plaintext looked at again; HTTP gets one
response; anything else is IRC.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from chatcore.commands.context import Leave
from chatcore.errors import ProtocolError, TransportClosed
from chatcore.protocol.names import is_loopback
from chatcore.transport.http import MAX_HEAD_BYTES, Request, is_http, parse_request, response
from chatcore.transport.tls import TlsConnection

if TYPE_CHECKING:
    from chatcore.server.visit import Visit

_TLS_HANDSHAKE = 0x16  # the content type of a TLS record with a handshake (RFC 8446, section 5.1)
_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
_TLS_WANTED = "This tracker wants TLS: connect with TLS (SSL) switched on, to the same port"


class Answered(Leave):
    """The connection was HTTP and has had its one response."""


def enter(visit: Visit) -> bytes:
    """Find out what the connection is; return the first bytes of IRC, b'' when the peer closed.

    Raises Leave when it is turned away or was HTTP, TransportClosed when it broke.
    """
    data = visit.connection.recv()
    if data[:1] == bytes([_TLS_HANDSHAKE]):
        visit.set_deadline(visit.limits.tls_handshake_timeout_s, "TLS handshake timed out")
        tls = TlsConnection(visit.connection, visit.tracker.tls_identity, data)
        visit.connection = tls
        tls.handshake()
        visit.channel_binding = tls.end_point
        visit.set_deadline(visit.limits.registration_timeout_s, "Registration timed out")
        data = tls.recv()
    else:
        visit.set_deadline(visit.limits.registration_timeout_s, "Registration timed out")
    while is_http(data) is None:
        more = visit.connection.recv()
        if not more:
            return b""
        data += more
    if is_http(data):
        visit.connection.send_all(_answer(visit, data))
        raise Answered("HTTP")
    if not visit.is_encrypted and not is_plaintext_allowed(visit):
        raise Leave(_TLS_WANTED)
    return data


def is_plaintext_allowed(visit: Visit) -> bool:
    """Tell whether the configuration lets this peer speak without TLS."""
    policy = visit.tracker.config.plaintext
    return policy == "anywhere" or (policy == "loopback" and is_loopback(visit.client.host))


def _answer(visit: Visit, data: bytes) -> bytes:
    """Read the rest of a request's head and return the response to it."""
    while b"\r\n\r\n" not in data:
        if len(data) > MAX_HEAD_BYTES:
            return response(431, "The request's head is too large.\n")
        more = visit.connection.recv()
        if not more:
            raise TransportClosed("the request was not finished")
        data += more
    try:
        request = parse_request(data.partition(b"\r\n\r\n")[0])
    except ProtocolError as error:
        return response(400, f"{error}\n")
    return _route(visit, request)


def _route(visit: Visit, request: Request) -> bytes:
    host = request.headers.get("host", "")
    authority = host if _HOST.fullmatch(host) else f"localhost:{visit.tracker.port}"
    secure = visit.is_encrypted or is_plaintext_allowed(visit)
    if request.headers.get("upgrade", "").lower() == "websocket":
        if not secure:
            return response(403, f"Use wss://{authority}{request.target}\n")
        return response(501, "WebSocket is not spoken here yet.\n")
    if request.method not in ("GET", "HEAD"):
        return response(405, "Only GET and HEAD.\n", Allow="GET, HEAD")
    if request.target != "/":
        return response(404, "There is nothing at this address.\n")
    body = _WELCOME_PAGE if secure else _WARNING_PAGE
    page = body.format(
        authority=html.escape(authority),
        name=html.escape(visit.tracker.config.server_name),
        fingerprint=_in_groups(visit.tracker.tls_identity.fingerprint),
        port=visit.tracker.port,
    )
    whole = response(200, page, content_type="text/html; charset=utf-8", Content_Security_Policy="default-src 'none'")
    return whole if request.method == "GET" else whole[: whole.index(b"\r\n\r\n") + 4]


def _in_groups(fingerprint: str) -> str:
    return " ".join(fingerprint[start : start + 4] for start in range(0, len(fingerprint), 4))


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

_WELCOME_PAGE = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{name}</title>
<h1>A chatcore tracker</h1>
<p>Join with <code>python client.py {authority}</code>, or with any IRC client: port {port}, TLS on.</p>
<p>The certificate's SHA-256 fingerprint is <code>{fingerprint}</code></p>
</html>
"""
