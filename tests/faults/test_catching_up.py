"""What trackers keep of a stream under random kills, power losses, trims, rotations and lost logs.

The trackers here only log the stream's records. In any case a log has every record once, in order, or a gap that
says which may be missing.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from chatcore.cluster.chain import Chain, Held, Opening
from chatcore.cluster.engine import FIRST, Batch, order_of
from chatcore.cluster.segment_file import Head, OpenSegment, SegmentUnusable
from chatcore.cluster.segment_upkeep import SegmentUpkeep
from chatcore.cluster.segments import Segments, ends
from chatcore.errors import EngineTrimmed
from chatcore.protocol.timestamp import format_time
from chatcore.server.audit.recovery import RecoveringLog, cut_torn, gap_line
from chatcore.server.audit.rotated import log_files, open_log_file
from chatcore.server.audit.rotation import Rotation
from chatcore.server.audit.tidying import Tidying

_CHECKPOINT = 12  # records
_START_MS = 1_800_000_000_000


class _Killed(Exception):
    """The tracker is killed here."""


class Stream:
    """The engine: batches of records, trimmed up to the older of two snapshots."""

    def __init__(self, chance: random.Random) -> None:
        self.batches: list[Batch] = []
        self.first = 0
        self.stored: list[tuple[int, str]] = []
        self._chance = chance
        self._ms = _START_MS

    def grow(self) -> None:
        """Append a batch of some records."""
        self._ms += self._chance.choice((0, 1, 700))
        number = sum(batch.id.startswith(f"{self._ms}-") for batch in self.batches)
        count = self._chance.randint(1, 4)
        self.batches.append(Batch(f"{self._ms}-{number}", b"x" * count))

    def store(self, position: int, id_: str) -> None:
        """Keep a snapshot, and trim."""
        if all(position > stored for stored, _ in self.stored):
            self.stored = [*self.stored[-1:], (position, id_)]
            oldest = order_of(self.stored[0][1])
            self.first = next(n for n, batch in enumerate(self.batches) if order_of(batch.id) >= oldest)

    def read(self, after: str, limit: int, wait_s: float) -> list[Batch]:
        self.check(after)
        return [batch for batch in self.batches if order_of(batch.id) > order_of(after)][:3]

    def check(self, last: str) -> None:
        assert order_of(last) <= order_of(self.last_id())
        if self.first and order_of(last) < order_of(self.batches[self.first].id):
            raise EngineTrimmed("trimmed")

    def first_id(self) -> str:
        return self.batches[self.first].id if self.batches else FIRST

    def last_id(self) -> str:
        return self.batches[-1].id if self.batches else FIRST

    def snapshots(self) -> list[tuple[int, str]]:
        return self.stored

    def snapshot(self, position: int) -> tuple[str, bytes] | None:
        return dict(self.stored)[position], b"%d" % position


class Peers:
    """The trackers that run."""

    def __init__(self, running: list[Tracker]) -> None:
        self._running = running

    def held(self) -> list[Held]:
        found: list[Held] = []
        for tracker in self._running:
            kept = [each for each in tracker.segments.all() if each.head.position <= tracker.segments.position]
            found += [Held(segment.head, end, tracker.name) for segment, end in ends(kept)]
        return found

    def fetch(self, held: Held) -> OpenSegment:
        for tracker in self._running:
            for segment in tracker.segments.all():
                if tracker.name == held.whose and segment.head == held.head:
                    return OpenSegment(segment.path)
        raise SegmentUnusable("nobody has it")

    def forget(self) -> None:
        """See chain.Others."""


class Tracker:
    """A tracker that logs the position of each record."""

    def __init__(self, folder: Path, stream: Stream, chance: random.Random) -> None:
        self.name = folder.name
        self.path = folder / "chat.log"
        folder.mkdir()
        self.told: list[str] = []
        self.is_running = False
        self._folder = folder
        self._stream = stream
        self._chance = chance
        self._kill_in = -1
        self._position, self._last, self._ms = 0, FIRST, _START_MS
        self._is_due = False
        self.archive: list[int] = []  # positions
        self._archived = 0  # up to this position they are on the disk
        self.missing: list[tuple[int, int]] = []  # gaps in the archive, as they are noted

    def start(self, running: list[Tracker], kill_in: int = -1) -> None:
        """Catch up, and perhaps be killed meanwhile."""
        self._kill_in = kill_in
        cut_torn(self.path)
        self.segments = Segments(self._folder / "cluster", self.told.append)
        self._upkeep = SegmentUpkeep(self.segments, days=30, max_bytes=1 << 30, tell=self.told.append)
        rotation = Rotation(self.path, 700, lambda: self._ms / 1000)
        self._tidying = Tidying(self.path, 0, self.told.append)
        self.log = RecoveringLog(self.path, fsync=False, tell=self.told.append, rotation=rotation)
        self.is_running = True
        chain = Chain(self.segments, self._stream, Peers(running), chat="c", log=self.log, archived=self._archived)
        opening = chain.open()
        self._begin(opening)
        for batches in opening.batches:
            self._run(batches)
        assert self.log.end_recovery() == ""

    def go_on(self, kill_in: int = -1) -> None:
        """Read the rest of the stream, and perhaps be killed meanwhile."""
        self._kill_in = kill_in
        while batches := self._stream.read(self._last, 3, 0):
            self._run(batches)

    def kill(self) -> None:
        """Leave the files as they are."""
        self.is_running = False
        self.log.close()
        self.segments.close()

    def lose_power(self) -> None:
        """Lose the end of what was not synced to the disk."""
        segments = self._folder / "cluster"
        newest = sorted(path for path in segments.glob("segment-*") if path.suffix != ".gz")[-2:]
        for path in (self.path, *newest):
            if path.exists() and self._chance.random() < 0.7:
                os.truncate(path, self._chance.randint(0, path.stat().st_size))
        synced = sum(position <= self._archived for position in self.archive)
        del self.archive[self._chance.randint(synced, len(self.archive)) :]

    def lose_log(self) -> None:
        """Remove the log, as an operator might."""
        for path in log_files(self.path):
            path.unlink()

    def logged(self) -> Iterator[str]:
        """Yield the lines of all files of the log without their times."""
        for path in log_files(self.path):
            with open_log_file(path) as file:
                for line in file:
                    yield line.decode().rstrip("\n").partition(" ")[2]

    def _begin(self, opening: Opening) -> None:
        if opening.head is None:
            self._position, self._last, self._ms = 0, FIRST, _START_MS
            self.segments.roll(Head(0, FIRST, 0.0, "c", opening.place), b"0")
        else:
            assert opening.snapshot == b"%d" % opening.head.position
            self._position, self._last = opening.head.position, opening.head.after
            self._ms = order_of(self._last)[0] or _START_MS
            if lacks := opening.gap or (
                (self._archived + 1, self._position) if self._archived < self._position else None
            ):
                self.missing.append(lacks)
                self._archived = self._position
        gap = gap_line(*opening.gap, self._ms / 1000) if opening.gap and not opening.place else ""
        self.log.recover(opening.place, gap)
        self._is_due = False
        self.log.write([self._line("start :here")])

    def _run(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            if self._is_due:
                self._check_point()
            self._step()
            self.segments.write([batch])
            self._step()
            self._ms = order_of(batch.id)[0]
            texts = []
            for _ in batch.data:
                self._position += 1
                if self._position > max(self.archive, default=0):
                    self.archive.append(self._position)
                lines = range(self._position % 3)  # none, one, or two in one entry
                texts.append("".join(self._line(f"message #a ann :{self._position}.{number}") for number in lines))
            self._write(texts)
            self._last = batch.id
            before = self._position - len(batch.data)
            self._is_due = self._position // _CHECKPOINT > before // _CHECKPOINT

    def _write(self, texts: list[str]) -> None:
        if self._chance.random() < 0.3:
            self.log.look()
            if self.log.has_moved and self.log.follow():
                self.log.write([self._line("log-opened")])
                self._tidying.tidy()
        size = self.path.stat().st_size
        self.log.write(texts)
        try:
            self._step()
        except _Killed:
            os.truncate(self.path, self._chance.randint(size, self.path.stat().st_size))
            raise

    def _check_point(self) -> None:
        head = Head(self._position, self._last, self._ms / 1000, "c", self.log.place())
        self._step()
        self.segments.roll(head, b"%d" % self._position)
        self._step()
        self._upkeep.tidy()
        self._stream.store(self._position, self._last)
        if self._chance.random() < 0.7:
            self._archived = self._position

    def _step(self) -> None:
        self._kill_in -= 1
        if self._kill_in == -1:
            raise _Killed

    def _line(self, text: str) -> str:
        return f"{format_time(self._ms / 1000)} {text}\n"


def _expected(position: int) -> list[str]:
    return [f"message #a ann :{position}.{number}" for number in range(position % 3)]


def _assert_is_complete(tracker: Tracker, last: int, *, has_lost_log: bool) -> None:
    """Check that each line is logged once, except for those that a gap reports."""
    wanted = [line for position in range(1, last + 1) for line in _expected(position)]
    at = 0
    may_begin_anywhere = has_lost_log
    for line in tracker.logged():
        words = line.split(" ")
        if words[0] == "gap":
            after = [
                number for number, other in enumerate(wanted) if int(other.split(":")[1].split(".")[0]) > int(words[2])
            ]
            assert int(words[1]) <= last
            at = max(at, min(after, default=len(wanted)))
        elif words[0] == "repeat":
            may_begin_anywhere = True
        elif words[0] not in ("start", "log-opened"):
            if may_begin_anywhere:
                at = wanted.index(line)
            assert line == wanted[at : at + 1][0], (line, wanted[at : at + 3])
            may_begin_anywhere = False
            at += 1
    assert at == len(wanted)


def _assert_archive_is_complete(tracker: Tracker, last: int) -> None:
    """Check that every position is archived once or noted as missing."""
    noted = {position for first, end in tracker.missing for position in range(first, end + 1)}
    assert noted | {*tracker.archive} == {*range(1, last + 1)}
    assert tracker.archive == sorted({*tracker.archive})


@pytest.mark.parametrize("seed", range(8))
def test_every_log_is_complete_or_reports_its_gaps(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    stream = Stream(chance)
    trackers = [Tracker(tmp_path / name, stream, chance) for name in ("ann", "bob", "carol")]
    lost: set[str] = set()
    for _ in range(50):
        for _ in range(chance.randint(0, 6)):
            stream.grow()
        tracker = chance.choice(trackers)
        running = [other for other in trackers if other.is_running and other is not tracker]
        kill_in = chance.randint(0, 60) if chance.random() < 0.5 else -1
        try:
            if tracker.is_running:
                tracker.go_on(kill_in)
            else:
                tracker.start(running, kill_in)
            if chance.random() < 0.3:
                raise _Killed
        except (_Killed, EngineTrimmed):
            tracker.kill()
            fate = chance.random()
            if fate < 0.3:
                tracker.lose_power()
            elif fate < 0.35:
                tracker.lose_log()
                lost.add(tracker.name)
    for tracker in trackers:
        try:
            if tracker.is_running:
                tracker.go_on()
        except EngineTrimmed:
            tracker.kill()
        if not tracker.is_running:
            tracker.start([other for other in trackers if other.is_running])
        tracker.kill()
        last = sum(len(batch.data) for batch in stream.batches)
        _assert_is_complete(tracker, last, has_lost_log=tracker.name in lost)
        _assert_archive_is_complete(tracker, last)
        assert [text for text in tracker.told if "cannot be used" not in text and "again" not in text] == []
