"""Where a starting tracker finds a snapshot and every record after it, without a hole.

Its own newest segment is best, if the log contains the place where that segment begins and the archive is complete up
to there: then nothing is lost or repeated. Other trackers supply what the engine no longer has. If none of them has it,
the tracker begins with the oldest snapshot that all later records are available for, and has a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from itertools import islice
from typing import NamedTuple, Protocol

from chatcore.cluster.engine import FIRST, Batch, Source, order_of
from chatcore.cluster.segment_file import VERSION, Head, OpenSegment, SegmentUnusable, version_of
from chatcore.cluster.segments import Segment, Segments, ends, is_after, segment_paths
from chatcore.errors import ConfigError, EngineLost, EngineTrimmed, StateTooNew

READ_BATCHES = 256
_TRIES = 4


class Held(NamedTuple):
    """A segment that somebody has, up to the batch of the id `end`. `whose`: '' this tracker's, else another's."""

    head: Head
    end: str
    whose: str = ""


class Others(Protocol):
    """The other trackers."""

    def held(self) -> list[Held]:
        """Return the segments that they can send; none if no tracker answers in time."""

    def fetch(self, held: Held) -> AbstractContextManager[OpenSegment]:
        """Return one of them, to be read. Raises SegmentUnusable if it does not come."""

    def forget(self) -> None:
        """Discard everything that was fetched."""


class Log(Protocol):
    """This tracker's log."""

    def has(self, place: str) -> bool:
        """Return whether it has a place."""

    def is_empty(self) -> bool:
        """Return whether there is nothing in it."""

    def place(self) -> str:
        """Return the place where it ends, '' if it has none."""

    def note_gap(self, first: int, last: int, time: float) -> None:
        """Write that what came at these positions, up to this Unix time (s), may be missing. Raises ConfigError."""


class Opening(NamedTuple):
    """How a tracker begins.

    `head` and `snapshot` are None if it begins with the chat. `place` is where its log was then ('': unknown). `gap`:
    what came at these positions may be missing. That is in the log if its place is known, and is to be written if it
    turns out that the log ends before what comes first. `batches` are to be
    run before anybody is served, up to the id `last`; it raises as `Chain.open` does if that
    cannot be done. `is_own`: this tracker was there when the snapshot was made.
    """

    head: Head | None
    snapshot: bytes | None
    place: str
    gap: tuple[int, int] | None
    batches: Iterator[Sequence[Batch]]
    last: str
    is_own: bool = False

    @property
    def span_ms(self) -> tuple[int, int]:
        """Return when `batches` begin and end (Unix, ms), for showing how far it is."""
        last = order_of(self.last)[0]
        return min(last, int(self.head.time * 1000)) if self.head else last, last


