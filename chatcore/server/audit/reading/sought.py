"""What is looked for in the log, and which lines are it.

A block of whole lines is searched as bytes, so that most lines without a chance are never taken apart. Names are
compared as everywhere, in texts letters of every script in either case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from chatcore.protocol.escape import escape_for_log
from chatcore.protocol.names import casefold
from chatcore.protocol.timestamp import format_time
from chatcore.server.audit.grammar import FactKind
from chatcore.server.audit.reading.identities import Visits
from chatcore.server.audit.reading.lines import FIELDS, LogLine, parse_line

MAX_MS = 253_402_300_799_999  # the last one of the year 9999
_RENAME = FactKind.RENAME.value
_ROOM_AT = {kind: fields.index("room") for kind, fields in FIELDS.items() if "room" in fields}


@dataclass(frozen=True, slots=True)
class Sought:
    """All conditions have to be met; of rooms, people and kinds it is one of each. Empty asks for nothing.

    `rooms` and `people` are casefolded. Times are Unix ones (ms): from `since_ms` on, and before `until_ms`.
    """

    rooms: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    since_ms: int = 0
    until_ms: int = MAX_MS + 1

    @property
    def is_for_all(self) -> bool:
        """Return whether every line is wanted, but for its time."""
        return not (self.rooms or self.people or self.kinds or self.words)

    def candidates(self) -> Callable[[bytes], Iterable[bytes]]:
        """Return what finds the lines in a block that have a chance, most of the others left out."""
        if self.people:  # whoever they are is in other lines
            return _lines
        if len(self.rooms) == 1:
            (room,) = self.rooms
            return _around(rb"%b(?i:%b)(?=[ \n])" % tuple(re.escape(part) for part in _split_first(room)))
        for word in self.words:
            if word.isascii():
                return partial(_around_word, escape_for_log(word).lower().encode())
        if len(self.kinds) == 1:
            (kind,) = self.kinds
            return _around(rb"Z %b(?=[ \n])" % re.escape(kind.encode()))
        return _lines


class Selection:
    """Picks lines out of blocks, which have to come in order."""

    def __init__(self, sought: Sought, visits: Visits | None = None) -> None:
        """`visits` knows who is who, if people are looked for."""
        self._candidates = sought.candidates()
        self._visits = visits
        self._takes_unreadable = sought.is_for_all
        self._since, self._until = _bound(sought.since_ms), _bound(sought.until_ms)
        self._is_in_time = sought.since_ms <= 0  # of the last line that has one
        self._passes = _all_of(_tests(sought))

    def select(self, block: bytes) -> list[LogLine]:
        """Return the lines of a block that are wanted."""
        found = []
        passes, since, until, visits = self._passes, self._since, self._until, self._visits
        for raw in self._candidates(block):
            line = parse_line(raw)
            is_ours = visits is None or visits.note(line)
            if not line.kind:
                if self._takes_unreadable and self._is_in_time:
                    found.append(line)
                continue
            self._is_in_time = since <= line.time < until
            if is_ours and self._is_in_time and passes(line):
                found.append(line)
        return found


def _lines(block: bytes) -> list[bytes]:
    return block[:-1].split(b"\n") if block else []


def _around(pattern: bytes) -> Callable[[bytes], Iterator[bytes]]:
    """Return what yields the lines of a block that have a match, which must not go beyond the line."""
    matches = re.compile(pattern + rb"[^\n]*").finditer

    def find(block: bytes) -> Iterator[bytes]:
        for match in matches(block):
            start, end = match.span()
            yield block[block.rfind(b"\n", 0, start) + 1 : end]

    return find


def _around_word(word: bytes, block: bytes) -> Iterator[bytes]:
    """Yield the lines of a block that have a word in them, in any case; the word is in lower case."""
    lowered = block.lower()  # faster than an expression that ignores case
    at = lowered.find(word)
    while at >= 0:
        end = block.find(b"\n", at)
        yield block[block.rfind(b"\n", 0, at) + 1 : end]
        at = lowered.find(word, end)


def _tests(sought: Sought) -> list[Callable[[LogLine], bool]]:
    """Return what a line has to pass, beside its time and whom it is about."""
    rooms, kinds, words = sought.rooms, sought.kinds, [word.lower() for word in sought.words]

    def is_there(line: LogLine) -> bool:
        _, kind, words, _ = line
        at = _ROOM_AT.get(kind, len(words))
        is_of_it = at < len(words) and (words[at] in rooms or casefold(words[at]) in rooms)
        return is_of_it or (kind == _RENAME and any(casefold(word) in rooms for word in words[2:3]))

    def has_words(line: LogLine) -> bool:
        text = (line.text or "").lower()
        return all(word in text for word in words)

    tests: list[Callable[[LogLine], bool]] = []
    if rooms:
        tests.append(is_there)
    if kinds:
        tests.append(lambda line: line.kind in kinds)
    if words:
        tests.append(has_words)
    return tests


def _all_of(tests: list[Callable[[LogLine], bool]]) -> Callable[[LogLine], bool]:
    return tests[0] if len(tests) == 1 else lambda line: all(test(line) for test in tests)


def _bound(ms: int) -> str:
    """Return a time as lines have it, or what is before or after each of those."""
    if ms > MAX_MS:
        return "~"
    return format_time((ms + 0.5) / 1000) if ms > 0 else ""


def _split_first(name: str) -> tuple[bytes, bytes]:
    """Return a name as it is in lines, its first byte by itself: an expression that begins with one byte is fast."""
    word = escape_for_log(name).replace(" ", "\\x20").encode()
    return word[:1], word[1:]
