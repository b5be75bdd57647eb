"""Finds out on whose behalf a proxy forwards a connection or request. The client's own thread, before registration."""

from __future__ import annotations

from chatcore.errors import Leave, ProtocolError
from chatcore.protocol.proxies import FORWARDED_FOR, FORWARDED_PROTO, shows_forwarding
from chatcore.protocol.proxy_header import may_be_proxy_header, parse_proxy_header
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.incoming.gate import Gate
from chatcore.transport.connection import Connection
from chatcore.transport.http import Request

_NOT_TRUSTED = (
    "{host} forwards requests for others, but its {header} header is not trusted. If it is your own proxy, and only "
    'then, set trusted_proxies = ["{host}"] (--trusted-proxy {host}).'
)
_NOT_KNOWN = "{host} forwards requests without saying whose they are: it should set X-Forwarded-For."


def take_proxy_header(connection: Connection, data: bytes, arrival: Arrival, gate: Gate) -> bytes:
    """Strip a trusted proxy's PROXY header from a connection's first bytes; return the rest.

    Raises Leave, TransportClosed.
    """
    if arrival.client.host not in gate.reception.proxies:
        return data
    while data and may_be_proxy_header(data):
        try:
            parsed = parse_proxy_header(data)
        except ProtocolError as error:
            raise Leave(f"The proxy sent {error}") from error
        if parsed is not None:
            header, rest = parsed
            if header.source is not None:
                arrival.client.take_address(*header.source)
                arrival.is_encrypted = header.is_encrypted
                _admit_behind_proxy(arrival, gate)
            return rest or connection.recv()
        more = connection.recv()
        if not more:
            return b""
        data += more
    return data


def _admit_behind_proxy(arrival: Arrival, gate: Gate) -> None:
    """Count the client by the address the proxy gave, unless that is another trusted proxy's."""
    client, reception = arrival.client, gate.reception
    refusal = reception.admit(client, arrival.admission) if client.host not in reception.proxies else None
    if refusal is None:
        return
    if not reception.may_be_answered(client, arrival.admission):
        raise Leave(refusal.words)
    arrival.set_deadline(gate.config.limits.first_byte_timeout_s, "")


class Bearings:
    """What is known about a connection itself, restored before each request: the next one may be another person's.

    A connection that was once seen to be a proxy's stays one: later requests without a forwarding header are forwarded
    too.
    """

    __slots__ = ("_channel_binding", "_host", "_is_encrypted", "_port", "are_taken")

    def __init__(self, arrival: Arrival) -> None:
        self._host, self._port = arrival.client.host, arrival.client.port
        self._is_encrypted = arrival.is_encrypted
        self._channel_binding = arrival.channel_binding
        self.are_taken = False  # whether a request has been handled

    def restore(self, arrival: Arrival) -> bool:
        """Forget what the last request said; return whether this is the first request."""
        if not self.are_taken:
            self.are_taken = True
            return True
        arrival.client.take_address(self._host, self._port, is_forwarded=arrival.is_passed_on)
        arrival.is_encrypted = self._is_encrypted
        arrival.channel_binding = self._channel_binding
        return False


def take_forwarded(arrival: Arrival, request: Request, gate: Gate) -> bool:
    """Take the client's address from a trusted proxy; behind any other proxy the client counts as unknown.

    If the proxy gives no port, the proxy's own is used, so that ip:port still names one connection. Return whether it
    is known if the client's connection is encrypted.
    """
    forwarding = list(filter(shows_forwarding, request.headers))
    if not forwarding:
        return not arrival.is_passed_on
    arrival.is_passed_on = True
    client, proxies = arrival.client, gate.reception.proxies
    host = client.host
    if host not in proxies:
        client.take_address(host, client.port, is_forwarded=True)
        gate.tell_of_proxy(host, _NOT_TRUSTED.format(host=host, header=forwarding[0]))
        return False
    said = proxies.whose(host, request.headers.get(FORWARDED_FOR, ""), request.headers.get(FORWARDED_PROTO, ""))
    client.take_address(said.host, said.port or client.port, is_forwarded=not said.is_known)
    if not said.is_known:
        gate.tell_of_proxy(host, _NOT_KNOWN.format(host=host))
    if said.is_encrypted is not None:
        arrival.is_encrypted = said.is_encrypted
    arrival.channel_binding = None  # any TLS here is the proxy's
    return said.is_encrypted is not None
