"""Looking for chats in the networks that this machine is in (protocol.nearby): what is heard, and made harmless.

It needs zeroconf; without that nothing is found. A thread of its own loads it and looks, so that nobody waits; another
one, of zeroconf, tells what is heard. Whatever that is has been said by strangers.
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
"""After so much it does not listen any more: no network has so many chats."""

_MOST_ADDRESSES = 16  # of one service
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Found(NamedTuple):
    """A tracker, as somebody has announced it. Nothing of it is proven."""

    pin: str
    port: int
    hosts: tuple[str, ...]
    """Where it can be reached from here, the best first; at least one."""


class Nearby:
    """Looks for trackers while it is entered."""

    def __init__(self, tell: Callable[[Found], None]) -> None:
        """`tell` is given what is found, in a thread of zeroconf's; perhaps once more just after the end."""
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
        if self._over.is_set() or state_change.name == "Removed":  # what has a number keeps it
            return
        self._heard_left -= 1
        if self._heard_left == 0:
            self._over.set()
        with suppress(Exception):  # whatever it is that strangers have the library choke on
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
    """Return those addresses at which a machine beside us can be: in one of our networks, or of a link that is known.

    IPv4 comes first, and last what holds for one link only.
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
    """Return an address of a link with the interface's name in place of its number, which is another one tomorrow.

    Windows knows numbers only.
    """
    scope = address.scope_id or ""
    with suppress(OSError):
        if sys.platform != "win32" and scope.isascii() and scope.isdigit():
            scope = socket.if_indextoname(int(scope))
    return ipaddress.IPv6Address(f"{str(address).partition('%')[0]}%{scope}")


def _networks_of(own: Iterable[OwnAddress]) -> list[_Network]:
    """Return the networks that these addresses are in."""
    import ifaddr  # comes with zeroconf

    texts = {one.text for one in own}
    known = [
        (ip.ip if isinstance(ip.ip, str) else ip.ip[0], ip.network_prefix)
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
    ]
    return [ipaddress.ip_network(f"{text}/{bits}", strict=False) for text, bits in known if text in texts]
