"""The first words of recent messages by id, so that replies, reactions and redactions can quote them. Pure."""

from __future__ import annotations

import unicodedata
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from chatcore.protocol.modes import PREFIXES
from chatcore.protocol.multiline import BREAK
from chatcore.protocol.names import casefold

REPLY_TAGS = ("+reply", "+draft/reply")
"""Programs use either: the second dates from before the first was ratified."""

MOST_QUOTES = 1000
MOST_ID_CHARS = 200
MOST_CHARS = 500
"""The limit for an id, a nick and a target together."""
MOST_COLUMNS = 40

_PREFIXES = "".join(PREFIXES.values())
_LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
_JOINER = "\u200d"  # joins several emoji into one


class Quote(NamedTuple):
    """What is remembered of a message."""

    msgid: str
    nick: str
    words: str
    """Its first words, as they came."""
    target: str
    """Where a reply goes: a person, or a room, with the rank prefix the message was limited to."""
    time: datetime | None = None
    is_own: bool = False


class Quotes:
    """The latest messages shown."""

    def __init__(self, most: int = MOST_QUOTES) -> None:
        self._quotes: OrderedDict[str, Quote] = OrderedDict()
        self._most = most

    def note(self, quote: Quote) -> None:
        """Remember a message, and forget the oldest if there are too many."""
        if not quote.msgid or len(quote.msgid + quote.nick + quote.target) > MOST_CHARS:
            return
        self._quotes.setdefault(quote.msgid, quote)
        if len(self._quotes) > self._most:
            self._quotes.popitem(last=False)

    def get(self, msgid: str, place: str) -> Quote | None:
        """Return the message with this id, if it belongs to this room or conversation."""
        quote = self._quotes.get(msgid)
        return quote if quote is not None and _is_in(quote, place) else None

    def forget(self, msgid: str, place: str) -> Quote | None:
        """Return the message with this id, as `get` does, and forget it."""
        quote = self.get(msgid, place)
        if quote is not None:
            del self._quotes[msgid]
        return quote

    def last(self, place: str, nick: str | None = None, *, is_own: bool = False) -> Quote | None:
        """Return the last message in a room or conversation by `nick`, or else by others (`is_own`: by us)."""
        found = None
        for quote in self._quotes.values():
            is_wanted = quote.is_own == is_own if nick is None else casefold(quote.nick) == casefold(nick)
            is_later = found is None or _age_key(quote) >= _age_key(found)
            if is_wanted and is_later and _is_in(quote, place):
                found = quote
        return found

    def rename(self, old: str, new: str) -> None:
        """Rename a room or a person."""
        for msgid, quote in self._quotes.items():
            target, nick = quote.target, quote.nick
            if _is_in(quote, old):
                target = target[: len(target) - len(target.lstrip(_PREFIXES))] + new
            if casefold(nick) == casefold(old):
                nick = new
            if (target, nick) != (quote.target, quote.nick):
                self._quotes[msgid] = quote._replace(target=target, nick=nick)


def first_words(text: str) -> str:
    """Return the start of a text, short enough for one line, with an ellipsis for what was left out."""
    lines = [line.strip() for line in text.split(BREAK) if line.strip()]
    line = lines[0] if lines else ""
    end = _end_of_columns(line)
    if end == len(line):
        return line if len(lines) < 2 else f"{line}\u2026"
    start = line[:end]
    blank = start.rfind(" ")
    return f"{(start[:blank] if blank > end // 2 else start).rstrip()}\u2026"


def answered_id(tags: Mapping[str, str]) -> str:
    """Return the id of the message that a message with these tags replies to; '' if none."""
    return next((id_ for name in REPLY_TAGS if (id_ := id_in(tags, name))), "")


def id_in(tags: Mapping[str, str], name: str = "msgid") -> str:
    """Return the id in a tag; '' if there is none, or if it is too long to remember."""
    msgid = tags.get(name, "")
    return msgid if len(msgid) <= MOST_ID_CHARS else ""


def _is_in(quote: Quote, place: str) -> bool:
    return casefold(quote.target.lstrip(_PREFIXES)) == casefold(place)


def _age_key(quote: Quote) -> datetime:
    return quote.time or _LONG_AGO


def _end_of_columns(line: str) -> int:
    """Return the index where MOST_COLUMNS columns end, on the boundary of a whole character."""
    if line.isascii():  # the fast path, for most messages
        return min(len(line), MOST_COLUMNS)
    columns, end = 0, 0
    for position, character in enumerate(line):
        is_part = unicodedata.category(character) in ("Mn", "Me", "Cf") or line[position - 1 : position] == _JOINER
        if not is_part:
            columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
            end = position
        if columns > MOST_COLUMNS:
            return end
        if position - end > MOST_COLUMNS:  # marks without end
            return end + 1
    return len(line)
