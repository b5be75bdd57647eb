"""The links under which people come to this tracker, for those who are to be told one."""

from __future__ import annotations

from chatcore.config import Config
from chatcore.protocol.invitations import Invitation, Link
from chatcore.protocol.names import format_address, is_loopback, parse_address
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.transport.listening import addresses_for_others

_HTTPS_PORT = 443


def places(config: Config, port: int) -> list[tuple[str, int]]:
    """Return host and port of every place to come in, the main one first. `port` is the actual one."""
    more = [where.rpartition(":") for where in config.listen]
    listening = [(config.host, port), *((host, int(number)) for host, _, number in more if int(number))]
    return list(
        dict.fromkeys((address, number) for host, number in listening for address in addresses_for_others(host))
    )


def links(
    config: Config, port: int, invitation: Invitation | None = None, room: str = "", room_key: str = ""
) -> list[Link]:
    """Return a link for each place, the main one first; names for browsers come before addresses.

    Behind a proxy that names the tracker, its port is the one of https.
    """
    named_port = _HTTPS_PORT if config.trusted_proxies else port
    where = [*((name, named_port) for name in config.web_hosts), *places(config, port)]
    return [Link(host, number, room, invitation, room_key) for host, number in where]


def direct_link(
    config: Config, port: int, invitation: Invitation | None = None, room: str = "", room_key: str = ""
) -> Link | None:
    """Return a link for programs whom a proxy of browsers does not lead here; None if nothing else does."""
    host, number = places(config, port)[0]
    if config.trusted_proxies:
        is_here = host == "localhost" or is_loopback(host)
        return None if is_here else Link(host, number, room, invitation, room_key)
    return links(config, port, invitation, room, room_key)[0]


def own_address(config: Config, port: int, pin: str) -> TrackerAddress:
    """Return what the other trackers of this chat tell their clients of this one.

    `port` is the actual one, `pin` the SHA-256 of its certificate.
    """
    advertised = [parse_address(where) or (where, port) for where in config.advertise]
    where = advertised or places(config, port)
    page = Link(*where[0]) if advertised and not config.web_hosts else links(config, port)[0]
    addresses = tuple(format_address(host, number) for host, number in where)
    return TrackerAddress(addresses, pin, page.text, is_plain=config.plaintext == "anywhere")
