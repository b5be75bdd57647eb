"""Looking for chats announced on this machine's networks (protocol.nearby).

This needs zeroconf; without it, nothing is found. One thread loads zeroconf and looks, so that nobody waits for it;
another one, zeroconf's own, reports what it hears. Announcements come from strangers and are treated as hostile.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Self

from chatcore.protocol.nearby import SERVICE_TYPE, pin_in
from chatcore.transport.own_addresses import (
    OwnAddress,
    Reach,
    interface_indexes,
    multicast_addresses,
    multicast_interfaces,
)

if TYPE_CHECKING:
    from zeroconf import ServiceStateChange, Zeroconf

MOST_HEARD = 500
"""It stops listening after this many announcements: no network has more chats."""

_MOST_ADDRESSES = 16  # per service
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Found(NamedTuple):
    """A tracker as announced by somebody. Nothing about it is proven."""

    pin: str
    port: int
    hosts: tuple[str, ...]
    """Addresses that can be reached from here, best first; at least one."""


class Nearby:
    """Looks for trackers within a `with` block."""

    def __init__(self, tell: Callable[[Found], None]) -> None:
        """`tell` is given each tracker found, in zeroconf's thread; perhaps once more just after the end."""
        self._tell = tell
        self._over = threading.Event()
        self._heard_left = MOST_HEARD
        self._networks: list[_Network] = []
        self.thread = threading.Thread(target=self._look, name="nearby", daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _look(self) -> None:
        try:
            import zeroconf  # takes a tenth of a second
        except ImportError:
            return
        own = [one for one in multicast_addresses() if one.reach is not Reach.CONTAINERS]
        interfaces = list(multicast_interfaces(own, interface_indexes()))
        if not interfaces:
            return
        self._networks = _networks_of(own)
        with suppress(OSError, RuntimeError, zeroconf.Error), zeroconf.Zeroconf(interfaces=interfaces) as network:
            if network.loop is not None:
                network.loop.set_exception_handler(lambda *_: None)  # it would print to the person's terminal
            browser = zeroconf.ServiceBrowser(network, SERVICE_TYPE, handlers=[self._hear])
            self._over.wait()
            browser.cancel()

    def _hear(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        if self._over.is_set() or state_change.name == "Removed":  # an offer that has a number keeps it
            return
        self._heard_left -= 1
        if self._heard_left == 0:
            self._over.set()
        with suppress(Exception):  # strangers may make the library raise anything
            found = self._understood(zeroconf, service_type, name)
            if found is not None:
                self._tell(found)

    def _understood(self, network: Zeroconf, service_type: str, name: str) -> Found | None:
        from zeroconf import ServiceInfo

        info = ServiceInfo(service_type, name)
        if not info.load_from_cache(network):
            return None
        pin, hosts = pin_in(info.properties), usable(info.parsed_scoped_addresses(), self._networks)
        return Found(pin, info.port, hosts) if pin and hosts and info.port else None


def usable(addresses: Sequence[str], networks: Iterable[_Network]) -> tuple[str, ...]:
    """Return the addresses that can be reached from here: those in our networks, and link-local ones with a known link.

    IPv4 comes first, link-local addresses last.
    """
    found: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = []
    for text in addresses[:_MOST_ADDRESSES]:
        with suppress(ValueError):
            address = ipaddress.ip_address(text)
            if isinstance(address, ipaddress.IPv6Address) and address.is_link_local:
                found += [_by_name(address)] if address.scope_id else []
            elif any(address in network for network in networks):
                found.append(address)
    found.sort(key=lambda address: (address.is_link_local, address.version, int(address)))
    return tuple(dict.fromkeys(map(str, found)))


def _by_name(address: ipaddress.IPv6Address) -> ipaddress.IPv6Address:
    """Return a link-local address with the interface's name instead of its number, which changes over time.

    Windows knows only numbers.
    """
    scope = address.scope_id or ""
    with suppress(OSError):
        if sys.platform != "win32" and scope.isascii() and scope.isdigit():
            scope = socket.if_indextoname(int(scope))
    return ipaddress.IPv6Address(f"{str(address).partition('%')[0]}%{scope}")


def _networks_of(own: Iterable[OwnAddress]) -> list[_Network]:
    """Return the networks of these addresses."""
    import ifaddr  # comes with zeroconf

    texts = {one.text for one in own}
    known = [
        (ip.ip if isinstance(ip.ip, str) else ip.ip[0], ip.network_prefix)
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
    ]
    return [ipaddress.ip_network(f"{text}/{bits}", strict=False) for text, bits in known if text in texts]
