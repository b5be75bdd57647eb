"""The links under which people come to this tracker, for those who are to be told one."""

from __future__ import annotations

from chatcore.config import Config
from chatcore.protocol.invitations import Invitation, Link
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
