"""Whose an HTTP request is that a proxy has passed on. In the client's own thread, once for each request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatcore.protocol.proxies import FORWARDED_FOR, FORWARDED_PROTO, FORWARDING_HEADERS
from chatcore.transport.http import Request

if TYPE_CHECKING:
    from chatcore.server.visit import Visit

_NOT_TRUSTED = (
    "{host} passes on requests of others, and what it says of them ({header}) is not believed. If it is a proxy of "
    'yours, and only then, set trusted_proxies = ["{host}"] (--trusted-proxy {host}).'
)
_NOT_KNOWN = "The requests that {host} passes on do not say for whom: it should set X-Forwarded-For."


def take_forwarded(visit: Visit, request: Request) -> None:
    """Have the client be who the proxy says it is, if the proxy is trusted; else it is somebody unknown.

    Where the proxy does not tell a port its own is taken, so that ip:port names one connection all the same.
    """
    forwarding = [name for name in FORWARDING_HEADERS if name in request.headers]
    if not forwarding:
        return
    visit.is_passed_on = True
    client = visit.client
    host, proxies = client.host, visit.tracker.reception.proxies
    if host not in proxies:
        client.take_address(host, client.port, is_forwarded=True)
        visit.tracker.tell_of_proxy(host, _NOT_TRUSTED.format(host=host, header=forwarding[0]))
        return
    said = proxies.whose(host, request.headers.get(FORWARDED_FOR, ""), request.headers.get(FORWARDED_PROTO, ""))
    client.take_address(said.host, said.port or client.port, is_forwarded=not said.is_known)
    if not said.is_known:
        visit.tracker.tell_of_proxy(host, _NOT_KNOWN.format(host=host))
    if said.is_encrypted is not None:
        visit.is_encrypted = said.is_encrypted
    visit.channel_binding = None  # the TLS here, if any, is the proxy's
