"""Search conditions for the log, and the selection of lines that meet them.

A block of whole lines is first searched as bytes, so that most lines which cannot match are never parsed. Names are
compared casefolded, as everywhere; texts are compared regardless of case in every script.
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
    """What a line must match: one of the rooms, one of the people, one of the kinds, and all words, if any are given.

    `rooms` and `people` are casefolded. Times are Unix, in ms: from `since_ms` on, and before `until_ms`.
    """

    rooms: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    since_ms: int = 0
    until_ms: int = MAX_MS + 1

    @property
    def is_for_all(self) -> bool:
        """Return whether there is no condition except the time."""
        return not (self.rooms or self.people or self.kinds or self.words)

    def candidates(self) -> Callable[[bytes], Iterable[bytes]]:
        """Return a function that yields the lines of a block that may match, leaving out most others."""
        if self.people:  # other lines are needed to know who is who
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
    """Selects lines from blocks, which must come in order."""

    def __init__(self, sought: Sought, visits: Visits | None = None) -> None:
        """`visits` knows who is who, if people are searched for."""
        self._candidates = sought.candidates()
        self._visits = visits
        self._takes_unreadable = sought.is_for_all
        self._since, self._until = _bound(sought.since_ms), _bound(sought.until_ms)
        self._is_in_time = sought.since_ms <= 0  # whether the last line with a time was
        self._passes = _all_of(_tests(sought))

    def select(self, block: bytes) -> list[LogLine]:
        """Return the matching lines of a block."""
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
    """Return a function that yields the lines of a block that match; the pattern must not match a line end."""
    matches = re.compile(pattern + rb"[^\n]*").finditer

    def find(block: bytes) -> Iterator[bytes]:
        for match in matches(block):
            start, end = match.span()
            yield block[block.rfind(b"\n", 0, start) + 1 : end]

    return find


def _around_word(word: bytes, block: bytes) -> Iterator[bytes]:
    """Yield the lines of a block that contain a word, regardless of case; `word` is in lower case."""
    lowered = block.lower()  # faster than a case-insensitive regular expression
    at = lowered.find(word)
    while at >= 0:
        end = block.find(b"\n", at)
        yield block[block.rfind(b"\n", 0, at) + 1 : end]
        at = lowered.find(word, end)


def _tests(sought: Sought) -> list[Callable[[LogLine], bool]]:
    """Return the tests that a line must pass, besides those for its time and its people."""
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
    """Return a time as lines show it, or a text that sorts before or after all times."""
    if ms > MAX_MS:
        return "~"
    return format_time((ms + 0.5) / 1000) if ms > 0 else ""


def _split_first(name: str) -> tuple[bytes, bytes]:
    """Return a name as it is logged, with its first byte apart: a pattern that begins with a literal byte is fast."""
    word = escape_for_log(name).replace(" ", "\\x20").encode()
    return word[:1], word[1:]
