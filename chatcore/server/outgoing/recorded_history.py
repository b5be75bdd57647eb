"""History that is also recorded in the journal, with its audience. Delivery's thread only.

`archive.journal.records` defines the records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

from chatcore.protocol.names import casefold
from chatcore.server.archive.journal.journal import Journal
from chatcore.server.archive.journal.records import (
    HAPPENED,
    REACTED,
    SAID,
    dialog_audience,
    presence_record,
    redaction_record,
    room_audience,
)
from chatcore.server.archive.storage.belongings import Belongings
from chatcore.server.outgoing.history import History
from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.memory_history import MemoryHistories
from chatcore.state.erasure import Erasure
from chatcore.state.history import HistoryQuery, Kinds, Past, Place, RoomPlace
from chatcore.state.reactions import Reaction

_MAX_AUTHORS = 10_000


class Recording(NamedTuple):
    """Where to record, and the era of the server password to record.

    Private conversations are recorded only if `keeps_private`. All records have a later order time than `after_ms`
    (Unix, ms), the last one so far. `belongings` are from before the tracker was started.
    """

    journal: Journal
    era: int
    keeps_private: bool
    after_ms: int = 0
    belongings: Belongings = Belongings()


class RecordedHistories:
    """All histories, recorded and in memory. See Histories."""

    def __init__(self, memory: MemoryHistories, recording: Recording, now: Callable[[], int]) -> None:
        """`now` returns the id of a line that would be written now."""
        self._memory = memory
        self._recording = recording
        self._authors = _Authors()
        self._now = now

    @property
    def used_bytes(self) -> int:
        """See Histories."""
        return self._memory.used_bytes

    def is_redacted(self, id_: int) -> bool:
        """See Histories."""
        return self._memory.is_redacted(id_)

    def erase(self, erasure: Erasure, up_to: int) -> None:
        """See Histories. The archive forgets the lines by itself."""
        self._memory.erase(erasure, up_to)

    def begin(self, place: Place) -> History:
        """See Histories."""
        memory = self._memory.begin(place)
        if isinstance(place, RoomPlace):
            return _RecordedRoom(memory, place, self._recording, self._authors, self._now)
        return _RecordedDialog(memory, self._recording, self._authors) if self._recording.keeps_private else memory


class _Authors(dict[str, bytes]):
    """The authors recorded so far: account and identity, by identity."""

    def add(self, line: Line) -> bytes:
        """Record the author of a line."""
        if len(self) >= _MAX_AUTHORS:
            self.clear()
        by = self[line.author] = f"{line.account or ''}\t{line.author}".encode()
        return by


class _Recorded:
    """The past of one place, in `memory` and in the journal."""

    def __init__(self, memory: History, recording: Recording, authors: _Authors) -> None:
        self._memory = memory
        self._authors = authors
        self._keep_said = memory.add_said
        self._recording = recording
        self._append = recording.journal.append
        self._audience = b""  # who may read the lines added

    def add_said(self, line: Line) -> None:
        """See History."""
        self._keep_said(line)
        self._record(line)

    def add_event(self, line: Line) -> None:
        """See History."""
        self._memory.add_event(line)
        self._record(line)

    def react(self, reaction: Reaction, line: Line) -> None:
        """See History. The archive itself finds out whether the message was sent here."""
        self._memory.react(reaction, line)
        self._record(line, reaction.message)

    def find(self, id_: int) -> Line | None:
        """See History."""
        return self._memory.find(id_)

    def redact(self, message: int, line: Line) -> None:
        """See History."""
        self._memory.redact(message, line)
        self._record(line)
        self._append(redaction_record(line.id, message))

    def select(self, query: HistoryQuery, kinds: Kinds = Kinds.NONE, past: Past | None = None) -> list[Line]:
        """See History."""
        return self._memory.select(query, kinds, past)

    def latest(self) -> Line | None:
        """See History."""
        return self._memory.latest()

    def set_closed(self, is_closed: bool) -> None:
        """See History."""

    def rename(self, name: str, at: int) -> None:
        """See History."""

    def enter(self, account_id: str) -> None:
        """See History."""

    def leave(self, account_id: str) -> None:
        """See History."""

    def set_names(self, names: Mapping[str, str]) -> None:
        """See History."""

    def end(self) -> None:
        """See History."""
        self._memory.end()

    def _record(self, line: Line, reacts_to: int = 0) -> None:
        if line.serial is None:
            return
        position, index, _, peak = line.serial
        if line.author:
            kind, by = SAID, self._authors.get(line.author) or self._authors.add(line)
        else:
            kind, by = HAPPENED, line.account.encode() if line.account else b""
        if reacts_to:
            kind, by = REACTED, b"%b\t%x" % (by, reacts_to)
        self._append(
            b"%b%b%x\t%d\t%d\t%b\t%b %b"
            % (
                kind,
                self._audience,
                position << 16 | index,
                int(line.time * 1000),
                int(peak * 1000),
                by,
                line.tags,
                line.body,
            )
        )


class _RecordedRoom(_Recorded):
    """The past of one instance of a room."""

    def __init__(
        self, memory: History, place: RoomPlace, recording: Recording, authors: _Authors, now: Callable[[], int]
    ) -> None:
        super().__init__(memory, recording, authors)
        self._now = now
        self._place = place
        self._folded = casefold(place.name)
        self._is_closed = False
        self._present: Counter[str] = Counter()  # visits by account
        self.set_closed(False)

    def set_closed(self, is_closed: bool) -> None:
        """See History."""
        self._is_closed = is_closed
        name, instance = self._place
        self._audience = room_audience(name, instance, self._recording.era, is_open=not is_closed) + b"\t"

    def rename(self, name: str, at: int) -> None:
        """See History. Members leave the old name and enter the new one: each name has its own past."""
        for account_id in self._present:
            self._record_presence(account_id, is_in=False)
        self._place, self._folded = self._place._replace(name=name), casefold(name)
        self.set_closed(self._is_closed)
        for account_id in self._present:
            self._record_presence(account_id, is_in=True)
        self._memory.rename(name, at)

    def enter(self, account_id: str) -> None:
        """See History."""
        self._present[account_id] += 1
        if self._present[account_id] == 1:
            self._record_presence(account_id, is_in=True)

    def leave(self, account_id: str) -> None:
        """See History."""
        self._present[account_id] -= 1
        if self._present[account_id] <= 0:
            del self._present[account_id]
            self._record_presence(account_id, is_in=False)

    def end(self) -> None:
        """See History."""
        for account_id in tuple(self._present):  # left behind by a fault
            self._record_presence(account_id, is_in=False)
        super().end()

    def _record_presence(self, account_id: str, *, is_in: bool) -> None:
        self._append(presence_record(self._now(), self._folded, account_id, is_in=is_in))


class _RecordedDialog(_Recorded):
    """A conversation between two people. It gets their names before the first message."""

    def __init__(self, memory: History, recording: Recording, authors: _Authors) -> None:
        super().__init__(memory, recording, authors)
        self._names: dict[str, str] = {}

    def set_names(self, names: Mapping[str, str]) -> None:
        """See History."""
        if names == self._names:
            return
        self._names = dict(names)
        (one, one_name), *others = sorted(names.items())
        other, other_name = others[0] if others else (one, one_name)
        self._audience = dialog_audience(one, other, one_name, other_name) + b"\t"
