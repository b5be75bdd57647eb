"""How far people have read (https://ircv3.net/specs/extensions/read-marker). Knows no lines and no readers.

Delivery's thread only, but for `used_bytes`. Markers belong to an identity: an account's are in the journal soon after
they have grown, and so outlive the tracker; a visit's end with it. What they have is nobody else's concern.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from time import monotonic
from typing import NamedTuple

from chatcore.config import Config
from chatcore.protocol.names import casefold, is_channel
from chatcore.server.archive.journal.marker_facts import Change, markers_fact
from chatcore.server.archive.journal.records import fact_record
from chatcore.server.archive.storage.marker_rows import KeptMarker
from chatcore.server.outgoing.room_book import Append
from chatcore.state.history_identity import account_identity, account_of, is_account, is_visit, visit_identity

WRITE_EVERY_S = 2.0
"""How often a marker is written at most: somebody who reads along moves it with every message."""

AHEAD_MS = 60_000
"""How far ahead of the clock a marker may be. Beyond that a clock was wrong, and it would hide new messages."""

_PART_OF_HISTORY = 16  # of the memory for histories, this part is for markers
_KEPT_PART = 0.875  # of that, when there was too much
_OVERHEAD_BYTES = 300  # of the objects that make up a marker


class Marker(NamedTuple):
    """Until when a place has been read (Unix, ms), what it was called then, and whether the journal knows of one."""

    time_ms: int
    name: str
    is_kept: bool = False


MarkersState = tuple[tuple[str, tuple[tuple[str, str, int], ...]], ...]
"""The markers of each identity: places, what they were called, until when they were read (Unix, ms)."""


class Markers:
    """The markers of each identity, by place (see `marker_facts`), the one that was longest untouched first.

    There are bounds for each and for all together: too many places of somebody are forgotten, and when there are too
    many of all, it is those who have the most that lose some.
    """

    def __init__(
        self,
        config: Config,
        append: Append = lambda record: None,
        kept: Mapping[str, Sequence[KeptMarker]] | None = None,
        is_kept_well: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`append` takes records for the journal, `kept` are those of accounts (ids) from before the start.

        `is_kept_well` returns whether the journal can be written; `clock` is one that is never set (s).
        """
        self._max_places = config.limits.max_read_markers or sys.maxsize
        self._max_bytes = reserved_bytes(config) or sys.maxsize
        self._is_archive_on = config.is_archive_on
        self._keeps_private = config.log_private
        self._append = append
        self._is_kept_well = is_kept_well
        self._clock = clock
        self._places: dict[str, dict[str, Marker]] = {}
        self._unwritten: dict[tuple[str, str], str] = {}  # names, by identity and place
        self._write_at = 0.0
        self.used_bytes = 0
        """How much memory the markers take. Any thread may read it."""
        for account_id, markers in (kept or {}).items():
            for place, name, time_ms in markers:
                self._put(account_identity(account_id), place, Marker(time_ms, name, is_kept=True))

    def state(self) -> MarkersState:
        """Return all markers, in the orders in which they are kept."""
        return tuple(
            [
                (identity, tuple([(place, marker.name, marker.time_ms) for place, marker in markers.items()]))
                for identity, markers in self._places.items()
            ]
        )

    def restore(self, state: MarkersState) -> None:
        """Have these markers, and no others. Those that are to last are written soon, and others taken back."""
        for identity, markers in tuple(self._places.items()):
            self._drop(identity, len(markers))
        for identity, kept in state:
            for place, name, time_ms in kept:
                self._set(identity, place, Marker(time_ms, name))

    def find(self, identity: str, place: str, now_ms: int) -> int | None:
        """Return up to when somebody has read a place (Unix, ms); None if unknown. `now_ms` is the time."""
        marker = self._places.get(identity, {}).get(place)
        return marker.time_ms if marker is not None and marker.time_ms <= now_ms + AHEAD_MS else None

    def advance(self, identity: str, place: str, marker: Marker, now_ms: int) -> bool:
        """Note that somebody has read until then, and not beyond now; return whether that is later than was known."""
        marker = marker._replace(time_ms=min(marker.time_ms, now_ms))
        known = self.find(identity, place, now_ms)
        if known is not None and known >= marker.time_ms:
            return False
        self._set(identity, place, marker)
        return True

    def rename(self, identities: Iterable[str], before: str, name: str) -> None:
        """Have a room (casefolded) go by another name. Those of others than its members stay: they may not know of it.

        One that they have of an earlier room of that name counts if it is later, as a marker only ever grows.
        """
        place = casefold(name)
        for identity in identities:
            marker = self._places.get(identity, {}).get(before)
            if marker is not None:
                if place != before:
                    self._forget(identity, before)
                there = self._places.get(identity, {}).get(place, marker)
                self._set(identity, place, Marker(max(marker.time_ms, there.time_ms), name))

    def of(self, identity: str, now_ms: int) -> Iterator[tuple[str, Marker]]:
        """Yield the places for which somebody has markers."""
        for place, marker in self._places.get(identity, {}).items():
            if marker.time_ms <= now_ms + AHEAD_MS:
                yield place, marker

    def end_visit(self, visit: str, *, may_return: bool = False) -> None:
        """Forget the markers of a visit that has ended, unless it may be resumed.

        Those of its account are written soon: nobody may be left to make anything happen.
        """
        if not may_return:
            self._drop(visit_identity(visit), len(self._places.get(visit_identity(visit), ())))
        self._write_at = 0.0

    @property
    def are_due(self) -> bool:
        """Return whether any marker is still to be written."""
        return bool(self._unwritten) and self._clock() >= self._write_at and self._is_kept_well()

    def write(self, id_: int) -> None:
        """Write down what is new. `id_` is later than those of all records so far, and earlier than all to come."""
        changes = [self._kept(identity, place, name) for (identity, place), name in self._unwritten.items()]
        self._unwritten.clear()
        self._write_at = self._clock() + WRITE_EVERY_S
        if changes:
            self._append(fact_record(id_, markers_fact(changes)))

    def _kept(self, identity: str, place: str, name: str) -> Change:
        """Note that a marker is kept, or is not any more; return what is to be written of it."""
        markers = self._places.get(identity, {})
        marker = markers.get(place)
        if marker is None:
            return account_of(identity), place, name, None
        markers[place] = marker._replace(is_kept=True)
        return account_of(identity), place, name, marker.time_ms

    def _is_lasting(self, identity: str, place: str) -> bool:
        """Return whether a marker outlives the tracker: who talks with whom privately may be nobody's concern."""
        is_kept = is_channel(place) or (self._keeps_private and not is_visit(place))
        return self._is_archive_on and is_account(identity) and is_kept

    def _set(self, identity: str, place: str, marker: Marker) -> None:
        """Set a marker, which is to be written if it is to last."""
        if self._is_lasting(identity, place):
            before = self._places.get(identity, {}).get(place)
            is_kept = before.is_kept if before is not None else (identity, place) in self._unwritten  # as forgotten
            marker = marker._replace(is_kept=is_kept)
            self._unwritten[identity, place] = marker.name
        self._put(identity, place, marker)

    def _put(self, identity: str, place: str, marker: Marker) -> None:
        """Set a marker as the last one touched, within the limits."""
        markers = self._places.setdefault(identity, {})
        before = markers.pop(place, None)
        markers[place] = marker
        self.used_bytes += _size(place, marker) - (_size(place, before) if before is not None else 0)
        if len(markers) > self._max_places:
            self._drop(identity, len(markers) - self._max_places)
        if self.used_bytes > self._max_bytes:
            self._cut()

    def _cut(self) -> None:
        """Cut everybody with more than an even share down to it. That frees enough to make this rare."""
        most = int(self._max_bytes * _KEPT_PART)
        share = most // len(self._places)
        for identity, markers in tuple(self._places.items()):
            sizes = [_size(place, marker) for place, marker in markers.items()]
            excess, count = sum(sizes) - share, 0
            while excess > 0 and count < len(sizes) - 1:
                excess -= sizes[count]
                count += 1
            self._drop(identity, count)
        for identity in sorted(self._places, key=is_account):  # so many that one each is too much: first visits
            if self.used_bytes <= most:
                break
            self._drop(identity, len(self._places[identity]))

    def _drop(self, identity: str, count: int) -> None:
        """Forget `count` of somebody's markers, the longest untouched first."""
        for place in [*self._places.get(identity, ())][:count]:
            self._forget(identity, place)

    def _forget(self, identity: str, place: str) -> None:
        """Forget one marker."""
        markers = self._places[identity]
        marker = markers.pop(place)
        self.used_bytes -= _size(place, marker)
        if marker.is_kept:
            self._unwritten[identity, place] = marker.name
        else:
            self._unwritten.pop((identity, place), None)
        if not markers:
            del self._places[identity]


def reserved_bytes(config: Config) -> int:
    """Return how much of the memory for histories markers may use; 0 for no limit."""
    return config.limits.max_total_history_bytes // _PART_OF_HISTORY


def _size(place: str, marker: Marker) -> int:
    """Return roughly how many bytes of memory a marker takes."""
    return len(place) + len(marker.name) + _OVERHEAD_BYTES
