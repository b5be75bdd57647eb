"""What a typed line means: a message, a slash command, or an old spelling of one. Several lines are text. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from chatcore.errors import ProtocolError
from chatcore.protocol.message import Message, serialize
from chatcore.protocol.names import is_channel, parse_address
from chatcore.terminal.commands.actions import handle_name, handle_quit
from chatcore.terminal.commands.slash import WITH_PASSWORD, find, run_slash
from chatcore.terminal.session.effects import Answer, Effect, Problem, Request
from chatcore.terminal.session.session import Session

_LEAVING = ("exit", "```exit")
TO = "```to"


def type_line(session: Session, line: str) -> list[Effect]:
    """Handle one typed line, without its line end."""
    line = _utf8(line.rstrip("\r\n").replace("\0", ""))
    return session.noted(_sendable(effect) for effect in _understand(session, line))


def where_text_goes(session: Session) -> str | None:
    """Return where several lines go: the target set for the next line, or else the current view, if any."""
    current = session.views.current
    return session.private_to or (current.name if current else None)


def begin_text(session: Session) -> None:
    """Reset the target set for the next line, and earlier refusals, before several lines are sent."""
    session.private_to = None
    session.is_refusing = False


def type_text(session: Session, text: str, destination: str | None) -> list[Effect]:
    """Say one or several lines as text, whatever they look like. After a Problem the rest must not be sent."""
    text = _utf8(text)
    if destination is None:
        return session.noted(session.say_here(text))
    if is_channel(destination) and session.rooms.get(destination) is None:
        return [Problem(f"you are no longer in {destination}; the rest was not sent")]
    if session.is_refusing:
        return [Problem("the rest was not sent either")]
    return session.noted(_sendable(effect) for effect in session.say(destination, text))


def _understand(session: Session, line: str) -> Iterator[Effect]:
    if session.private_to is not None:
        target, session.private_to = session.private_to, None
        if line.strip():
            yield from session.say(target, line)
        else:
            yield Answer(f"nothing sent to {target}")
    elif line in _LEAVING:
        yield Request.LEAVE
    elif line == TO or line.startswith(TO + " "):
        yield from _to_address(session, line.removeprefix(TO).strip())
    elif line.startswith("//"):
        yield from session.say_here(line[1:])
    elif is_secret(line) or (line.startswith("/") and not is_path(line)):
        yield from run_slash(session, line.lstrip())
    elif line.strip():
        yield from session.say_here(line)


def is_secret(line: str) -> bool:
    """Return whether a line may contain a password: it must not be kept, nor said because of a leading blank."""
    return line.lower().split(maxsplit=1)[:1] in [[f"/{name}"] for name in WITH_PASSWORD]


def begins_command(text: str) -> bool:
    """Return whether a text begins like a command; an incomplete one is enough."""
    first = text.partition("\n")[0]
    return first.startswith((TO, "//")) or (first.startswith("/") and not is_path(first))


def asks_to_leave(line: str) -> bool:
    """Return whether a line leaves the chat, which needs no connection."""
    command = find(line.strip().removeprefix("/")) if line.strip().startswith("/") else None
    return line in _LEAVING or (command is not None and command.handler is handle_quit)


def name_wanted(line: str) -> str:
    """Return the name in `/name NAME`, which may also be used to come back; '' for any other line."""
    command, _, name = line.strip().partition(" ")
    found = find(command.removeprefix("/")) if command.startswith("/") else None
    return name.strip() if found is not None and found.handler is handle_name else ""


def text_in(line: str) -> str | None:
    """Return what a line says in the current view; None for a command or an empty line."""
    if line.startswith("//"):
        return line[1:]
    is_command = line.startswith("/") and not is_path(line)
    if is_command or is_secret(line) or line in _LEAVING or line.split(" ", maxsplit=1)[0] == TO or not line.strip():
        return None
    return line


def is_path(line: str) -> bool:
    """Return whether the first word has a second slash, as no command does."""
    return "/" in line.partition(" ")[0].removeprefix("/")


def _to_address(session: Session, words: str) -> Iterator[Effect]:
    """Handle ```` ```to IP:PORT [TEXT] ````; without a text, the next line typed is the text."""
    address, _, text = words.partition(" ")
    if parse_address(address) is None:
        yield Problem("usage: ```to IP:PORT [TEXT]")
    elif text.strip():
        yield from session.say(address, text.strip())
    else:
        session.private_to = address
        yield Answer(f"the next line goes to {address} only (an empty line cancels)")


def _utf8(text: str) -> str:
    """Replace characters that UTF-8 cannot encode, as sending does; no name contains any."""
    return text.encode(errors="replace").decode()


def _sendable(effect: Effect) -> Effect:
    if not isinstance(effect, Message):
        return effect
    try:
        serialize(effect)
    except ProtocolError:
        return Problem(f"that cannot be sent in a {effect.command}")
    return effect
