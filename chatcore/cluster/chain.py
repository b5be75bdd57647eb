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
    """A segment that a tracker has, up to the batch of id `end`. `whose`: '' for this tracker, else another's name."""

    head: Head
    end: str
    whose: str = ""


class Others(Protocol):
    """The other trackers."""

    def held(self) -> list[Held]:
        """Return the segments they can send; none if no tracker answers in time."""

    def fetch(self, held: Held) -> AbstractContextManager[OpenSegment]:
        """Fetch one of them and open it. Raises SegmentUnusable if it does not arrive."""

    def forget(self) -> None:
        """Discard everything that was fetched."""


class Log(Protocol):
    """This tracker's log."""

    def has(self, place: str) -> bool:
        """Return whether it contains this place."""

    def is_empty(self) -> bool:
        """Return whether it is empty."""

    def place(self) -> str:
        """Return the place where it ends; '' if it has none."""

    def note_gap(self, first: int, last: int, time: float) -> None:
        """Write that the records at these positions, up to this Unix time (s), may be missing. Raises ConfigError."""


class Opening(NamedTuple):
    """How a tracker begins.

    `head` and `snapshot` are None if it begins with the chat. `place` is where its log was at the snapshot ('':
    unknown). `gap` are the positions whose records may be missing: the log says so already if its place is known; else
    the caller notes it if the log turns out to end before the first record. `batches`, up to the id `last`, must be run
    before anybody is served; iterating raises what `Chain.open` raises. `is_own`: `head` is a segment of this tracker.
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
        """Return when `batches` begin and end (Unix, ms), to show progress."""
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
        """`chat` is its id, `first` its first position; this tracker's archive is complete up to `archived`."""
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
        """Find where to begin. Raises ConfigError, SegmentUnusable, EngineLost, EngineAway, OSError."""
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

        Raises ConfigError, SegmentUnusable, EngineLost, EngineAway; what was yielded until then has no hole.
        """
        return self._batches([], last, self._engine.last_id())

    def _own(self) -> list[Held]:
        """Return this tracker's readable segments, in order."""
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
        """Extend this chain of segments up to what the engine has; return None if nobody has those that are missing."""
        links = list(links)
        while not self._is_in_engine(links[-1].end):
            last = links[-1].end
            following = _following(own, last) or _following(self._of_others(), last)
            if following is None:
                return None
            links.append(following)
        return links

    def _is_in_engine(self, id_: str) -> bool:
        """Return whether the engine has every batch after this one."""
        if id_ == FIRST:  # the engine is trimmed up to a snapshot
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
        raise ConfigError("neither the engine nor any tracker has a snapshot of the chat and everything after it")

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
        """Return where the log will have what is about to be run; '' if it may contain some of it already."""
        return self._log.place() if self._log.is_empty() else ""

    def _batches(self, links: list[Held], last: str, target: str) -> Iterator[Sequence[Batch]]:
        """Yield all batches after `last`, from segments and then from the engine, up to `target`."""
        with ExitStack() as opened:
            # All at once: reading the batches overwrites the files.
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
                    raise ConfigError(f"{segment.path} is damaged: some of the chat is missing from it")
        self._others.forget()
        while is_after(target, last):
            try:
                batches = self._engine.read(last, READ_BATCHES, 0)
            except EngineTrimmed:  # while this tracker was reading
                yield from self._batches(self._links_after(last), last, target)
                return
            if not batches:
                raise EngineLost("the engine has lost what it had a moment ago")
            last = batches[-1].id
            yield batches

    def _open(self, held: Held) -> OpenSegment:
        return OpenSegment(next(found.path for found in self._segments.all() if found.head == held.head))

    def _links_again(self, last: str) -> list[Held]:
        """Look for segments again: the tracker that had one may have merged it into another meanwhile.

        Raises ConfigError, and SegmentUnusable if that keeps happening.
        """
        self._tries -= 1
        if not self._tries:
            raise SegmentUnusable("no other tracker sends the part of the chat that is missing here")
        return self._links_after(last)

    def _links_after(self, last: str) -> list[Held]:
        """Return a chain of segments from this batch to what the engine has now. Raises ConfigError."""
        self._from_others = None
        links = self._links([Held(Head(0, last, 0.0), last)], [])
        if not links:
            raise ConfigError("neither the engine nor any tracker still has what was said meanwhile: start again")
        return links[1:]


def _following(pool: Sequence[Held], last: str) -> Held | None:
    """Return the segment that continues after this batch and reaches furthest; None if none does."""
    fitting = [held for held in pool if not is_after(held.head.after, last) and is_after(held.end, last)]
    return max(fitting, key=lambda held: order_of(held.end), default=None)


def _after(last: str, segment: OpenSegment) -> Iterator[Sequence[Batch]]:
    """Yield the batches of a segment after this one, some at a time."""
    segment.snapshot()
    batches = (batch for batch in segment.batches() if is_after(batch.id, last))
    while some := list(islice(batches, READ_BATCHES)):
        yield some
