"""Parsing where a person wants to go: an address, a browser's or IRC client's URL, or an invitation. Pure.

No error repeats text that may contain an invitation or a room's key.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote

from chatcore.errors import ConfigError, InvalidLink
from chatcore.protocol.invitations import Invitation, parse_invitation, parse_link

IRC_PORTS = {"irc": 6667, "ircs": 6697, "irc6": 6667}
_WEB = {"ws": "http", "wss": "https"}

NO_ADDRESS = "an invitation alone does not say where the chat is: give the whole link, or the tracker's address first"


class Destination(NamedTuple):
    """A tracker's address (`port` None: the default), and how to get in. Its repr shows no secret."""

    host: str
    port: int | None = None
    room: str = ""
    room_key: str = ""
    invitation: Invitation | None = None

    def __repr__(self) -> str:
        return f"<to {self.host}:{self.port}>"


def parse_destination(text: str) -> Destination:
    """Return the destination that a text names. Raises ConfigError."""
    text = text.strip().removeprefix("<").removesuffix(">")
    if parse_invitation(text) is not None:
        raise ConfigError(NO_ADDRESS)
    scheme, found, rest = text.partition("://")
    scheme = scheme.lower()
    if not found and not set(text) & set("/#?"):
        return Destination(*split_host(text))
    if found and scheme in IRC_PORTS:
        return _of_irc(rest, IRC_PORTS[scheme])
    try:
        link = parse_link(f"{_WEB.get(scheme, scheme)}://{rest}" if found else text)
    except InvalidLink as error:
        raise ConfigError(str(error)) from error
    return Destination(link.host, link.port or None, link.room, link.room_key, link.invitation)


def split_host(text: str) -> tuple[str, int | None]:
    """Split `host`, `host:port`, `ipv6`, `[ipv6]` or `[ipv6]:port`. Raises ConfigError for anything else."""
    host, port = text, ""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ConfigError(f"{text} is not an address; write an IPv6 address with a port as [ADDRESS]:PORT")
        port = rest[1:]
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if not host or not host.isprintable() or " " in host:
        raise ConfigError(f"{text!r} is not an address")
    return host, to_port(port) if port else None


def to_port(text: str) -> int:
    """Parse a port. Raises ConfigError."""
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536):
        raise ConfigError(f"{text!r} is not a port; ports are 1 to 65535")
    return int(text)


def _of_irc(rest: str, port: int) -> Destination:
    """Parse `irc://HOST[:PORT]/[ROOM[,…]][?KEY]`, as far as IRC clients agree on it."""
    place, _, path = rest.partition("/")
    host, said = split_host(place.rpartition("@")[2])
    room, _, key = path.partition("?")
    room = unquote(room).partition(",")[0]
    if not room.strip("#"):
        return Destination(host, said or port)
    try:
        link = parse_link(f"https://host/#{room.removeprefix('#')}")
    except InvalidLink as error:
        raise ConfigError(str(error)) from error
    return Destination(host, said or port, link.room, unquote(key) if key and "=" not in key else "")
