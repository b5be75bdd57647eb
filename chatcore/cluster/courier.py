"""The two threads between this tracker and the engine: one appends records, the other reads them.

Nobody can know whether an interrupted append reached the engine, so it is sent again with the same number; a tracker
that reads both drops the second (`members.Members.take`).
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import NamedTuple

from chatcore.cluster.codec import CodecError, pack
from chatcore.cluster.engine import Batch, Engine
from chatcore.cluster.flights import Pending
from chatcore.cluster.incoming import Incoming
from chatcore.errors import EngineAway, StreamClosed
from chatcore.state.notes import Noted, NoteKind
from chatcore.state.records import Published, Record, RoomEnded

BATCH_RECORDS = 1024
PATIENCE_S = 10.0
"""How long commands wait for an engine that is away before they are refused."""
MAX_NOTES = 10_000
"""How many notes about strangers may wait for the engine; further ones are only counted."""

_RETRY_S = 0.2
_OF_STRANGERS = (NoteKind.REFUSED, NoteKind.SHUT_OUT)
_logger = logging.getLogger(__name__)


class Item(NamedTuple):
    """A record to append, and what its client waits for. Only a record with a waiting client can be refused."""

    record: Record
    pending: Pending | None
    since: float  # monotonic, s


class Courier:
    """One tracker's courier. Any thread, unless a method names one."""

    def __init__(
        self,
        engine: Engine,
        deliver: Callable[[list[Batch]], None],
        refuse: Callable[[list[Pending]], None],
        hold: Callable[[list[Pending]], None],
        on_lost: Callable[[str], None],
        on_away: Callable[[bool, int], None],
        missed: Callable[[str], Iterable[Sequence[Batch]]] = lambda after: (),
    ) -> None:
        """Set what the two threads call.

        `deliver` takes what was read, and blocks while too much is pending; it raises StreamClosed once delivery has
        ended. `missed` yields the batches after one if the engine no longer has them all; it raises as Chain.since
        does. `refuse` gets commands that have waited too long, `hold` those that have been in doubt for that long.
        `on_lost` is told why this tracker cannot go on, `on_away` that the engine is away, or that it is back and how
        many notes were dropped meanwhile.
        """
        self._engine = engine
        self._refuse = refuse
        self._hold = hold
        self._on_lost = on_lost
        self._on_away = on_away
        self._changed = threading.Condition()  # guards the attributes below
        self._items: deque[Item] = deque()
        self._going: list[Item] = []  # what is being appended
        self._is_held = False  # `hold` was told of it
        # Notes about strangers: among the items, and dropped since the engine went away.
        self._notes, self._dropped = 0, 0
        self._incarnation, self._sequence = 0, 0
        self._is_closing = False
        self._away_since: float | None = None
        self.on_confirmed: Callable[[float], None] = lambda since: None
        """Called for each confirmed batch with the time (monotonic, s) of its first attempt. The thread log-out."""
        self._stopped = threading.Event()
        self._incoming = Incoming(engine, deliver, missed, on_lost, self._stopped)
        self._threads: list[threading.Thread] = []

    @property
    def is_reachable(self) -> bool:
        """Return whether the engine was reached a moment ago, so that a new record should go out soon."""
        since = self._away_since
        return since is None or monotonic() - since < PATIENCE_S

    @property
    def away_s(self) -> float | None:
        """Return how long (s) the engine has been away; None if the last attempt reached it."""
        since = self._away_since
        return None if since is None else monotonic() - since

    @property
    def waiting(self) -> int:
        """Return how many records have yet to go, or to arrive for certain."""
        return len(self._items) + len(self._going)

    def is_going(self, kind: type[Record]) -> bool:
        """Return whether a record of this kind has yet to go, or to arrive for certain."""
        with self._changed:
            return any(type(item.record) is kind for item in (*self._going, *self._items))

    def submit(self, record: Record, pending: Pending | None = None) -> None:
        """Have a record appended. Raises StreamClosed. The order of one thread's calls is kept."""
        with self._changed:
            if self._is_closing:
                raise StreamClosed
            if pending is not None:
                pending.flight.begin(pending)
            elif _is_note(record):
                if self._notes >= MAX_NOTES:
                    self._dropped += 1
                    return
                self._notes += 1
            self._items.append(Item(record, pending, monotonic()))
            self._changed.notify()

    def begin(self, incarnation: int, joined: Record, void: Callable[[], None] = lambda: None) -> None:
        """Append under a new incarnation, `joined` first, and drop what clients of the previous one have pending.

        `void` is called in between: nothing that anybody waits for until then will be carried out.
        """
        with self._changed:
            self._incarnation, self._sequence = incarnation, 0
            kept = [item for item in self._items if isinstance(item.record, Published | RoomEnded)]
            self._items.clear()
            self._notes = sum(_is_note(item.record) for item in kept)
            void()
            self._items.extend((Item(joined, None, monotonic()), *kept))
            self._changed.notify()

    def start(self, after: str) -> None:
        """Begin to append, and to read what comes after the batch of this id."""
        for name, run in (("log-out", self._append_all), ("log-in", lambda: self._incoming.read_all(after))):
            thread = threading.Thread(target=self._run, args=(run,), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self, seconds: float) -> None:
        """Append what is left, for at most the given time, and end."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        for thread in self._threads[:1]:
            thread.join(seconds)
        self._stopped.set()
        self._engine.close()

    def _run(self, run: Callable[[], None]) -> None:
        """Run one of the two threads. If it fails the tracker cannot go on, and nobody may be left waiting for it."""
        try:
            run()
        except Exception as error:
            if not self._stopped.is_set():
                _logger.exception("the courier failed")
                self._on_lost(f"The connection to the engine has failed: {error}")

    def _append_all(self) -> None:
        while (batch := self._next_batch()) is not None:
            incarnation, sequence, items = batch
            self._append(incarnation, self._packed(incarnation, sequence, items))
            self._going = []

    def _packed(self, incarnation: int, sequence: int, items: list[Item]) -> bytes:
        """Return a batch of the records that can be encoded; others are a bug, and affect only their own clients."""
        try:
            return pack(incarnation, sequence, [item.record for item in items])
        except CodecError:
            good = [item.record for item in items if _can_be_packed(item.record)]
            bad = [item for item in items if item.record not in good]
            _logger.exception("%d records cannot be written", len(bad))
            self._refuse([item.pending for item in bad if item.pending is not None])
            return pack(incarnation, sequence, good)

    def _next_batch(self) -> tuple[int, int, list[Item]] | None:
        """Return what goes next, with its number; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._is_closing)
            if not self._items:
                return None
            self._sequence += 1
            items = [self._items.popleft() for _ in range(min(BATCH_RECORDS, len(self._items)))]
            if self._notes:
                self._notes -= sum(_is_note(item.record) for item in items)
            self._going, self._is_held = items, False
            return self._incarnation, self._sequence, items

    def _append(self, incarnation: int, data: bytes) -> None:
        """Append until the engine confirms it, unless this incarnation ends first."""
        since = monotonic()
        while not self._stopped.is_set() and incarnation == self._incarnation:
            begun = monotonic()
            try:
                self._engine.append(data)
            except EngineAway:
                self._note_away(begun)
                self._stopped.wait(_RETRY_S)
            else:
                self._note_back()
                self.on_confirmed(since)
                return

    def _note_away(self, since: float) -> None:
        """Note that the append begun at this time (monotonic, s) failed."""
        with self._changed:
            is_new = self._away_since is None
            if is_new:
                self._away_since = since
        if is_new:
            self._on_away(True, 0)
        self.look()

    def look(self) -> None:
        """Report what has waited too long for an engine that is away.

        Call it now and then, from any thread: a silent engine blocks log-out for seconds, too long for clients.
        """
        with self._changed:
            if self._away_since is None:
                return
            doubtful, late = self._doubtful_locked(), self._withdraw_locked()
        if doubtful:
            self._hold(doubtful)
        if late:
            self._refuse(late)

    def _note_back(self) -> None:
        with self._changed:
            was_away, dropped = self._away_since is not None, self._dropped
            self._away_since, self._dropped = None, 0
        if was_away:
            self._on_away(False, dropped)

    def _doubtful_locked(self) -> list[Pending]:
        """Return, once per batch, what clients wait for if it has been in doubt for too long."""
        if self._is_held or not self._going or monotonic() - self._going[0].since < PATIENCE_S:
            return []
        self._is_held = True
        return [item.pending for item in self._going if item.pending is not None]

    def _withdraw_locked(self) -> list[Pending]:
        """Take back the commands that have waited too long, and those after them of the same clients.

        What has been sent, and may have arrived, stays: it is sent until that is certain.
        """
        oldest = monotonic() - PATIENCE_S
        late: list[Pending] = []
        flights = set()
        kept: deque[Item] = deque()
        for item in self._items:
            pending = item.pending
            if pending is not None and pending.is_refusable and (item.since < oldest or pending.flight in flights):
                flights.add(pending.flight)
                late.append(pending)
            else:
                kept.append(item)
        self._items = kept
        return late


def _is_note(record: Record) -> bool:
    """Return whether a record only logs what a stranger did; there may be many of those."""
    return isinstance(record, Published) and all(
        isinstance(event, Noted) and event.kind in _OF_STRANGERS for event in record.events
    )


def _can_be_packed(record: Record) -> bool:
    try:
        pack(0, 0, [record])
    except CodecError:
        return False
    return True
