"""What was said lately, by its id, so that a reply, a reaction or a redaction says what it is about. Pure.

Only so much is remembered, and of each message its first words.
"""

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
"""Programs write either: the second is the name from before it was ratified."""

MOST_QUOTES = 1000
MOST_ID_CHARS = 200
MOST_CHARS = 500
"""Of an id, a nick and a target together."""
MOST_COLUMNS = 40

_PREFIXES = "".join(PREFIXES.values())
_LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
_JOINER = "\u200d"  # of several emoji to one


class Quote(NamedTuple):
    """What is remembered of a message."""

    msgid: str
    nick: str
    words: str
    """Its first words, as they came."""
    target: str
    """Where an answer to it goes: a room, with the rank of those whom alone it was for, or somebody."""
    time: datetime | None = None
    is_own: bool = False


class Quotes:
    """The messages that were shown last."""

    def __init__(self, most: int = MOST_QUOTES) -> None:
        self._quotes: OrderedDict[str, Quote] = OrderedDict()
        self._most = most

    def note(self, quote: Quote) -> None:
        """Remember a message, and forget the one that has been known for longest if it is one too many."""
        if not quote.msgid or len(quote.msgid + quote.nick + quote.target) > MOST_CHARS:
            return
        self._quotes.setdefault(quote.msgid, quote)
        if len(self._quotes) > self._most:
            self._quotes.popitem(last=False)

    def get(self, msgid: str, place: str) -> Quote | None:
        """Return the message of that id, if it was said in this room or conversation."""
        quote = self._quotes.get(msgid)
        return quote if quote is not None and _is_in(quote, place) else None

    def forget(self, msgid: str, place: str) -> Quote | None:
        """The same, and remember it no longer."""
        quote = self.get(msgid, place)
        if quote is not None:
            del self._quotes[msgid]
        return quote

    def last(self, place: str, nick: str | None = None, *, is_own: bool = False) -> Quote | None:
        """Return what was said last in a room or conversation: by `nick`, or else by others or by oneself."""
        found = None
        for quote in self._quotes.values():
            is_wanted = quote.is_own == is_own if nick is None else casefold(quote.nick) == casefold(nick)
            is_later = found is None or _age_key(quote) >= _age_key(found)
            if is_wanted and is_later and _is_in(quote, place):
                found = quote
        return found

    def rename(self, old: str, new: str) -> None:
        """Note that a room, or somebody, has another name."""
        for msgid, quote in self._quotes.items():
            target, nick = quote.target, quote.nick
            if _is_in(quote, old):
                target = target[: len(target) - len(target.lstrip(_PREFIXES))] + new
            if casefold(nick) == casefold(old):
                nick = new
            if (target, nick) != (quote.target, quote.nick):
                self._quotes[msgid] = quote._replace(target=target, nick=nick)


def first_words(text: str) -> str:
    """Return the beginning of a text, short enough for one line, with dots for what was left out."""
    lines = [line.strip() for line in text.split(BREAK) if line.strip()]
    line = lines[0] if lines else ""
    end = _end_of_columns(line)
    if end == len(line):
        return line if len(lines) < 2 else f"{line}\u2026"
    start = line[:end]
    blank = start.rfind(" ")
    return f"{(start[:blank] if blank > end // 2 else start).rstrip()}\u2026"


def answered_id(tags: Mapping[str, str]) -> str:
    """Return the id of the message that one with these tags answers; '' if none."""
    return next((id_ for name in REPLY_TAGS if (id_ := id_in(tags, name))), "")


def id_in(tags: Mapping[str, str], name: str = "msgid") -> str:
    """Return the id in the tag of this name; '' if there is none, or one that is too long to be kept."""
    msgid = tags.get(name, "")
    return msgid if len(msgid) <= MOST_ID_CHARS else ""


def _is_in(quote: Quote, place: str) -> bool:
    return casefold(quote.target.lstrip(_PREFIXES)) == casefold(place)


def _age_key(quote: Quote) -> datetime:
    return quote.time or _LONG_AGO


def _end_of_columns(line: str) -> int:
    """Return where MOST_COLUMNS columns end, before a whole character as people count them."""
    if line.isascii():  # which saves most people's messages the rest
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
