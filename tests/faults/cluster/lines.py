"""Lines of chat.log and of IRC, read without any code of the program that wrote them."""

from __future__ import annotations

import re
from typing import NamedTuple

_LOG_LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([a-z-]+)((?: (?!:)[^ ]+)*)(?: :(.*))?", re.DOTALL)
_ESCAPED = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([\\tnr]))")
_LETTERS = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}
_TAG_VALUE = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}

LOCAL_KINDS = frozenset({"start", "stop", "gap", "log-resumed", "log-opened", "clock-step"})
"""Kinds of lines that are about one tracker alone."""


class LogLine(NamedTuple):
    """A line of chat.log, with its words and text unescaped."""

    time: str
    kind: str
    words: tuple[str, ...]
    text: str | None


class IrcLine(NamedTuple):
    """A line of IRC. `nick` is the sender's, '' if that is not a person."""

    tags: dict[str, str]
    source: str
    nick: str
    command: str
    params: tuple[str, ...]


def parse_log_line(line: str) -> LogLine | None:
    """Parse a line of chat.log without its line end; None if it is invalid."""
    found = _LOG_LINE.fullmatch(line)
    if found is None:
        return None
    time, kind, words, text = found.groups()
    return LogLine(time, kind, tuple(map(_unescaped, words.split())), None if text is None else _unescaped(text))


def _unescaped(text: str) -> str:
    def letter(found: re.Match[str]) -> str:
        *codes, simple = found.groups()
        return _LETTERS[simple] if simple else chr(int(next(code for code in codes if code), 16))

    return _ESCAPED.sub(letter, text)


def parse_irc_line(line: str) -> IrcLine:
    """Parse an IRC line without its line end."""
    tags: dict[str, str] = {}
    source = ""
    if line.startswith("@"):
        written, _, line = line[1:].partition(" ")
        for tag in written.split(";"):
            key, _, value = tag.partition("=")
            tags[key] = re.sub(r"\\(.?)", lambda found: _TAG_VALUE.get(found[1], found[1]), value)
    if line.startswith(":"):
        source, _, line = line[1:].partition(" ")
    head, colon, last = line.partition(" :")
    command, *params = head.split(" ")
    nick, mark, _ = source.partition("!")
    return IrcLine(tags, source, nick if mark else "", command, (*params, *((last,) if colon else ())))