class Chain:
    """Finds where to begin and what follows. Main thread, unless a method says otherwise."""

    def __init__(
        self,
        segments: Segments,
        engine: Source,
        others: Others,
        *,
        chat: str,
        log: Log,
        archived: int,
        first: int = 1,
    ) -> None:
        """`chat` is its id, `first` the first position in it, `archived` up to which this tracker's archive has all."""
        self._segments = segments
        self._engine = engine
        self._others = others
        self._chat = chat
        self._log = log
        self._archived = archived
        self._first = first
        self._from_others: list[Held] | None = None
        self._tries = _TRIES

    def open(self) -> Opening:
        """Find out. Raises ConfigError, SegmentUnusable, EngineLost, EngineAway, OSError."""
        own = self._own()
        if own:
            with suppress(EngineTrimmed):
                self._engine.check(own[-1].end)
        last = self._engine.last_id()
        known = [held for held in reversed(own) if self._log.has(held.head.place)]
        whole = [held for held in known if held.head.position <= self._archived]
        for held in (*whole, *known, *own[-1:]):
            links = self._links([held], own)
            if links:
                return self._begin_own(links, last, is_known=held in known)
        snapshots = sorted(self._engine.snapshots())
        if not own and not snapshots:
            return Opening(None, None, self._place_of_all(), None, self._batches([], FIRST, last), last)
        missed = known[0].head.position + 1 if known else self._first
        newest = own[-1].head.position if own else -1
        for held in sorted(self._of_others()):
            links = self._links([held], []) if held.head.position > newest else None
            if links:
                return self._begin_fetched(links, last, missed)
        return self._begin_stored(snapshots, last, missed)

    def since(self, last: str) -> Iterator[Sequence[Batch]]:
        """Yield the batches after a given one, even if the engine no longer has all of them. The courier's thread.

        Raises ConfigError, SegmentUnusable, EngineLost, EngineAway: what was yielded before that is complete.
        """
        return self._batches([], last, self._engine.last_id())

    def _own(self) -> list[Held]:
        """Return this tracker's segments that can be read, in order."""
        for path in segment_paths(self._segments.folder):
            if (version := version_of(path)) > VERSION:
                raise StateTooNew(path, version, VERSION)
        self._segments.keep_only(self._chat)
        return [Held(segment.head, end) for segment, end in ends(self._segments.all())]

    def _of_others(self) -> list[Held]:
        if self._from_others is None:
            self._from_others = [held for held in self._others.held() if held.head.chat == self._chat]
        return self._from_others

    def _links(self, links: list[Held], own: list[Held]) -> list[Held] | None:
        """Return segments that lead from these to what the engine has; None if nobody has them."""
        links = list(links)
        while not self._is_in_engine(links[-1].end):
            last = links[-1].end
            following = _following(own, last) or _following(self._of_others(), last)
            if following is None:
                return None
            links.append(following)
        return links

    def _is_in_engine(self, id_: str) -> bool:
        """Return whether the engine has all that comes after a batch."""
        if id_ == FIRST:  # it is trimmed up to a snapshot
            return all(of == FIRST for _, of in sorted(self._engine.snapshots())[:1])
        first = self._engine.first_id()
        return id_ == self._engine.last_id() or not (first == FIRST or is_after(first, id_))

    def _begin_own(self, links: list[Held], last: str, *, is_known: bool) -> Opening:
        head = links[0].head
        with self._open(links[0]) as opened:
            snapshot = opened.snapshot()
        self._segments.resume(Segment(opened.path, head))
        gap = None if is_known or head.position < self._first else (self._first, head.position)
        batches = self._batches(links, head.after, last)
        return Opening(head, snapshot, head.place if is_known else "", gap, batches, last, is_own=True)

    def _begin_fetched(self, links: list[Held], last: str, missed: int) -> Opening:
        with self._others.fetch(links[0]) as opened:
            snapshot = opened.snapshot()
        return self._begin_new(links[0].head, snapshot, links, last, missed)

    def _begin_stored(self, snapshots: list[tuple[int, str]], last: str, missed: int) -> Opening:
        for position, id_ in snapshots:
            found = self._engine.snapshot(position) if self._is_in_engine(id_) else None
            if found:
                after, snapshot = found
                head = Head(position, after, order_of(after)[0] / 1000, self._chat)
                return self._begin_new(head, snapshot, [], last, missed)
        raise ConfigError("the engine has no snapshot of the chat from which on it has everything, nor has any tracker")

    def _begin_new(self, head: Head, snapshot: bytes, links: list[Held], last: str, missed: int) -> Opening:
        gap = (missed, head.position) if head.position >= missed else None
        if gap and self._log.is_empty():
            self._log.note_gap(*gap, head.time)
            head = head._replace(place=self._log.place(), goes_on=False)
        else:
            head = head._replace(place=self._place_of_all(), goes_on=False)
        self._segments.roll(head, snapshot)
        return Opening(head, snapshot, head.place, gap, self._batches(links, head.after, last), last)

    def _place_of_all(self) -> str:
        """Return where in the log that comes which will be run; '' if some of it may be in it already."""
        return self._log.place() if self._log.is_empty() else ""

    def _batches(self, links: list[Held], last: str, target: str) -> Iterator[Sequence[Batch]]:
        """Yield all batches after `last`, from segments and then from the engine, up to `target`."""
        with ExitStack() as opened:
            # At once: they are written anew on the way.
            own = {held.head.position: opened.enter_context(self._open(held)) for held in links if not held.whose}
            for held in links:
                try:
                    of_another = held.whose and opened.enter_context(self._others.fetch(held))
                except SegmentUnusable:
                    yield from self._batches(self._links_again(last), last, target)
                    return
                segment = of_another or own[held.head.position]
                for new in _after(last, segment):
                    last, self._tries = new[-1].id, _TRIES
                    yield new
                if is_after(held.end, last):
                    raise ConfigError(f"{segment.path} is damaged: some of the chat is missing in it")
        self._others.forget()
        while is_after(target, last):
            try:
                batches = self._engine.read(last, READ_BATCHES, 0)
            except EngineTrimmed:  # meanwhile
                yield from self._batches(self._links_after(last), last, target)
                return
            if not batches:
                raise EngineLost("the engine has lost what it had a moment ago")
            last = batches[-1].id
            yield batches

    def _open(self, held: Held) -> OpenSegment:
        return OpenSegment(next(found.path for found in self._segments.all() if found.head == held.head))

    def _links_again(self, last: str) -> list[Held]:
        """Find segments again: the tracker that had one may have merged it into another meanwhile.

        Raises ConfigError, and SegmentUnusable if that keeps happening.
        """
        self._tries -= 1
        if not self._tries:
            raise SegmentUnusable("what other trackers have of the chat does not come")
        return self._links_after(last)

    def _links_after(self, last: str) -> list[Held]:
        """Return segments that lead from this batch to what the engine has now. Raises ConfigError."""
        self._from_others = None
        links = self._links([Held(Head(0, last, 0.0), last)], [])
        if not links:
            raise ConfigError("the engine does not have any more what came meanwhile, nor has any tracker: start again")
        return links[1:]


def _following(pool: Sequence[Held], last: str) -> Held | None:
    """Return the segment of these that has what comes after a batch, and most of it."""
    fitting = [held for held in pool if not is_after(held.head.after, last) and is_after(held.end, last)]
    return max(fitting, key=lambda held: order_of(held.end), default=None)


def _after(last: str, segment: OpenSegment) -> Iterator[Sequence[Batch]]:
    """Yield the batches of a segment that come after this one, some at a time."""
    segment.snapshot()
    batches = (batch for batch in segment.batches() if is_after(batch.id, last))
    while some := list(islice(batches, READ_BATCHES)):
        yield some
