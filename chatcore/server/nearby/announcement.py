"""What is announced on the network about this tracker: addresses, port, and through which interfaces. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chatcore.protocol.names import format_address
from chatcore.transport.own_addresses import OwnAddress, Reach, multicast_interfaces

_EVERY = {"0.0.0.0": 4, "::": 6}


@dataclass(frozen=True, slots=True)
class Announcement:
    """One service to announce. `pin` is the SHA-256 of the tracker's public key."""

    pin: str
    port: int
    addresses: tuple[str, ...]
    interfaces: tuple[str | int, ...]
    """The interfaces to announce it on: an IPv4 address of each, and the index of each that has IPv6."""

    @property
    def places(self) -> list[str]:
        """Return the addresses with the port."""
        return [format_address(address, self.port) for address in self.addresses]


def announcement(
    pin: str,
    bound: Iterable[tuple[str, int]],
    own: Sequence[OwnAddress],
    used: Iterable[str],
    indexes: Mapping[str, int],
) -> Announcement | None:
    """Return what to announce; None if nobody on a network can reach the tracker.

    `bound` is where it listens, the main place first; the first port that others can reach is announced. `own` are the
    machine's addresses with multicast, `used` those that other machines use, `indexes` the interfaces by name. Nothing
    is announced to containers and VPNs, unless the tracker listens on a specific address there.
    """
    reached = [(port, one) for host, port in bound for one in _reached(host, own, set(used))]
    if not reached:
        return None
    main_port = reached[0][0]
    told = list(dict.fromkeys(one for port, one in reached if port == main_port))
    told.sort(key=lambda one: ":" in one.text)
    return Announcement(pin, main_port, tuple(one.text for one in told), multicast_interfaces(told, indexes))


def _reached(host: str, own: Sequence[OwnAddress], used: set[str]) -> Iterator[OwnAddress]:
    """Yield our addresses at which other machines reach a socket that listens at `host`.

    An interface has many IPv6 addresses, which change from day to day: only the link-local one and those in use count.
    """
    family = _EVERY.get(host)
    if family is None:
        listening = ipaddress.ip_address(host.partition("%")[0])
        yield from (one for one in own if ipaddress.ip_address(one.text) == listening)
        return
    for one in own:
        address = ipaddress.ip_address(one.text)
        is_steady = family == 4 or address.is_link_local or one.text in used
        if address.version == family and one.reach is Reach.NETWORK and is_steady:
            yield one
