"""The chain: wherever a tracker left off, it gets every batch once or knows its gap."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.cluster.chain import Chain, Held, Opening
from chatcore.cluster.engine import FIRST, Batch, order_of
from chatcore.cluster.segment_file import Head, OpenSegment, SegmentUnusable
from chatcore.cluster.segments import Segments, end_of
from chatcore.errors import ConfigError, EngineLost, EngineTrimmed, StateTooNew

_PLACE = "somewhere"


def _id(number: int) -> str:
    return f"{1000 + number}-0" if number else FIRST


def _batch(number: int) -> Batch:
    return Batch(_id(number), b"batch %d" % number)


class Stream:
    """An engine with batches from `first` to `last`, and snapshots."""

    def __init__(self, first: int, last: int, *snapshots: int) -> None:
        self.first, self.last = first, last
        self.stored = snapshots
        self.gone: set[int] = set()  # snapshots that have gone when they are requested
        self.trims: list[int] = []  # the new `first` after each read

    def read(self, after: str, limit: int, wait_s: float) -> list[Batch]:
        self.check(after)
        numbers = [number for number in range(self.first, self.last + 1) if order_of(_id(number)) > order_of(after)]
        self.first = self.trims.pop(0) if self.trims else self.first
        return [_batch(number) for number in numbers[: min(limit, 3)]]

    def check(self, last: str) -> None:
        if order_of(last) > order_of(_id(self.last)):
            raise EngineLost("lost")
        if order_of(last) < order_of(_id(self.first - 1)):
            raise EngineTrimmed("trimmed")

    def first_id(self) -> str:
        return _id(self.first) if self.first <= self.last else FIRST

    def last_id(self) -> str:
        return _id(self.last)

    def snapshots(self) -> list[tuple[int, str]]:
        return [(number, _id(number)) for number in self.stored]

    def snapshot(self, position: int) -> tuple[str, bytes] | None:
        return None if position in self.gone else (_id(position), b"snapshot %d" % position)


class Peers:
    """Other trackers, with the segments of one folder."""

    def __init__(self, folder: Path) -> None:
        self.segments = Segments(folder, print)
        self.asked = 0
        self.is_silent = False
        self.vanishing = 0  # this many segments are merged before they can be sent
        self.fetched: list[int] = []

    def held(self) -> list[Held]:
        self.asked += 1
        found = [] if self.is_silent else self.segments.all()
        return [Held(segment.head, end_of(segment)[0], "bob") for segment in found]

    def fetch(self, held: Held) -> OpenSegment:
        if self.is_silent or self.vanishing:
            self.vanishing -= 1
            raise SegmentUnusable("nobody answers")
        self.fetched.append(held.head.position)
        return OpenSegment(next(found.path for found in self.segments.all() if found.head == held.head))

    def forget(self) -> None:
        self.fetched.append(-1)


class Newcomer:
    """A tracker that starts."""

    def __init__(self, folder: Path) -> None:
        self.segments = Segments(folder / "own", self.tell)
        self.peers = Peers(folder / "others")
        self.stream = Stream(1, 0)
        self.told: list[str] = []
        self.places = {_PLACE, "the end"}
        self.is_new = False
        self.first = 1
        self.archived = 100
        self.gaps: list[tuple[int, int]] = []

    def tell(self, text: str) -> None:
        """Note a message to the operator."""
        self.told.append(text)

    def has(self, place: str) -> bool:
        """See chain.Log."""
        return place in self.places

    def is_empty(self) -> bool:
        """See chain.Log."""
        return self.is_new

    def place(self) -> str:
        """See chain.Log."""
        return "the end"

    def note_gap(self, first: int, last: int, time: float) -> None:
        """See chain.Log."""
        self.gaps.append((first, last))

    def chain(self) -> Chain:
        """Return the chain that finds out where to begin."""
        return Chain(
            self.segments,
            self.stream,
            self.peers,
            chat="chat",
            log=self,
            archived=self.archived,
            first=self.first,
        )

    def open(self) -> Opening:
        """Find out where to begin."""
        return self.chain().open()

    def starts(self) -> tuple[int | None, list[int], tuple[int, int] | None, bool]:
        """Start; return the position, the batches that run, the gap, and whether its log has the place."""
        opening = self.open()
        ran = []
        for batches in opening.batches:
            self.segments.write(batches)
            ran += [int(batch.data.split()[1]) for batch in batches]
        if opening.head:
            assert opening.snapshot == b"snapshot %d" % opening.head.position
        position = opening.head.position if opening.head else None
        return position, ran, opening.gap, bool(opening.place)


def _write_segments(segments: Segments, first: int, last: int, *rolls: int, place: str = _PLACE) -> None:
    """Write segments from `first` on, with a new one after each of `rolls`. Positions are numbers of batches."""
    segments.roll(Head(first - 1, _id(first - 1), 1.0, "chat", place), b"snapshot %d" % (first - 1))
    for number in range(first, last + 1):
        segments.write([_batch(number)])
        if number in rolls:
            segments.roll(Head(number, _id(number), 1.0, "chat", place), b"snapshot %d" % number)


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    newcomer = Newcomer(tmp_path)
    yield newcomer
    newcomer.segments.close()
    newcomer.peers.segments.close()


def test_the_first_tracker_begins_the_chat(newcomer: Newcomer) -> None:
    assert newcomer.starts() == (None, [], None, False)
    assert newcomer.peers.asked == 0


def test_without_a_snapshot_a_newcomer_runs_everything(newcomer: Newcomer) -> None:
    newcomer.stream = Stream(1, 8)
    assert newcomer.starts() == (None, [*range(1, 9)], None, False)


def test_the_founder_continues_from_its_first_snapshot(newcomer: Newcomer) -> None:
    _write_segments(newcomer.segments, 1, 0)
    newcomer.stream = Stream(1, 0, 0)
    assert newcomer.starts() == (0, [], None, True)
    newcomer.stream = Stream(1, 8, 0, 7)
    assert newcomer.starts() == (0, [*range(1, 9)], None, True)


def test_its_newest_segment_and_the_engine_suffice(newcomer: Newcomer) -> None:
    _write_segments(newcomer.segments, 1, 9, 4, 7)
    newcomer.stream = Stream(5, 12, 4, 7)
    assert newcomer.starts() == (7, [8, 9, 10, 11, 12], None, True)
    assert newcomer.peers.asked == 0
    assert newcomer.segments.last == _id(12)
    assert newcomer.starts() == (7, [8, 9, 10, 11, 12], None, True)


def test_a_chat_without_new_batches_can_be_continued(newcomer: Newcomer) -> None:
    _write_segments(newcomer.segments, 1, 9, 7)
    newcomer.stream = Stream(5, 9)
    assert newcomer.starts() == (7, [8, 9], None, True)
    newcomer.stream = Stream(10, 9)  # all was trimmed
    assert newcomer.starts() == (7, [8, 9], None, True)


def test_after_a_power_loss_it_begins_at_a_place_that_its_log_has(newcomer: Newcomer) -> None:
    _write_segments(newcomer.segments, 1, 5, 4)
    _write_segments(newcomer.segments, 8, 9, place="cut off")
    newcomer.segments.close()
    newcomer.stream = Stream(4, 12, 7)
    assert newcomer.starts() == (4, [*range(5, 13)], None, True)


@pytest.mark.parametrize(("archived", "begins"), [(7, 7), (6, 4), (4, 4), (3, 0), (-1, 7)])
def test_after_a_power_loss_it_begins_where_its_archive_is_complete(
    newcomer: Newcomer, archived: int, begins: int
) -> None:
    """If that is nowhere, it begins with the newest: the caller notes the gap in the archive."""
    _write_segments(newcomer.segments, 1, 9, 4, 7)
    newcomer.segments.close()
    newcomer.stream, newcomer.archived = Stream(8, 12, 7), archived
    assert newcomer.starts() == (begins, [*range(begins + 1, 13)], None, True)


def test_a_gap_between_its_segments_is_filled_by_peers(newcomer: Newcomer) -> None:
    _write_segments(newcomer.segments, 1, 3)
    newcomer.segments.write([])
    _write_segments(newcomer.segments, 6, 9, place="cut off")
    _write_segments(newcomer.peers.segments, 1, 11, 2, 7)
    newcomer.stream = Stream(9, 12, 11)
    assert newcomer.starts() == (0, [*range(1, 13)], None, True)
    assert newcomer.peers.fetched == [2, -1]


def test_trimmed_batches_come_from_peers(newcomer: Newcomer) -> None:
    _write_segments(newcomer.segments, 1, 5, 4)
    _write_segments(newcomer.peers.segments, 1, 14, 3, 7, 10, 13)
    newcomer.stream = Stream(11, 15, 10, 13)
    assert newcomer.starts() == (4, [*range(5, 16)], None, True)
    assert newcomer.peers.fetched == [3, 7, 10, -1]


def test_a_merged_segment_is_looked_up_again(newcomer: Newcomer) -> None:
    _write_segments(newcomer.segments, 1, 5, 4)
    _write_segments(newcomer.peers.segments, 1, 14, 3, 7, 10, 13)
    newcomer.stream = Stream(11, 15, 10, 13)
    newcomer.peers.vanishing = 1
    assert newcomer.starts() == (4, [*range(5, 16)], None, True)


def test_a_segment_that_no_peer_sends_is_an_error(newcomer: Newcomer) -> None:
    _write_segments(newcomer.segments, 1, 5, 4)
    _write_segments(newcomer.peers.segments, 1, 14, 3, 7, 10, 13)
    newcomer.stream = Stream(11, 15, 10, 13)
    newcomer.peers.vanishing = 9
    with pytest.raises(SegmentUnusable, match="no other tracker sends the part"):
        newcomer.starts()


def test_a_newcomer_begins_with_the_peers_oldest_segment(newcomer: Newcomer) -> None:
    _write_segments(newcomer.peers.segments, 1, 14, 3, 7)
    newcomer.stream = Stream(11, 15, 10)
    assert newcomer.starts() == (0, [*range(1, 16)], None, False)
    assert newcomer.starts() == (0, [*range(1, 16)], None, False)  # killed before it knew its log's place


def test_a_newcomer_has_a_gap_before_the_peers_oldest_segment(newcomer: Newcomer) -> None:
    _write_segments(newcomer.peers.segments, 4, 14, 7)
    newcomer.stream = Stream(11, 15, 10)
    assert newcomer.starts() == (3, [*range(4, 16)], (1, 3), False)


def test_a_newcomer_begins_after_the_last_gap_of_its_peers(newcomer: Newcomer) -> None:
    _write_segments(newcomer.peers.segments, 1, 5)
    _write_segments(newcomer.peers.segments, 8, 14)
    newcomer.stream = Stream(11, 15, 10)
    assert newcomer.starts() == (7, [*range(8, 16)], (1, 7), False)


def test_without_peers_a_newcomer_begins_with_the_oldest_usable_snapshot(newcomer: Newcomer) -> None:
    newcomer.stream = Stream(6, 15, 4, 7, 10)
    assert newcomer.starts() == (7, [*range(8, 16)], (1, 7), False)


def test_a_snapshot_that_has_just_gone_is_skipped(newcomer: Newcomer) -> None:
    newcomer.stream = Stream(6, 15, 4, 7, 10)
    newcomer.stream.gone = {7}
    assert newcomer.starts() == (10, [*range(11, 16)], (1, 10), False)


def test_a_long_absence_leaves_a_gap_if_no_peer_can_fill_it(newcomer: Newcomer) -> None:
    _write_segments(newcomer.segments, 1, 5, 4)
    newcomer.stream = Stream(11, 15, 10, 13)
    assert newcomer.starts() == (13, [14, 15], (5, 13), False)
    assert newcomer.starts() == (13, [14, 15], (1, 13), False)


def test_a_newcomer_with_an_empty_log_notes_its_gap_at_once(newcomer: Newcomer) -> None:
    newcomer.is_new = True
    newcomer.stream = Stream(6, 15, 7)
    assert newcomer.starts() == (7, [*range(8, 16)], (1, 7), True)
    assert newcomer.gaps == [(1, 7)]
    assert newcomer.starts() == (7, [*range(8, 16)], None, True)


def test_a_peers_overlapping_segment_leaves_no_gap(newcomer: Newcomer) -> None:
    _write_segments(newcomer.segments, 1, 5, 4)
    _write_segments(newcomer.peers.segments, 3, 14)
    newcomer.stream = Stream(11, 15, 10)
    assert newcomer.starts() == (4, [*range(5, 16)], None, True)


def test_without_its_log_it_begins_with_its_newest_segment(newcomer: Newcomer) -> None:
    """The operator has removed the log."""
    _write_segments(newcomer.segments, 1, 9, 4, 7)
    newcomer.places.clear()
    newcomer.stream = Stream(5, 12, 4, 7)
    assert newcomer.starts() == (7, [8, 9, 10, 11, 12], (1, 7), False)


def test_an_engine_that_lost_confirmed_batches_is_refused(newcomer: Newcomer) -> None:
    _write_segments(newcomer.segments, 1, 9)
    newcomer.stream = Stream(1, 8)
    with pytest.raises(EngineLost):
        newcomer.open()


def test_segments_of_an_earlier_chat_are_removed_and_reported(newcomer: Newcomer) -> None:
    newcomer.segments.roll(Head(7, _id(7), 1.0, "another", _PLACE), b"")
    assert newcomer.starts() == (None, [], None, False)
    assert newcomer.segments.all() == []
    folder = newcomer.segments.folder
    assert newcomer.told == [f"{folder} had what was kept of an earlier chat of this engine: it is removed."]


def test_batches_before_the_chats_beginning_are_no_gap(newcomer: Newcomer) -> None:
    _write_segments(newcomer.peers.segments, 4, 14)
    newcomer.stream = Stream(11, 15, 10)
    newcomer.first = 4
    assert newcomer.starts() == (3, [*range(4, 16)], None, False)
    newcomer.first = 3
    newcomer.places.clear()
    assert newcomer.starts() == (3, [*range(4, 16)], (3, 3), False)


def test_segments_of_a_newer_version_are_refused(newcomer: Newcomer) -> None:
    _write_segments(newcomer.segments, 1, 9)
    path = newcomer.segments.all()[0].path
    path.write_bytes(path.read_bytes().replace(b"chatcore-segment 1", b"chatcore-segment 2"))
    with pytest.raises(StateTooNew):
        newcomer.open()


def test_peers_segments_of_another_chat_are_ignored(newcomer: Newcomer) -> None:
    newcomer.peers.segments.roll(Head(3, _id(3), 1.0, "another"), b"")
    newcomer.stream = Stream(6, 15, 7)
    assert newcomer.starts()[0] == 7


def test_without_a_usable_snapshot_the_start_is_refused(newcomer: Newcomer) -> None:
    newcomer.stream = Stream(6, 15, 4)
    with pytest.raises(ConfigError, match="neither the engine nor any tracker has a snapshot"):
        newcomer.open()


def test_a_damaged_segment_is_not_used(newcomer: Newcomer) -> None:
    _write_segments(newcomer.segments, 1, 9, 7)
    newest = newcomer.segments.all()[-1].path
    newest.write_bytes(newest.read_bytes().replace(b"snapshot 7", b"snapshot x"))
    newcomer.stream = Stream(5, 12, 4)
    assert newcomer.starts() == (0, [*range(1, 13)], None, True)


def test_batches_trimmed_during_catch_up_come_from_peers(newcomer: Newcomer) -> None:
    """An engine returns the batches it has, without saying that earlier ones are gone."""
    _write_segments(newcomer.segments, 1, 5)
    _write_segments(newcomer.peers.segments, 1, 14, 3, 9)
    newcomer.stream = Stream(5, 15, 4)
    newcomer.stream.trims = [5, 13]
    assert newcomer.starts() == (0, [*range(1, 16)], None, True)


def test_batches_trimmed_during_catch_up_are_an_error_without_peers(newcomer: Newcomer) -> None:
    _write_segments(newcomer.segments, 1, 5)
    newcomer.stream = Stream(5, 15, 4)
    newcomer.stream.trims = [5, 13]
    with pytest.raises(ConfigError, match="start again"):
        newcomer.starts()


def test_an_engine_that_loses_batches_during_catch_up_is_an_error(newcomer: Newcomer) -> None:
    _write_segments(newcomer.segments, 1, 5)
    newcomer.stream = Stream(1, 15)
    opening = newcomer.open()
    newcomer.stream.last = 9
    with pytest.raises(EngineLost):
        list(opening.batches)


def test_an_incomplete_segment_from_a_peer_is_an_error(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    _write_segments(newcomer.segments, 1, 5, 4)
    _write_segments(newcomer.peers.segments, 1, 14)
    held = newcomer.peers.held()
    path = newcomer.peers.segments.all()[0].path
    path.write_bytes(path.read_bytes()[:-3])
    monkeypatch.setattr(newcomer.peers, "held", lambda: held)
    newcomer.stream = Stream(12, 15, 7)
    with pytest.raises(ConfigError, match="some of the chat is missing"):
        newcomer.starts()


def test_a_truncated_segment_counts_only_up_to_its_end(newcomer: Newcomer) -> None:
    """The next segment claims that this one leads to it."""
    _write_segments(newcomer.segments, 1, 9, 4, place="cut off")
    newcomer.places.add("first")
    first = newcomer.segments.all()[0].path
    first.write_bytes(first.read_bytes()[:-3].replace(b"cut off", b"first"))
    newcomer.stream = Stream(3, 15, 3)
    opening = newcomer.open()
    assert (opening.place, [batch for batches in opening.batches for batch in batches]) == (
        "first",
        [*map(_batch, range(1, 16))],
    )


def test_the_time_span_to_catch_up_is_known(newcomer: Newcomer) -> None:
    assert newcomer.open().span_ms == (0, 0)
    _write_segments(newcomer.segments, 1, 9, 7)
    newcomer.stream = Stream(5, 12)
    assert newcomer.open().span_ms == (1000, 1012)


def test_a_running_tracker_gets_missed_batches_from_peers_and_engine(newcomer: Newcomer) -> None:
    _write_segments(newcomer.peers.segments, 1, 14, 3, 9)
    newcomer.stream = Stream(12, 20, 11)
    assert [batch for batches in newcomer.chain().since(_id(5)) for batch in batches] == [*map(_batch, range(6, 21))]
