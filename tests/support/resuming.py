"""Clients that lose their connection and come back by their token (docs/resume.md)."""

from __future__ import annotations

from chatcore.protocol.message import Message
from tests.support.irc import IrcClient, one, only
from tests.support.trackers import Hosted

CAPS = "chatcore/resume"


def tokens_in(messages: list[Message]) -> list[str]:
    """Return the tokens that a client was given, in order."""
    return [message.params[1] for message in only(messages, "RESUME") if message.params[0] == "TOKEN"]


def token_of(client: IrcClient, nick: str, *rooms: str, caps: str = "", password: str = "") -> str:
    """Register a client, and have it join rooms; return its token."""
    (token,) = tokens_in(client.register(nick, password=password, caps=f"{CAPS} {caps}".strip()))
    if rooms:
        client.join(*rooms)
    return token


def resume(client: IrcClient, token: str, nick: str = "other", *, caps: str = "") -> list[Message]:
    """Resume a visit with this client, or register as `nick` without a password; return all messages to it."""
    client.send("CAP LS 302", f"CAP REQ :{CAPS} {caps}".strip(), f"RESUME {token}")
    client.send(f"NICK {nick}", f"USER {nick} 0 * :Real {nick}", "CAP END")
    seen = client.sync()
    client.nick = one(seen, "001").params[0]
    return seen


def lose(hosted: Hosted, client: IrcClient) -> None:
    """Break a client's connection, and wait until the tracker has noticed."""
    visit = hosted.visit_of(client.nick)
    client.close()
    visit.has_left.wait(60)
    assert visit.has_left.is_set
