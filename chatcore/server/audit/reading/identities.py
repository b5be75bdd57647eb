"""Who is who in the log: a person is a visit, from its `connect` to its `quit`, under all its names.

A visit that is resumed on another connection is the same person, whatever the names.

A person's later names are known only once they are read. So a search for people reads the log twice: `foresee` finds
the visits that match, and the second pass selects their lines.
"""

from __future__ import annotations

from collections.abc import Iterable

from chatcore.protocol.names import casefold
from chatcore.server.audit.grammar import FactKind
from chatcore.server.audit.reading.lines import FIELDS, LogLine, parse_line
from chatcore.state.notes import JOINED, NoteKind

_NAME_FIELDS = ("who", "whom", "new", "account")
_NAMES_AT = {kind: [n for n, field in enumerate(fields) if field in _NAME_FIELDS] for kind, fields in FIELDS.items()}
_ADDRESS_AT = {kind: fields.index("address") for kind, fields in FIELDS.items() if "address" in fields}
_ENDS = frozenset({FactKind.QUIT, FactKind.LOST})
_BREAKS = frozenset({NoteKind.START, NoteKind.GAP})
_TURNS = frozenset({FactKind.CONNECT, FactKind.NICK, FactKind.ACCOUNT, NoteKind.RESUME, *_BREAKS, *_ENDS})
_TURN_STARTS = tuple(f"{kind} ".encode() for kind in _TURNS)
_KIND_BYTE = 25


class _Visit:
    """One visit. `key` is its number if its `connect` line was read, otherwise the first name that was seen."""

    __slots__ = ("is_meant", "key")

    def __init__(self, key: int | str, *, is_meant: bool) -> None:
        self.key = key
        self.is_meant = is_meant


class Visits:
    """Decides which lines are about the wanted people, given by nick, account, address or ip:port."""

    def __init__(self, names: frozenset[str], foreseen: frozenset[int | str] = frozenset()) -> None:
        """`names` are casefolded. `foreseen` are the matching visits that an earlier pass found."""
        self._names = names
        self._foreseen = foreseen
        self._meant: set[int | str] = set()
        self._now: dict[str, _Visit] = {}  # by casefolded nick
        self._lost: dict[str, _Visit] = {}  # by casefolded nick; these visits may be resumed
        self._resuming: dict[str, _Visit] = {}  # by the casefolded nick of the `connect` line to come
        self._count = 0
        self._is_beginning = True  # there may be people whose `connect` line was not read

    @property
    def meant(self) -> frozenset[int | str]:
        """Return the matching visits found so far."""
        return frozenset(self._meant)

    def foresee(self, block: bytes) -> None:
        """Follow a block of lines without selecting any."""
        for raw in block.split(b"\n"):
            if raw.startswith(_TURN_STARTS, _KIND_BYTE):
                self.note(parse_line(raw))

    def note(self, line: LogLine) -> bool:
        """Follow a line; return whether it is about one of the wanted people."""
        kind, words = line.kind, line.words
        if kind not in _TURNS:
            return self._is_about(line)
        if kind in _BREAKS:
            if JOINED not in words:
                self._forget_all(is_gap=kind == NoteKind.GAP)
            return False
        if not words:
            return False
        nick = casefold(words[0])
        if kind == NoteKind.RESUME:
            return self._resume(line, nick)
        if kind == FactKind.CONNECT:
            self._now[nick] = self._resuming.pop(nick) if nick in self._resuming else self._visit(self._count)
            self._count += 1
        visit = self._now.get(nick) or self._now.setdefault(nick, self._visit(nick))
        if not visit.is_meant and (self._is_named(line) or nick in self._names):
            visit.is_meant = True
        if visit.is_meant:
            self._meant.add(visit.key)
        if kind in _ENDS or kind == FactKind.NICK:
            self._now.pop(nick, None)
        if kind == FactKind.LOST:
            self._lost[nick] = visit
        if kind == FactKind.NICK and len(words) > 1:
            self._now[casefold(words[1])] = visit
        return visit.is_meant

    def _forget_all(self, *, is_gap: bool) -> None:
        """Assume that everybody has left; after a gap, there may be people who came during it."""
        self._lost.update(self._now)
        self._now.clear()
        self._is_beginning = is_gap

    def _resume(self, line: LogLine, nick: str) -> bool:
        visit = self._lost.pop(nick) if nick in self._lost else self._visit(nick)
        if len(line.words) > 2:
            self._resuming[casefold(line.words[2])] = visit
        return visit.is_meant or self._is_named(line)

    def _visit(self, key: int | str) -> _Visit:
        return _Visit(key, is_meant=key in self._foreseen)

    def _is_about(self, line: LogLine) -> bool:
        return self._is_named(line) or any(self._is_meant(name) for name in _names_in(line))

    def _is_named(self, line: LogLine) -> bool:
        """Return whether a line has one of the wanted names or addresses."""
        at = _ADDRESS_AT.get(line.kind, len(line.words))
        if at < len(line.words):
            address = line.words[at].lower()
            if address in self._names or _host(address) in self._names:
                return True
        return not self._names.isdisjoint(_names_in(line))

    def _is_meant(self, name: str) -> bool:
        visit = self._now.get(name)
        return visit.is_meant if visit else self._is_beginning and name in self._foreseen


def _names_in(line: LogLine) -> Iterable[str]:
    return [casefold(line.words[at]) for at in _NAMES_AT.get(line.kind, ()) if at < len(line.words)]


def _host(address: str) -> str:
    return address.rpartition(":")[0].strip("[]")
