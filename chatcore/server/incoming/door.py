"""What a connection is, by its first bytes: TLS, HTTP or IRC, and whether it may be that.

Runs in the client's own thread, before registration. A trusted proxy may first say whose connection it is. TLS is
unpacked and the plaintext looked at again; HTTP gets one response, or becomes a WebSocket; anything else is IRC. Who
is refused is told so only here, where it is clear how.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatcore.errors import Leave, ProtocolError
from chatcore.protocol.proxy_header import may_be_proxy_header, parse_proxy_header
from chatcore.server.incoming.http_answers import answer_http, is_plaintext_allowed
from chatcore.transport.http import has_request_line, is_http
from chatcore.transport.tcp import TcpConnection
from chatcore.transport.tls import TlsConnection

if TYPE_CHECKING:
    from chatcore.server.visit import Visit

_TLS_HANDSHAKE = 0x16  # the content type of a TLS record with a handshake (RFC 8446, section 5.1)
_BOM = b"\xef\xbb\xbf"
_IAC = b"\xff"
# A byte order mark, and telnet's negotiation (RFC 854): IAC and two bytes, unasked some ten of them. Nobody answers.
_PRELUDE = re.compile(rb"(?:\xef\xbb\xbf|\xff..){0,64}", re.DOTALL)
_TLS_WANTED = "This tracker wants TLS: connect with TLS (SSL) switched on, to the same port"


def enter(visit: Visit) -> bytes:
    """Find out what the connection is; return the first bytes of IRC, b'' when the peer closed.

    Raises Leave when it is turned away or was HTTP, TransportClosed when it broke.
    """
    data = _take_proxy_header(visit, visit.connection.recv())
    if data[:1] == bytes([_TLS_HANDSHAKE]):
        data = _unpack_tls(visit, data)
    else:
        visit.set_deadline(visit.limits.registration_timeout_s, "Registration timed out")
    while is_http(data) is None:
        more = visit.connection.recv()
        if not more:
            return b""
        data += more
    if is_http(data) or has_request_line(data):
        return _skip_prelude(visit, answer_http(visit, data))
    refusal = visit.admit()
    if refusal is not None:
        raise Leave(refusal.words)
    if not visit.is_encrypted and not is_plaintext_allowed(visit):
        raise Leave(_TLS_WANTED)
    return _skip_prelude(visit, data)


def _unpack_tls(visit: Visit, data: bytes) -> bytes:
    """Shake hands, which begins with `data`; return the first bytes of plaintext. Raises Leave, TransportClosed."""
    if visit.admission.refusal is not None and not visit.tracker.reception.may_shake_hands():
        raise Leave(visit.admission.refusal.words)
    visit.set_deadline(visit.limits.tls_handshake_timeout_s, "TLS handshake timed out")
    assert isinstance(visit.connection, TcpConnection)
    tls = TlsConnection(visit.connection, visit.tracker.tls_identity, data)
    visit.connection = tls
    tls.handshake()
    # Where the client's TLS ends at the proxy, this is the proxy's: the client sees another certificate.
    visit.channel_binding = None if visit.is_encrypted else tls.end_point
    visit.is_encrypted = True
    visit.set_deadline(visit.limits.registration_timeout_s, "Registration timed out")
    return tls.recv()


def _skip_prelude(visit: Visit, data: bytes) -> bytes:
    """Return the first bytes of IRC, b'' when the peer closed: not what editors and telnet say before them."""
    while data:
        skipped = _PRELUDE.match(data)
        rest = data[skipped.end() :] if skipped else data
        if rest and not _is_cut_short(rest):
            return rest
        more = visit.connection.recv()
        if not more:
            break
        data += more
    return b""


def _is_cut_short(rest: bytes) -> bool:
    return len(rest) < len(_BOM) and (rest[:1] == _IAC or _BOM.startswith(rest))


def _take_proxy_header(visit: Visit, data: bytes) -> bytes:
    """Take what a trusted proxy says first of a connection off its first bytes; return those after it."""
    if visit.client.host not in visit.tracker.reception.proxies:
        return data
    while data and may_be_proxy_header(data):
        try:
            parsed = parse_proxy_header(data)
        except ProtocolError as error:
            raise Leave(f"The proxy sent {error}") from error
        if parsed is not None:
            header, rest = parsed
            if header.source is not None:
                visit.client.take_address(*header.source)
                visit.is_encrypted = header.is_encrypted
                _admit_behind_proxy(visit)
            return rest or visit.connection.recv()
        more = visit.connection.recv()
        if not more:
            return b""
        data += more
    return data


def _admit_behind_proxy(visit: Visit) -> None:
    """Count the client by the address that the proxy has said, unless that is a proxy too, with more to say."""
    reception = visit.tracker.reception
    refusal = visit.admit() if visit.client.host not in reception.proxies else None
    if refusal is None:
        return
    if not reception.may_be_answered(visit.client, visit.admission):
        raise Leave(refusal.words)
    visit.set_deadline(visit.limits.first_byte_timeout_s, "")
