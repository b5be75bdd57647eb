"""The links that lead people to this tracker."""

from __future__ import annotations

from chatcore.config import Config
from chatcore.protocol.invitations import Invitation, Link
from chatcore.protocol.names import format_address, is_loopback, parse_address
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.transport.listening import addresses_for_others

_HTTPS_PORT = 443


def places(config: Config, port: int) -> list[tuple[str, int]]:
    """Return the host and port of each place where clients can connect, the main one first.

    `port` is the main port actually bound.
    """
    more = [where.rpartition(":") for where in config.listen]
    listening = [(config.host, port), *((host, int(number)) for host, _, number in more if int(number))]
    return list(
        dict.fromkeys((address, number) for host, number in listening for address in addresses_for_others(host))
    )


def links(
    config: Config, port: int, invitation: Invitation | None = None, room: str = "", room_key: str = ""
) -> list[Link]:
    """Return a link for each place, the main one first; the names for browsers (web_hosts) come before addresses.

    If there is a trusted proxy, the names lead to it, at the port of https.
    """
    named_port = _HTTPS_PORT if config.trusted_proxies else port
    where = [*((name, named_port) for name in config.web_hosts), *places(config, port)]
    return [Link(host, number, room, invitation, room_key) for host, number in where]


def direct_link(
    config: Config, port: int, invitation: Invitation | None = None, room: str = "", room_key: str = ""
) -> Link | None:
    """Return a link that bypasses a proxy for browsers, for other programs; None if only the proxy can be reached."""
    host, number = places(config, port)[0]
    if config.trusted_proxies:
        is_here = host == "localhost" or is_loopback(host)
        return None if is_here else Link(host, number, room, invitation, room_key)
    return links(config, port, invitation, room, room_key)[0]


def own_address(config: Config, port: int, pin: str) -> TrackerAddress:
    """Return how this tracker can be reached, for the chat's other trackers to tell their clients.

    `port` is the port actually bound, `pin` the SHA-256 of the certificate.
    """
    advertised = [parse_address(where) or (where, port) for where in config.advertise]
    where = advertised or places(config, port)
    page = Link(*where[0]) if advertised and not config.web_hosts else links(config, port)[0]
    addresses = tuple(format_address(host, number) for host, number in where)
    return TrackerAddress(addresses, pin, page.text, is_plain=config.plaintext == "anywhere")
