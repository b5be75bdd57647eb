"""What a typed line means: a message, a slash command, or one of the older spellings. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from chatcore.errors import ProtocolError
from chatcore.protocol.message import Message, serialize
from chatcore.protocol.names import parse_address
from chatcore.terminal.effects import Answer, Effect, Problem, Request
from chatcore.terminal.session import Session
from chatcore.terminal.slash import run_slash

_LEAVING = ("exit", "```exit")
_TO = "```to"


def type_line(session: Session, line: str) -> list[Effect]:
    """Take one typed line, without its end."""
    line = line.rstrip("\r\n").replace("\0", "")
    return [_sendable(effect) for effect in _understand(session, line)]


def _understand(session: Session, line: str) -> Iterator[Effect]:
    if session.private_to is not None:
        target, session.private_to = session.private_to, None
        if line.strip():
            yield from session.say(target, line)
        else:
            yield Answer(f"nothing said to {target}")
    elif line in _LEAVING:
        yield Request.LEAVE
    elif line == _TO or line.startswith(_TO + " "):
        yield from _to_address(session, line.removeprefix(_TO).strip())
    elif line.startswith("//"):
        yield from session.say_here(line[1:])
    elif line.startswith("/"):
        yield from run_slash(session, line)
    elif line.strip():
        yield from session.say_here(line)


def _to_address(session: Session, words: str) -> Iterator[Effect]:
    """Take ```` ```to IP:PORT [TEXT] ````; without a text the next typed line is it."""
    address, _, text = words.partition(" ")
    if parse_address(address) is None:
        yield Problem("usage: ```to IP:PORT [TEXT]")
    elif text.strip():
        yield from session.say(address, text.strip())
    else:
        session.private_to = address
        yield Answer(f"the next line goes to {address} only (an empty one to nobody)")


def _sendable(effect: Effect) -> Effect:
    if not isinstance(effect, Message):
        return effect
    try:
        serialize(effect)
    except ProtocolError:
        return Problem(f"that cannot be said in a {effect.command}")
    return effect
