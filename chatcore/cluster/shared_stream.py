"""The stream of a tracker among several: delivery takes what all trackers append, in one order.

Entries for one client alone (requests) never leave this tracker; they are placed among the rest as they arrive.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol, get_args

from chatcore.cluster.courier import Courier
from chatcore.cluster.engine import Batch
from chatcore.cluster.flights import Flights, Pending
from chatcore.errors import StreamClosed
from chatcore.state.credit import Credit
from chatcore.state.events import Event
from chatcore.state.facts import Fact
from chatcore.state.notes import Note
from chatcore.state.records import Published
from chatcore.state.stream import Entry, Label

_MAX_WAITING_BATCHES = 256
_LOOK_S = 0.5  # a delivery that has failed wakes nobody
_SHARED = frozenset((*get_args(Fact), Note))


Item = Batch | Entry | Callable[[], None]
"""What waits for delivery: what is to be run, an entry of this tracker alone, or something to be done in between."""


class Runner(Protocol):
    """What carries out batches. Delivery's thread, except where noted."""

    @property
    def position(self) -> int:
        """Return the last position assigned. Any thread."""

    @property
    def time(self) -> float:
        """Return the time (Unix, s) of the record there. Any thread."""

    def now(self) -> float:
        """Return the Unix time (s) by the clock that all trackers share. Any thread."""

    @property
    def is_due(self) -> bool:
        """Return whether a checkpoint must be made before anything more is run."""

    def store(self, batches: list[Batch]) -> None:
        """Save the batches that are about to be run."""

    def run(self, batch: Batch) -> list[Entry]:
        """Carry out all records of a batch; return what to deliver."""

    def make_checkpoint(self) -> None:
        """Make a checkpoint, once everything run so far is delivered."""


class SharedStream:
    """A state.stream.Stream. Any thread, but where Stream says which."""

    courier: Courier
    runner: Runner

    def __init__(self, sequence: str, flights: Flights) -> None:
        """The owner sets `courier` and `runner` before anybody uses the stream."""
        self.sequence = sequence
        self._flights = flights
        self._changed = threading.Condition()  # guards the rest
        self._waiting: deque[Item] = deque()
        self._batches = 0
        self._is_woken = False
        self._is_closed = False
        self.is_held: Callable[[], bool] = lambda: False
        """Whether nothing may be carried out now, as the log cannot be written. Delivery's thread."""
        self.has_failed: Callable[[], bool] = lambda: False
        """Whether delivery takes nothing any more. Any thread."""

    @property
    def position(self) -> int:
        """Return the last position assigned; any thread."""
        return self.runner.position

    @property
    def waiting(self) -> int:
        """Return how many batches have been read but not yet carried out; any thread."""
        return self._batches

    def append(self, events: tuple[Event, ...], credit: Credit | None = None, label: Label | None = None) -> None:
        """See Stream.append. Notes and facts go to all trackers, the rest to this client alone."""
        shared = tuple(event for event in events if type(event) in _SHARED)
        if not shared:
            self.append_here(events, credit, label)
            return
        rest = tuple(event for event in events if type(event) not in _SHARED)
        if rest or credit is not None:
            self.append_here(rest, credit, label)
        self.courier.submit(Published(shared))

    def append_here(self, events: tuple[Event, ...], credit: Credit | None = None, label: Label | None = None) -> None:
        """Append an entry for this tracker alone. Raises StreamClosed."""
        with self._changed:
            if self._is_closed:
                raise StreamClosed
            self._put_locked(Entry(0, 0.0, events, credit, label))

    def call(self, act: Callable[[], None]) -> None:
        """Have delivery do something once everything before it is delivered, and wait. Not from its own thread.

        Raises StreamClosed if delivery has failed.
        """
        is_done = threading.Event()

        def act_and_tell() -> None:
            try:
                act()
            finally:  # even if it failed, so that nobody waits forever
                is_done.set()

        with self._changed:
            self._waiting.append(act_and_tell)
            self._changed.notify_all()
        while not is_done.wait(_LOOK_S):
            if self.has_failed():
                raise StreamClosed

    def deliver(self, batches: list[Batch]) -> None:
        """Add batches read from the engine; wait first while too many are queued. The courier's thread.

        Raises StreamClosed if delivery has failed.
        """
        with self._changed:
            while not self._changed.wait_for(self._has_room, _LOOK_S):
                if self.has_failed():
                    raise StreamClosed
            self._waiting.extend(batches)
            self._batches += len(batches)
            self._changed.notify_all()

    def refuse(self, late: list[Pending], answer: Callable[[Pending], tuple[Event, ...]]) -> None:
        """Answer commands that will not be carried out."""
        for pending in late:
            try:
                if not pending.is_awaited:
                    self.append_here(answer(pending), pending.credit, pending.label)
            finally:  # only now, as the client's next command must be answered after this one
                pending.flight.land(pending, result=False)

    def take(self, limit: int) -> list[Entry]:
        """See Stream.take. The limit is approximate: a batch is never split."""
        with self._changed:
            self._changed.wait_for(self._has_something)
            self._is_woken = False
            taken = self._take_locked(limit)
            self._changed.notify_all()
        return self._run(deque(taken))

    def present(self) -> float:
        """See Stream.present."""
        return self.runner.now()

    def wake(self) -> None:
        """See Stream.wake."""
        with self._changed:
            self._is_woken = True
            self._changed.notify_all()

    def close(self, last: Event) -> None:
        """See Stream.close; closing twice is closing once."""
        with self._changed:
            if not self._is_closed:
                self._put_locked(Entry(0, 0.0, (last,)))
                self._is_closed = True
        self._flights.close()

    def _put_locked(self, entry: Entry) -> None:
        self._waiting.append(entry)
        self._changed.notify_all()

    def _has_room(self) -> bool:
        return self._batches < _MAX_WAITING_BATCHES or self._is_closed

    def _has_something(self) -> bool:
        """Return whether there is anything to take: what waits for the log does not count until `wake` is called."""
        return self._is_woken or len(self._waiting) > (self._batches if self.is_held() else 0)

    def _take_locked(self, limit: int) -> list[Item]:
        """Return what comes next; while the log cannot be written, only what is not logged."""
        is_held = self.is_held()
        taken: list[Item] = []
        kept: deque[Item] = deque()
        while self._waiting and len(taken) < limit:
            item = self._waiting.popleft()
            if isinstance(item, Batch):
                if is_held:
                    kept.append(item)
                    continue
                self._batches -= 1
            taken.append(item)
        self._waiting.extendleft(reversed(kept))
        return taken

    def _run(self, taken: deque[Item]) -> list[Entry]:
        """Run what was taken, up to a checkpoint: everything run before it must be delivered first."""
        batches = [item for item in taken if isinstance(item, Batch)]
        if batches:
            if self.runner.is_due:
                self.runner.make_checkpoint()
            self.runner.store(batches)
        entries: list[Entry] = []
        while taken:
            item = taken.popleft()
            if isinstance(item, Batch):
                entries += self.runner.run(item)
                if self.runner.is_due:
                    break
            elif not isinstance(item, Entry):
                if entries:
                    taken.appendleft(item)
                    break
                item()
            else:
                time = self.runner.time or self.runner.now()
                entries.append(item._replace(position=self.runner.position, time=time))
        if taken:
            self._put_back(taken)
        return entries

    def _put_back(self, taken: deque[Item]) -> None:
        with self._changed:
            self._waiting.extendleft(reversed(taken))
            self._batches += sum(isinstance(item, Batch) for item in taken)
