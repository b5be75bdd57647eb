"""A test's archive: its files, writer and reader, with shortcuts to write to it and query it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from chatcore.protocol.names import casefold
from chatcore.server.archive.journal.records import HAPPENED, LineRecord, PresenceRecord, dialog_audience, room_audience
from chatcore.server.archive.reading.questions import Questions
from chatcore.server.archive.reading.reader import Reader
from chatcore.server.archive.storage.files import HistoryFiles
from chatcore.server.archive.storage.writer import Writer
from chatcore.state.history import HistoryQuery, Kinds, Recorded, SearchQuery, Seeker

SEQUENCE = "0123456789"
RUN = 3
NOON_MS = 1_793_448_000_000  # 31 October 2026, 12:00 UTC
DAY_MS = 86_400_000
ALL = HistoryQuery("LATEST", 1000)


class Shelf:
    """A complete archive in a folder."""

    def __init__(
        self,
        folder: Path,
        *,
        max_bytes: int = 0,
        days: int = 90,
        eras: frozenset[int] = frozenset({1}),
        clock: Callable[[], float] = lambda: 0.0,  # so that nothing times out on a slow machine
    ) -> None:
        self.told: list[str] = []
        self.now_ms = NOON_MS + DAY_MS
        self.folder = folder
        self.files = HistoryFiles(folder, max_bytes, self.told.append)
        self.writer = Writer(self.files, now=lambda: self.now_ms / 1000)
        self.questions = Questions(self.files, clock)
        self.reader = self.reading(eras, days=days)
        self._position = self.writer.newest_id >> 16

    def reading(self, eras: frozenset[int], *, days: int = 90) -> Reader:
        """Return a reader that may read these eras."""
        return Reader(
            self.questions,
            sequence=SEQUENCE,
            eras=eras,
            days=days,
            now=lambda: self.now_ms / 1000,
        )

    def close(self) -> None:
        self.writer.close()
        self.questions.close()

    def next_id(self) -> int:
        self._position += 1
        return self._position << 16

    def say(
        self, text: str, to: str, *, by: str = "Ann", account: str | None = None, ms: int = NOON_MS, event: str = ""
    ) -> LineRecord:
        """Write what somebody says to an audience, or an event. Return it."""
        name = to.split(":")[3] if to[0] in "oc" else "Bob"
        rest = event or f"PRIVMSG {name} :{text}"
        record = LineRecord(to, Recorded(self.next_id(), ms, ms, f"{by}!u@host", account, "", rest))
        self.writer.write([record])
        return record

    def enter(self, room: str, account_id: str) -> None:
        self.writer.write([PresenceRecord(self.next_id(), room, account_id, True)])

    def leave(self, room: str, account_id: str) -> None:
        self.writer.write([PresenceRecord(self.next_id(), room, account_id, False)])

    def search(self, seeker: Seeker, text: str = "", *, limit: int = 50, **filters: object) -> list[str]:
        """Return the texts of the matches."""
        found = self.reader.search(seeker, SearchQuery(text, limit, **filters))  # type: ignore[arg-type]
        return [said(line) for line in found]

    def room(self, seeker: Seeker, room: str, query: HistoryQuery = ALL, kinds: Kinds = Kinds.NONE) -> list[str]:
        """Return the texts of a room's past."""
        return [said(line) for line in self.reader.room_past(seeker, room, query, kinds).lines]

    def dialog(self, seeker: Seeker, other: str, query: HistoryQuery = ALL) -> list[str]:
        """Return the texts of a conversation's past."""
        return [said(line) for line in self.reader.dialog_past(seeker, other, query, Kinds.NONE).lines]


def said(line: Recorded) -> str:
    """Return the text of a line, or the whole line if it has none."""
    return line.rest.partition(" :")[2] or line.rest


def open_room(name: str = "#a", *, era: int = 1, instance: int = 7) -> str:
    return room_audience(name, instance, era, is_open=True).decode()


def closed_room(name: str = "#a", *, era: int = 1, instance: int = 7) -> str:
    return room_audience(name, instance, era, is_open=False).decode()


def dialog(one: str, other: str, one_name: str = "Ann", other_name: str = "Bob") -> str:
    return dialog_audience(one, other, one_name, other_name).decode()


def seeker(
    rooms: Mapping[str, int] | None = None,
    *,
    account_id: str = "",
    identity: str = "",
    instance: int = 7,
    room: str = "",
) -> Seeker:
    """Return a member of these rooms, with an account or as the visit of client 5."""
    found = dict(rooms or {})
    if room:
        found[casefold(room)] = instance
    return Seeker(identity or (f"account {account_id}" if account_id else f"visit {RUN}.5"), account_id, found)


def line_prefix(audience: bytes) -> bytes:
    """Return the beginning of a record of an event."""
    return HAPPENED + audience + b"\t"
