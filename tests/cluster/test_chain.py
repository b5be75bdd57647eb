"""The chain: wherever a tracker left off, it gets every batch once or knows what it lacks."""

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
        self.gone: set[int] = set()  # snapshots that have gone when they are asked for
        self.trims: list[int] = []  # what is first after each read

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
        self.vanishing = 0  # so many segments have been joined to others when they are to be sent
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
        """Note what the operator is told."""
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
        """Return what finds out how to begin."""
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
        """Find out how to begin."""
        return self.chain().open()

    def starts(self) -> tuple[int | None, list[int], tuple[int, int] | None, bool]:
        """Start: return at which position, which batches it runs, what it lacks, and whether its log has the place."""
        opening = self.open()
        ran = []
        for batches in opening.batches:
            self.segments.write(batches)
            ran += [int(batch.data.split()[1]) for batch in batches]
        if opening.head:
            assert opening.snapshot == b"snapshot %d" % opening.head.position
        position = opening.head.position if opening.head else None
        return position, ran, opening.gap, bool(opening.place)


def _keep(segments: Segments, first: int, last: int, *rolls: int, place: str = _PLACE) -> None:
    """Have segments from one number on, with a new one after each of `rolls`. Positions are numbers of batches."""
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


def test_the_first_of_all_begins_the_chat(newcomer: Newcomer) -> None:
    assert newcomer.starts() == (None, [], None, False)
    assert newcomer.peers.asked == 0


def test_who_comes_before_there_is_a_snapshot_runs_everything(newcomer: Newcomer) -> None:
    newcomer.stream = Stream(1, 8)
    assert newcomer.starts() == (None, [*range(1, 9)], None, False)


def test_who_founded_the_chat_goes_on_from_the_snapshot_that_it_began_with(newcomer: Newcomer) -> None:
    _keep(newcomer.segments, 1, 0)
    newcomer.stream = Stream(1, 0, 0)
    assert newcomer.starts() == (0, [], None, True)
    newcomer.stream = Stream(1, 8, 0, 7)
    assert newcomer.starts() == (0, [*range(1, 9)], None, True)


def test_its_own_newest_segment_and_the_engine_are_the_best(newcomer: Newcomer) -> None:
    _keep(newcomer.segments, 1, 9, 4, 7)
    newcomer.stream = Stream(5, 12, 4, 7)
    assert newcomer.starts() == (7, [8, 9, 10, 11, 12], None, True)
    assert newcomer.peers.asked == 0
    assert newcomer.segments.last == _id(12)
    assert newcomer.starts() == (7, [8, 9, 10, 11, 12], None, True)


def test_nothing_may_have_come_since(newcomer: Newcomer) -> None:
    _keep(newcomer.segments, 1, 9, 7)
    newcomer.stream = Stream(5, 9)
    assert newcomer.starts() == (7, [8, 9], None, True)
    newcomer.stream = Stream(10, 9)  # all was trimmed
    assert newcomer.starts() == (7, [8, 9], None, True)


def test_after_a_power_loss_it_begins_where_its_log_has_the_place(newcomer: Newcomer) -> None:
    _keep(newcomer.segments, 1, 5, 4)
    _keep(newcomer.segments, 8, 9, place="cut off")
    newcomer.segments.close()
    newcomer.stream = Stream(4, 12, 7)
    assert newcomer.starts() == (4, [*range(5, 13)], None, True)


@pytest.mark.parametrize(("archived", "begins"), [(7, 7), (6, 4), (4, 4), (3, 0), (-1, 7)])
def test_after_a_power_loss_it_begins_where_its_archive_has_all(newcomer: Newcomer, archived: int, begins: int) -> None:
    """If that is nowhere, with the newest: what is missing in the archive is noted by whoever asks."""
    _keep(newcomer.segments, 1, 9, 4, 7)
    newcomer.segments.close()
    newcomer.stream, newcomer.archived = Stream(8, 12, 7), archived
    assert newcomer.starts() == (begins, [*range(begins + 1, 13)], None, True)


def test_a_hole_between_its_own_segments_is_filled_by_others(newcomer: Newcomer) -> None:
    _keep(newcomer.segments, 1, 3)
    newcomer.segments.write([])
    _keep(newcomer.segments, 6, 9, place="cut off")
    _keep(newcomer.peers.segments, 1, 11, 2, 7)
    newcomer.stream = Stream(9, 12, 11)
    assert newcomer.starts() == (0, [*range(1, 13)], None, True)
    assert newcomer.peers.fetched == [2, -1]


def test_what_the_engine_has_no_longer_comes_from_others(newcomer: Newcomer) -> None:
    _keep(newcomer.segments, 1, 5, 4)
    _keep(newcomer.peers.segments, 1, 14, 3, 7, 10, 13)
    newcomer.stream = Stream(11, 15, 10, 13)
    assert newcomer.starts() == (4, [*range(5, 16)], None, True)
    assert newcomer.peers.fetched == [3, 7, 10, -1]


