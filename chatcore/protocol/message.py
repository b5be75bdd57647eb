"""The IRC message grammar: parse and serialize one line.

Implements https://modern.ircdocs.horse/#message-format and the IRCv3 message-tags grammar
(https://ircv3.net/specs/extensions/message-tags). Lines are text without CR LF; `framing` deals with bytes, limits
and line ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from chatcore.errors import ProtocolError

NO_TAGS: Mapping[str, str] = MappingProxyType({})

_ESCAPES = {";": r"\:", " ": r"\s", "\\": r"\\", "\r": r"\r", "\n": r"\n"}
_ESCAPE_TABLE = str.maketrans(_ESCAPES)
_UNESCAPES = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}


class Message(NamedTuple):
    """One IRC message. A tag without a value has the value ''. The command keeps its spelling."""

    command: str
    params: tuple[str, ...] = ()
    source: str | None = None
    tags: Mapping[str, str] = NO_TAGS


class Source(NamedTuple):
    """A message source taken apart; absent parts are ''."""

    nick: str
    user: str = ""
    host: str = ""


def parse(line: str) -> Message:
    """Parse one line without its CR LF.

    Raises ProtocolError if there is no command (none begins with : or @), or if the line has a CR, LF or NUL,
    which could not be passed on.
    """
    if "\r" in line or "\n" in line or "\0" in line:
        raise ProtocolError("a line break or NUL inside a message")
    tags: Mapping[str, str] = NO_TAGS
    source = None
    rest = line
    if rest.startswith("@"):
        word, _, rest = rest.partition(" ")
        tags = parse_tags(word[1:])
    if rest[:1] in (" ", ":"):
        rest = rest.lstrip(" ")
        if rest.startswith(":"):
            source, _, rest = rest[1:].partition(" ")
    middle, separator, trailing = rest.partition(" :")
    words = middle.split(" ")
    if "" in words:
        words = [word for word in words if word]
    if not words or words[0][0] in ":@":
        raise ProtocolError("a message without a command")
    if separator:
        words.append(trailing)
    return Message(words[0], tuple(words[1:]), source, tags)


def rest_of(line: str, params: int) -> str:
    """Return the raw text after the command, `params` parameters and one space, without a leading colon.

    For a last parameter with spaces that clients send without a colon. `line` is one that `parse` accepts.
    """
    rest = line.partition(" ")[2] if line.startswith("@") else line
    rest = rest.lstrip(" ")
    if rest.startswith(":"):
        rest = rest.partition(" ")[2]
    for _ in range(params + 1):
        rest = rest.lstrip(" ").partition(" ")[2]
    marked = rest.lstrip(" ")
    return marked[1:] if marked.startswith(":") else rest


def serialize(message: Message) -> str:
    """Return the message as one line without CR LF.

    Raises ProtocolError for a parameter that cannot be sent: any with a CR, LF or NUL, and any but the last that is
    empty, has a space or begins with a colon.
    """
    parts = []
    if message.tags:
        parts.append("@" + serialize_tags(message.tags.items()))
    if message.source is not None:
        parts.append(":" + message.source)
    parts.append(message.command)
    parts.extend(serialize_params(message.params))
    line = " ".join(parts)
    if "\n" in line or "\r" in line or "\0" in line:
        raise ProtocolError("a line break or NUL inside a message")
    return line


def serialize_params(params: tuple[str, ...]) -> tuple[str, ...]:
    """Return a parameter list as words, the last with a colon if it needs one."""
    if not params:
        return ()
    for param in params[:-1]:
        if not _is_middle(param):
            raise ProtocolError(f"not possible before the last parameter: {param!r}")
    last = params[-1]
    return params if _is_middle(last) else (*params[:-1], ":" + last)


def serialize_tags(tags: Iterable[tuple[str, str]]) -> str:
    """Return tags as `key=value;key`, escaped, without the leading @."""
    return ";".join(f"{key}={escape_tag_value(value)}" if value else key for key, value in tags)


def parse_tags(text: str) -> dict[str, str]:
    """Parse what `serialize_tags` writes. The last value of a repeated key counts."""
    tags = {}
    for item in text.split(";"):
        key, _, value = item.partition("=")
        if key:
            tags[key] = unescape_tag_value(value)
    return tags


def escape_tag_value(value: str) -> str:
    """Escape a tag's value according to the message-tags specification."""
    return value.translate(_ESCAPE_TABLE)


def unescape_tag_value(value: str) -> str:
    """Undo `escape_tag_value`; an unknown escape loses its backslash, as does a trailing one."""
    if "\\" not in value:
        return value
    out = []
    characters = iter(value)
    for character in characters:
        if character == "\\":
            escaped = next(characters, "")
            out.append(_UNESCAPES.get(escaped, escaped))
        else:
            out.append(character)
    return "".join(out)


def parse_source(source: str) -> Source:
    """Split `nick!user@host`; user and host may be absent."""
    rest, _, host = source.partition("@")
    nick, _, user = rest.partition("!")
    return Source(nick, user, host)


def parse_count(param: str) -> int:
    """Return the whole number in a parameter: ASCII, at most nine digits. 0 for anything else."""
    return int(param) if param.isascii() and param.isdigit() and len(param) < 10 else 0


def _is_middle(param: str) -> bool:
    return bool(param) and " " not in param and not param.startswith(":")
