"""How far people have read (https://ircv3.net/specs/extensions/read-marker). Knows no lines and no readers.

Delivery's thread only, except for `used_bytes`. Markers belong to an identity. An account's are written to the journal
soon after they have grown, so they outlive the tracker; a visit's end with it. Nobody else is told of them.
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
"""The shortest time between two writes of a marker, because people who read along move it with every message."""

AHEAD_MS = 60_000
"""How far ahead of the clock a marker may be. Beyond that, some clock was wrong, and it would hide new messages."""

_PART_OF_HISTORY = 16  # markers may use this part of the memory for histories
_KEPT_PART = 0.875  # the part of that which is left after a cut
_OVERHEAD_BYTES = 300  # for the objects that make up a marker


class Marker(NamedTuple):
    """The time up to which a place has been read (Unix, ms), its name then, and whether the journal has a marker."""

    time_ms: int
    name: str
    is_kept: bool = False


MarkersState = tuple[tuple[str, tuple[tuple[str, str, int], ...]], ...]
"""The markers of each identity: places, their names, and the times up to which they were read (Unix, ms)."""


class Markers:
    """The markers of each identity, by place (see `marker_facts`), least recently touched first.

    Each identity has a limit, beyond which its oldest are forgotten. When all together exceed theirs, the identities
    with the most markers lose some.
    """

    def __init__(
        self,
        config: Config,
        append: Append = lambda record: None,
        kept: Mapping[str, Sequence[KeptMarker]] | None = None,
        is_kept_well: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`append` takes records for the journal; `kept` are the accounts' (ids) markers from before the start.

        `is_kept_well` returns whether the journal can be written; `clock` is one that nobody sets (s).
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
        """The memory that the markers take. Any thread may read it."""
        for account_id, markers in (kept or {}).items():
            for place, name, time_ms in markers:
                self._put(account_identity(account_id), place, Marker(time_ms, name, is_kept=True))

    def state(self) -> MarkersState:
        """Return all markers, in the order in which they are kept."""
        return tuple(
            [
                (identity, tuple([(place, marker.name, marker.time_ms) for place, marker in markers.items()]))
                for identity, markers in self._places.items()
            ]
        )

    def restore(self, state: MarkersState) -> None:
        """Replace all markers by these. Soon, the lasting ones are written, and the others removed from the journal."""
        for identity, markers in tuple(self._places.items()):
            self._drop(identity, len(markers))
        for identity, kept in state:
            for place, name, time_ms in kept:
                self._set(identity, place, Marker(time_ms, name))

    def find(self, identity: str, place: str, now_ms: int) -> int | None:
        """Return the time up to which somebody has read a place (Unix, ms); None if unknown. `now_ms` is the time."""
        marker = self._places.get(identity, {}).get(place)
        return marker.time_ms if marker is not None and marker.time_ms <= now_ms + AHEAD_MS else None

    def advance(self, identity: str, place: str, marker: Marker, now_ms: int) -> bool:
        """Move a marker to this time, but not beyond now; return whether it has grown."""
        marker = marker._replace(time_ms=min(marker.time_ms, now_ms))
        known = self.find(identity, place, now_ms)
        if known is not None and known >= marker.time_ms:
            return False
        self._set(identity, place, marker)
        return True

    def rename(self, identities: Iterable[str], before: str, name: str) -> None:
        """Move the members' markers of a room (casefolded) to its new name. Others may not know it, so theirs stay.

        A member's marker of an earlier room with that name wins if it is later, because markers only grow.
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
        """Yield the places for which an identity has markers."""
        for place, marker in self._places.get(identity, {}).items():
            if marker.time_ms <= now_ms + AHEAD_MS:
                yield place, marker

    def end_visit(self, visit: str, *, may_return: bool = False) -> None:
        """Forget the markers of a visit that has ended, unless it may be resumed.

        Its account's markers are written soon, because the last client may have left, and nothing more may happen.
        """
        if not may_return:
            self._drop(visit_identity(visit), len(self._places.get(visit_identity(visit), ())))
        self._write_at = 0.0

    @property
    def are_due(self) -> bool:
        """Return whether any marker is due to be written."""
        return bool(self._unwritten) and self._clock() >= self._write_at and self._is_kept_well()

    def write(self, id_: int) -> None:
        """Write new markers to the journal. `id_` is later than all its records' ids, and earlier than all to come."""
        changes = [self._kept(identity, place, name) for (identity, place), name in self._unwritten.items()]
        self._unwritten.clear()
        self._write_at = self._clock() + WRITE_EVERY_S
        if changes:
            self._append(fact_record(id_, markers_fact(changes)))

    def _kept(self, identity: str, place: str, name: str) -> Change:
        """Note that a marker is kept, or no longer kept; return what to write about it."""
        markers = self._places.get(identity, {})
        marker = markers.get(place)
        if marker is None:
            return account_of(identity), place, name, None
        markers[place] = marker._replace(is_kept=True)
        return account_of(identity), place, name, marker.time_ms

    def _is_lasting(self, identity: str, place: str) -> bool:
        """Return whether a marker outlives the tracker. A conversation's may not: it tells who talks with whom."""
        is_kept = is_channel(place) or (self._keeps_private and not is_visit(place))
        return self._is_archive_on and is_account(identity) and is_kept

    def _set(self, identity: str, place: str, marker: Marker) -> None:
        """Set a marker, to be written if it is a lasting one."""
        if self._is_lasting(identity, place):
            before = self._places.get(identity, {}).get(place)
            is_kept = (
                before.is_kept if before is not None else (identity, place) in self._unwritten
            )  # to be written as forgotten
            marker = marker._replace(is_kept=is_kept)
            self._unwritten[identity, place] = marker.name
        self._put(identity, place, marker)

    def _put(self, identity: str, place: str, marker: Marker) -> None:
        """Set a marker as the one touched last, and enforce the limits."""
        markers = self._places.setdefault(identity, {})
        before = markers.pop(place, None)
        markers[place] = marker
        self.used_bytes += _size(place, marker) - (_size(place, before) if before is not None else 0)
        if len(markers) > self._max_places:
            self._drop(identity, len(markers) - self._max_places)
        if self.used_bytes > self._max_bytes:
            self._cut()

    def _cut(self) -> None:
        """Cut everybody with more than an even share down to it. This frees enough to be rare."""
        most = int(self._max_bytes * _KEPT_PART)
        share = most // len(self._places)
        for identity, markers in tuple(self._places.items()):
            sizes = [_size(place, marker) for place, marker in markers.items()]
            excess, count = sum(sizes) - share, 0
            while excess > 0 and count < len(sizes) - 1:
                excess -= sizes[count]
                count += 1
            self._drop(identity, count)
        for identity in sorted(
            self._places, key=is_account
        ):  # even one marker each is too much: visits lose theirs first
            if self.used_bytes <= most:
                break
            self._drop(identity, len(self._places[identity]))

    def _drop(self, identity: str, count: int) -> None:
        """Forget `count` of an identity's markers, least recently touched first."""
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