def test_a_segment_that_was_joined_to_another_is_looked_for_again(newcomer: Newcomer) -> None:
    _keep(newcomer.segments, 1, 5, 4)
    _keep(newcomer.peers.segments, 1, 14, 3, 7, 10, 13)
    newcomer.stream = Stream(11, 15, 10, 13)
    newcomer.peers.vanishing = 1
    assert newcomer.starts() == (4, [*range(5, 16)], None, True)


def test_a_segment_that_never_comes_is_told(newcomer: Newcomer) -> None:
    _keep(newcomer.segments, 1, 5, 4)
    _keep(newcomer.peers.segments, 1, 14, 3, 7, 10, 13)
    newcomer.stream = Stream(11, 15, 10, 13)
    newcomer.peers.vanishing = 9
    with pytest.raises(SegmentUnusable, match="no other tracker sends the part"):
        newcomer.starts()


def test_a_newcomer_begins_with_the_oldest_segment_of_others(newcomer: Newcomer) -> None:
    _keep(newcomer.peers.segments, 1, 14, 3, 7)
    newcomer.stream = Stream(11, 15, 10)
    assert newcomer.starts() == (0, [*range(1, 16)], None, False)
    assert newcomer.starts() == (0, [*range(1, 16)], None, False)  # killed before it knew its log's place


def test_a_newcomer_lacks_what_no_other_has_any_more(newcomer: Newcomer) -> None:
    _keep(newcomer.peers.segments, 4, 14, 7)
    newcomer.stream = Stream(11, 15, 10)
    assert newcomer.starts() == (3, [*range(4, 16)], (1, 3), False)


def test_a_newcomer_begins_where_everything_connects(newcomer: Newcomer) -> None:
    _keep(newcomer.peers.segments, 1, 5)
    _keep(newcomer.peers.segments, 8, 14)
    newcomer.stream = Stream(11, 15, 10)
    assert newcomer.starts() == (7, [*range(8, 16)], (1, 7), False)


def test_without_others_a_newcomer_begins_with_the_oldest_snapshot_that_connects(newcomer: Newcomer) -> None:
    newcomer.stream = Stream(6, 15, 4, 7, 10)
    assert newcomer.starts() == (7, [*range(8, 16)], (1, 7), False)


def test_a_snapshot_that_has_just_gone_is_passed_over(newcomer: Newcomer) -> None:
    newcomer.stream = Stream(6, 15, 4, 7, 10)
    newcomer.stream.gone = {7}
    assert newcomer.starts() == (10, [*range(11, 16)], (1, 10), False)


def test_who_was_away_for_too_long_lacks_what_nobody_has(newcomer: Newcomer) -> None:
    _keep(newcomer.segments, 1, 5, 4)
    newcomer.stream = Stream(11, 15, 10, 13)
    assert newcomer.starts() == (13, [14, 15], (5, 13), False)
    assert newcomer.starts() == (13, [14, 15], (1, 13), False)


def test_a_newcomer_whose_log_is_empty_notes_at_once_what_it_lacks(newcomer: Newcomer) -> None:
    newcomer.is_new = True
    newcomer.stream = Stream(6, 15, 7)
    assert newcomer.starts() == (7, [*range(8, 16)], (1, 7), True)
    assert newcomer.gaps == [(1, 7)]
    assert newcomer.starts() == (7, [*range(8, 16)], None, True)


def test_a_segment_of_others_that_begins_before_its_own_ends_is_no_gap(newcomer: Newcomer) -> None:
    _keep(newcomer.segments, 1, 5, 4)
    _keep(newcomer.peers.segments, 3, 14)
    newcomer.stream = Stream(11, 15, 10)
    assert newcomer.starts() == (4, [*range(5, 16)], None, True)


def test_without_its_log_it_begins_with_its_newest_segment(newcomer: Newcomer) -> None:
    """The operator has put the log away."""
    _keep(newcomer.segments, 1, 9, 4, 7)
    newcomer.places.clear()
    newcomer.stream = Stream(5, 12, 4, 7)
    assert newcomer.starts() == (7, [8, 9, 10, 11, 12], (1, 7), False)


def test_an_engine_that_has_lost_what_it_confirmed_is_refused(newcomer: Newcomer) -> None:
    _keep(newcomer.segments, 1, 9)
    newcomer.stream = Stream(1, 8)
    with pytest.raises(EngineLost):
        newcomer.open()


def test_what_another_chat_has_left_is_removed_and_told(newcomer: Newcomer) -> None:
    newcomer.segments.roll(Head(7, _id(7), 1.0, "another", _PLACE), b"")
    assert newcomer.starts() == (None, [], None, False)
    assert newcomer.segments.all() == []
    folder = newcomer.segments.folder
    assert newcomer.told == [f"{folder} had what was kept of an earlier chat of this engine: it is removed."]


