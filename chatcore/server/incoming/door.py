"""Tells TLS, HTTP, ssh and IRC apart by a connection's first bytes, and refuses what is not allowed.

Runs in the client's own thread, before registration. A trusted proxy may first say whose connection it is. TLS is
unwrapped and the plaintext examined again; HTTP gets responses or becomes a WebSocket; ssh leads to a terminal;
anything else is IRC. A client is not told that it is refused until here, where its protocol is known.
"""

from __future__ import annotations

from chatcore.errors import Leave
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.incoming.entered import Departure, Entered, settled
from chatcore.server.incoming.forwarded import take_proxy_header
from chatcore.server.incoming.gate import Gate
from chatcore.server.incoming.http_door import enter_by_http
from chatcore.server.incoming.prelude import skip_prelude
from chatcore.server.incoming.ssh_door import enter_by_ssh
from chatcore.server.incoming.sts import asks_for_capabilities, sts_line, sts_policy
from chatcore.transport.connection import Connection
from chatcore.transport.http import has_request_line, is_http
from chatcore.transport.ssh import is_ssh
from chatcore.transport.tls import TlsConnection

_TLS_HANDSHAKE = 0x16  # the content type of a TLS record with a handshake (RFC 8446, section 5.1)
_SILENT = Departure("Nothing was said", is_lost=True, is_told=True)
"""Browsers open connections in advance, and take anything sent on them for the answer to their first request."""
_TLS_WANTED = "This tracker wants TLS: connect with TLS (SSL) switched on, to the same port"


def enter(connection: Connection, arrival: Arrival, gate: Gate) -> Entered:
    """Find out which protocol the connection speaks, and let it in or not. Raises only StreamClosed."""
    return settled(connection, arrival, lambda: _enter_by_tcp(connection, arrival, gate))


def _enter_by_tcp(connection: Connection, arrival: Arrival, gate: Gate) -> Entered:
    data = take_proxy_header(connection, connection.recv(), arrival, gate)
    if data[:1] != bytes([_TLS_HANDSHAKE]):
        arrival.set_deadline(gate.config.limits.registration_timeout_s, "Registration timed out")
        return _enter_by_plaintext(connection, data, arrival, gate)
    refusal = arrival.admission.refusal
    if refusal is not None and not gate.reception.may_shake_hands():
        raise Leave(refusal.words)
    arrival.set_deadline(gate.config.limits.tls_handshake_timeout_s, "TLS handshake timed out")
    tls = TlsConnection(connection, gate.identity(), data)
    return settled(tls, arrival, lambda: _enter_by_tls(tls, arrival, gate))


def _enter_by_tls(tls: TlsConnection, arrival: Arrival, gate: Gate) -> Entered:
    tls.handshake()
    # If the client's TLS ended at a proxy, this TLS is the proxy's, and the client sees another certificate.
    arrival.channel_binding = None if arrival.is_encrypted else tls.end_point
    arrival.is_encrypted = True
    arrival.host_asked_for = tls.host_asked_for
    arrival.set_deadline(gate.config.limits.registration_timeout_s, "Registration timed out")
    return _enter_by_plaintext(tls, tls.recv(), arrival, gate)


def _enter_by_plaintext(connection: Connection, data: bytes, arrival: Arrival, gate: Gate) -> Entered:
    """Tell HTTP and ssh from IRC by the first bytes, `data`. Raises Leave, TransportClosed, StreamClosed."""
    while is_http(data) is None or is_ssh(data) is None:
        more = connection.recv()
        if not more:
            is_silent = not data and arrival.admission.refusal is None
            return Entered(connection, departure=_SILENT if is_silent else None)
        data += more
    if is_http(data) or has_request_line(data):
        return enter_by_http(connection, data, arrival, gate)
    if is_ssh(data):
        return enter_by_ssh(connection, data, arrival, gate)
    refusal = gate.reception.admit(arrival.client, arrival.admission) or gate.reception.bar(arrival.client)
    if refusal is not None:
        raise Leave(refusal.words)
    arrival.sts = sts_policy(arrival, gate)
    if not arrival.is_encrypted and not gate.is_plaintext_allowed(arrival.client):
        if arrival.sts and asks_for_capabilities(data):
            connection.send_all(sts_line(arrival.sts, gate.config.server_name))
        raise Leave(_TLS_WANTED)
    return Entered(connection, skip_prelude(connection, data))
