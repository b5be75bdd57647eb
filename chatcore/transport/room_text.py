"""Renders IRC lines as plain text for clients of the room endpoint, which do not speak IRC."""

from __future__ import annotations

from collections.abc import Callable

from chatcore.protocol.ctcp import ACTION, split_ctcp
from chatcore.protocol.escape import escape_for_screen
from chatcore.protocol.message import Message, parse, parse_source
from chatcore.protocol.names import CHANNEL_PREFIX, is_channel


def room_text(line: str) -> str:
    """Return an IRC line as text for people; '' if they need not see it."""
    message = parse(line)
    writer = _WRITERS.get(message.command)
    if writer is not None:
        return escape_for_screen(writer(parse_source(message.source or "").nick, message))
    if message.command.isdigit() and int(message.command) >= 400:
        return escape_for_screen(f"! {message.params[-1]}")
    return ""


def _said(nick: str, message: Message) -> str:
    target, text = message.params[0], message.params[-1]
    private = "" if is_channel(target) else " (private)"
    kind, said = split_ctcp(text)
    return f"* {nick}{private} {said}" if kind == ACTION else f"{nick}{private}: {text}"


def _noticed(nick: str, message: Message) -> str:
    is_server = "." in nick
    return f"* {message.params[-1]}" if is_server else _said(nick, message)


_WRITERS: dict[str, Callable[[str, Message], str]] = {
    "PRIVMSG": _said,
    "NOTICE": _noticed,
    "JOIN": lambda nick, message: f"{nick} joined {message.params[0].removeprefix(CHANNEL_PREFIX)}",
    "PART": lambda nick, message: f"{nick} left the room",
    "QUIT": lambda nick, message: f"{nick} left the room",
    "KICK": lambda nick, message: f"{message.params[1]} left the room",
    "NICK": lambda nick, message: f"{nick} is now {message.params[0]}",
    "RENAME": lambda nick, message: f"{nick} renamed the room to {message.params[1].removeprefix(CHANNEL_PREFIX)}",
    "TOPIC": lambda nick, message: f"{nick} changed the topic to: {message.params[-1]}",
    "INVITE": lambda nick, message: f"{nick} invites you to {message.params[-1].removeprefix(CHANNEL_PREFIX)}",
    "ERROR": lambda nick, message: f"! {message.params[-1]}",
}