def test_what_came_before_the_chat_is_not_missing(newcomer: Newcomer) -> None:
    _keep(newcomer.peers.segments, 4, 14)
    newcomer.stream = Stream(11, 15, 10)
    newcomer.first = 4
    assert newcomer.starts() == (3, [*range(4, 16)], None, False)
    newcomer.first = 3
    newcomer.places.clear()
    assert newcomer.starts() == (3, [*range(4, 16)], (3, 3), False)


def test_what_a_newer_version_has_left_is_refused(newcomer: Newcomer) -> None:
    _keep(newcomer.segments, 1, 9)
    path = newcomer.segments.all()[0].path
    path.write_bytes(path.read_bytes().replace(b"chatcore-segment 1", b"chatcore-segment 2"))
    with pytest.raises(StateTooNew):
        newcomer.open()


def test_segments_of_another_chat_do_not_count(newcomer: Newcomer) -> None:
    newcomer.peers.segments.roll(Head(3, _id(3), 1.0, "another"), b"")
    newcomer.stream = Stream(6, 15, 7)
    assert newcomer.starts()[0] == 7


def test_a_chat_that_nobody_has_the_beginning_of_is_refused(newcomer: Newcomer) -> None:
    newcomer.stream = Stream(6, 15, 4)
    with pytest.raises(ConfigError, match="no snapshot"):
        newcomer.open()


def test_a_damaged_segment_is_not_used(newcomer: Newcomer) -> None:
    _keep(newcomer.segments, 1, 9, 7)
    newest = newcomer.segments.all()[-1].path
    newest.write_bytes(newest.read_bytes().replace(b"snapshot 7", b"snapshot x"))
    newcomer.stream = Stream(5, 12, 4)
    assert newcomer.starts() == (0, [*range(1, 13)], None, True)


def test_what_is_trimmed_while_it_catches_up_comes_from_others(newcomer: Newcomer) -> None:
    """An engine gives what it has, and does not say that there was something before it."""
    _keep(newcomer.segments, 1, 5)
    _keep(newcomer.peers.segments, 1, 14, 3, 9)
    newcomer.stream = Stream(5, 15, 4)
    newcomer.stream.trims = [5, 13]
    assert newcomer.starts() == (0, [*range(1, 16)], None, True)


def test_without_others_that_is_told(newcomer: Newcomer) -> None:
    _keep(newcomer.segments, 1, 5)
    newcomer.stream = Stream(5, 15, 4)
    newcomer.stream.trims = [5, 13]
    with pytest.raises(ConfigError, match="start again"):
        newcomer.starts()


def test_an_engine_that_ends_before_what_it_had_is_told(newcomer: Newcomer) -> None:
    _keep(newcomer.segments, 1, 5)
    newcomer.stream = Stream(1, 15)
    opening = newcomer.open()
    newcomer.stream.last = 9
    with pytest.raises(EngineLost):
        list(opening.batches)


def test_a_segment_that_does_not_have_what_it_should_is_told(
    newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _keep(newcomer.segments, 1, 5, 4)
    _keep(newcomer.peers.segments, 1, 14)
    held = newcomer.peers.held()
    path = newcomer.peers.segments.all()[0].path
    path.write_bytes(path.read_bytes()[:-3])
    monkeypatch.setattr(newcomer.peers, "held", lambda: held)
    newcomer.stream = Stream(12, 15, 7)
    with pytest.raises(ConfigError, match="some of the chat is missing"):
        newcomer.starts()


def test_a_segment_that_a_power_loss_has_cut_off_leads_only_to_where_it_ends(newcomer: Newcomer) -> None:
    """The next one says that this one leads to it."""
    _keep(newcomer.segments, 1, 9, 4, place="cut off")
    newcomer.places.add("first")
    first = newcomer.segments.all()[0].path
    first.write_bytes(first.read_bytes()[:-3].replace(b"cut off", b"first"))
    newcomer.stream = Stream(3, 15, 3)
    opening = newcomer.open()
    assert (opening.place, [batch for batches in opening.batches for batch in batches]) == (
        "first",
        [*map(_batch, range(1, 16))],
    )


def test_how_long_it_takes_can_be_shown(newcomer: Newcomer) -> None:
    assert newcomer.open().span_ms == (0, 0)
    _keep(newcomer.segments, 1, 9, 7)
    newcomer.stream = Stream(5, 12)
    assert newcomer.open().span_ms == (1000, 1012)


def test_what_a_tracker_that_runs_has_missed_comes_from_others_and_the_engine(newcomer: Newcomer) -> None:
    _keep(newcomer.peers.segments, 1, 14, 3, 9)
    newcomer.stream = Stream(12, 20, 11)
    assert [batch for batches in newcomer.chain().since(_id(5)) for batch in batches] == [*map(_batch, range(6, 21))]
