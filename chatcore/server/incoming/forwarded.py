"""Whose connection or request a proxy has forwarded. In the client's own thread, before registration."""

from __future__ import annotations

from chatcore.errors import Leave, ProtocolError
from chatcore.protocol.proxies import FORWARDED_FOR, FORWARDED_PROTO, shows_forwarding
from chatcore.protocol.proxy_header import may_be_proxy_header, parse_proxy_header
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.incoming.gate import Gate
from chatcore.transport.connection import Connection
from chatcore.transport.http import Request

_NOT_TRUSTED = (
    "{host} passes on requests of others, and what it says of them ({header}) is not believed. If it is a proxy of "
    'yours, and only then, set trusted_proxies = ["{host}"] (--trusted-proxy {host}).'
)
_NOT_KNOWN = "The requests that {host} passes on do not say for whom: it should set X-Forwarded-For."


def take_proxy_header(connection: Connection, data: bytes, arrival: Arrival, gate: Gate) -> bytes:
    """Remove a trusted proxy's header from a connection's first bytes; return the rest.

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
    """Count the client by the address the proxy gave, unless that is another proxy, with more to say."""
    client, reception = arrival.client, gate.reception
    refusal = reception.admit(client, arrival.admission) if client.host not in reception.proxies else None
    if refusal is None:
        return
    if not reception.may_be_answered(client, arrival.admission):
        raise Leave(refusal.words)
    arrival.set_deadline(gate.config.limits.first_byte_timeout_s, "")


class Bearings:
    """What is known of a connection itself, to which each of its requests goes back: the next is another person's.

    But a proxy's remains one: a request that says of nobody whose it is has been passed on as well.
    """

    __slots__ = ("_channel_binding", "_host", "_is_encrypted", "_port", "are_taken")

    def __init__(self, arrival: Arrival) -> None:
        self._host, self._port = arrival.client.host, arrival.client.port
        self._is_encrypted = arrival.is_encrypted
        self._channel_binding = arrival.channel_binding
        self.are_taken = False  # a request has been through

    def restore(self, arrival: Arrival) -> bool:
        """Forget what the last request said; return whether there was none."""
        if not self.are_taken:
            self.are_taken = True
            return True
        arrival.client.take_address(self._host, self._port, is_forwarded=arrival.is_passed_on)
        arrival.is_encrypted = self._is_encrypted
        arrival.channel_binding = self._channel_binding
        return False


def take_forwarded(arrival: Arrival, request: Request, gate: Gate) -> bool:
    """Take the address that a trusted proxy gives; behind any other proxy the client is somebody unknown.

    If the proxy gives no port its own is used, so that ip:port still names one connection. Return whether it is known
    if the person's connection is encrypted.
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
