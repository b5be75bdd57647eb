"""What a connection is, by its first bytes: TLS, HTTP or IRC, and whether it may be that.

Runs in the client's own thread, before registration. TLS is unpacked and the plaintext looked at again; HTTP gets one
response, or becomes a WebSocket; anything else is IRC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatcore.commands.context import Leave
from chatcore.server.http_answers import answer_http, is_plaintext_allowed
from chatcore.transport.http import has_request_line, is_http
from chatcore.transport.tcp import TcpConnection
from chatcore.transport.tls import TlsConnection

if TYPE_CHECKING:
    from chatcore.server.visit import Visit

_TLS_HANDSHAKE = 0x16  # the content type of a TLS record with a handshake (RFC 8446, section 5.1)
_TLS_WANTED = "This tracker wants TLS: connect with TLS (SSL) switched on, to the same port"


def enter(visit: Visit) -> bytes:
    """Find out what the connection is; return the first bytes of IRC, b'' when the peer closed.

    Raises Leave when it is turned away or was HTTP, TransportClosed when it broke.
    """
    data = visit.connection.recv()
    if data[:1] == bytes([_TLS_HANDSHAKE]):
        visit.set_deadline(visit.limits.tls_handshake_timeout_s, "TLS handshake timed out")
        assert isinstance(visit.connection, TcpConnection)
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
    if is_http(data) or has_request_line(data):
        return answer_http(visit, data)
    if not visit.is_encrypted and not is_plaintext_allowed(visit):
        raise Leave(_TLS_WANTED)
    return data
