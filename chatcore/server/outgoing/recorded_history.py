"""History that is written to the journal on its way into memory, with who may read it. Delivery's thread only.

What the records say is in `archive.journal.records`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from chatcore.protocol.names import casefold
from chatcore.server.archive.journal.journal import Journal
from chatcore.server.archive.journal.records import (
    dialog_audience,
    line_prefix,
    presence_record,
    room_audience,
)
from chatcore.server.archive.storage.marker_rows import KeptMarker
from chatcore.server.outgoing.history import History, Place, RoomPlace
from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.memory_history import MemoryHistories
from chatcore.state.erasure import Erasure
from chatcore.state.history import HistoryQuery, Past, Recorded
from chatcore.state.metadata import Metadata


class Recording(NamedTuple):
    """Where to record, and beside what: the era of the server password.

    Private conversations are recorded only if `keeps_private`. All that is recorded has a later order time than
    `after_ms` (Unix, ms), the last one that there is. `waiting` is what has waited for accounts (ids) since before the
    tracker was started, `metadata` what they said of themselves, `markers` where they had read to.
    """

    journal: Journal
    era: int
    keeps_private: bool
    after_ms: int = 0
    waiting: Mapping[str, Sequence[Recorded]] = MappingProxyType({})
    metadata: Mapping[str, Metadata] = MappingProxyType({})
    markers: Mapping[str, Sequence[KeptMarker]] = MappingProxyType({})


class RecordedHistories:
    """All histories: recorded, and in memory. See Histories."""

    def __init__(self, memory: MemoryHistories, recording: Recording, now: Callable[[], int]) -> None:
        """`now` returns the id of the line that would be written now."""
        self._memory = memory
        self._recording = recording
        self._now = now

    @property
    def used_bytes(self) -> int:
        """See Histories."""
        return self._memory.used_bytes

    def erase(self, erasure: Erasure, up_to: int) -> None:
        """See Histories. The archive forgets it by itself."""
        self._memory.erase(erasure, up_to)

    def begin(self, place: Place) -> History:
        """See Histories."""
        memory = self._memory.begin(place)
        if isinstance(place, RoomPlace):
            return _RecordedRoom(memory, place, self._recording, self._now)
        return _RecordedDialog(memory, self._recording) if self._recording.keeps_private else memory


class _Recorded:
    """The past of one place, which goes the way of `memory` and of the journal."""

    def __init__(self, memory: History, recording: Recording) -> None:
        self._memory = memory
        self._keep_said = memory.add_said
        self._recording = recording
        self._append = recording.journal.append
        self._prefix = b""  # of the record of a line: who may read it

    def add_said(self, line: Line) -> None:
        """See History."""
        self._keep_said(line)
        self._record(line)

    def add_event(self, line: Line) -> None:
        """See History."""
        self._memory.add_event(line)
        self._record(line)

    def select(
        self, query: HistoryQuery, *, with_events: bool = False, with_tagmsgs: bool = False, past: Past | None = None
    ) -> list[Line]:
        """See History."""
        return self._memory.select(query, with_events=with_events, with_tagmsgs=with_tagmsgs, past=past)

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

    def _record(self, line: Line) -> None:
        if line.serial is None:
            return
        position, index, _, peak = line.serial
        account = line.account.encode() if line.account else b""
        self._append(
            b"%b%x\t%d\t%d\t%b\t%b %b"
            % (
                self._prefix,
                position << 16 | index,
                int(line.time * 1000),
                int(peak * 1000),
                account,
                line.tags,
                line.body,
            )
        )


class _RecordedRoom(_Recorded):
    """What is said in an instance of a room."""

    def __init__(self, memory: History, place: RoomPlace, recording: Recording, now: Callable[[], int]) -> None:
        super().__init__(memory, recording)
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
        self._prefix = line_prefix(room_audience(name, instance, self._recording.era, is_open=not is_closed))

    def rename(self, name: str, at: int) -> None:
        """See History. Who was in the room leaves it, and is in another: each name has its own past."""
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
        for account_id in tuple(self._present):  # which a fault has left behind
            self._record_presence(account_id, is_in=False)
        super().end()

    def _record_presence(self, account_id: str, *, is_in: bool) -> None:
        self._append(presence_record(self._now(), self._folded, account_id, is_in=is_in))


class _RecordedDialog(_Recorded):
    """What two people say to each other. It has its names before anything is said."""

    def __init__(self, memory: History, recording: Recording) -> None:
        super().__init__(memory, recording)
        self._names: dict[str, str] = {}

    def set_names(self, names: Mapping[str, str]) -> None:
        """See History."""
        if names == self._names:
            return
        self._names = dict(names)
        (one, one_name), *others = sorted(names.items())
        other, other_name = others[0] if others else (one, one_name)
        self._prefix = line_prefix(dialog_audience(one, other, one_name, other_name))
