"""A file of one tracker and a shelf of all are kept the same."""

from __future__ import annotations

import pytest

from chatcore.cluster.shelves import Shelves
from chatcore.errors import ChatError
from chatcore.server.access.shared.mirror import RowMirror
from chatcore.state.records import RowsSet
from chatcore.state.shelf import FOUNDED, Rows
from tests.support.shelf import AWAY, LocalShelf


class _File:
    """A file in memory."""

    name = "bans.json"

    def __init__(self, **rows: bytes) -> None:
        self.rows = dict(rows)
        self._read = (dict(rows), dict(rows))
        self.is_full = False
        self.changed: list[Rows] = []

    def read(self) -> dict[str, bytes]:
        if self.rows != self._read[0]:
            self._read = dict(self.rows), dict(self.rows)
        return self._read[1]

    def change(self, rows: Rows) -> None:
        if self.is_full:
            raise ChatError("the disk is full")
        self.changed.append(rows)
        for key, value in rows:
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value


class _Tracker:
    """A tracker with a file of its own and a shared shelf."""

    def __init__(self, shelves: Shelves, **rows: bytes) -> None:
        self.file = _File(**rows)
        self.shelf = LocalShelf("bans", shelves)
        self.told: list[str] = []
        self.brought: list[Rows] = []
        self.mirror = RowMirror(self.file, self.shelf, self.told.append, self.brought.append)

    def start(self) -> _Tracker:
        self.mirror.found()
        return self


@pytest.fixture
def shelves() -> Shelves:
    return Shelves()


def _shared(shelves: Shelves) -> dict[str, bytes]:
    rows = shelves.rows("bans")
    assert rows.pop(FOUNDED) == b""
    return rows


def test_the_first_tracker_brings_its_rows(shelves: Shelves) -> None:
    first = _Tracker(shelves, a=b"1", b=b"2").start()
    assert _shared(shelves) == {"a": b"1", "b": b"2"}
    assert (first.told, first.file.changed) == ([], [])


def test_an_empty_first_tracker_empties_the_next(shelves: Shelves) -> None:
    _Tracker(shelves).start()
    second = _Tracker(shelves, a=b"1").start()
    assert _shared(shelves) == {}
    assert second.file.rows == {}


def test_an_empty_tracker_takes_the_shared_rows_silently(shelves: Shelves) -> None:
    _Tracker(shelves, a=b"1").start()
    second = _Tracker(shelves).start()
    assert (second.file.rows, second.told) == ({"a": b"1"}, [])


def test_a_later_tracker_takes_the_shared_rows_and_reports_differences(shelves: Shelves) -> None:
    _Tracker(shelves, a=b"1", b=b"2").start()
    second = _Tracker(shelves, a=b"1", b=b"3", c=b"4").start()
    assert second.file.rows == {"a": b"1", "b": b"2"}
    assert second.told == ["bans.json is not as the other trackers have it: theirs counts, for b, c"]
    second.mirror.tick()
    assert _shared(shelves) == {"a": b"1", "b": b"2"}


def test_only_one_of_two_first_trackers_brings_its_rows(shelves: Shelves) -> None:
    slower = _Tracker(shelves, b=b"2")
    slower.shelf.before.append(RowsSet("bans", ((FOUNDED, b""), ("a", b"1"))))
    slower.start()
    assert _shared(shelves) == slower.file.rows == {"a": b"1"}


def test_many_differences_are_counted(shelves: Shelves) -> None:
    _Tracker(shelves).start()
    many = _Tracker(shelves, **{f"n{number:02}": b"" for number in range(13)}).start()
    assert many.told[0].endswith("n08, n09 and 3 more")


def test_a_change_of_the_file_reaches_all(shelves: Shelves) -> None:
    one, other = _Tracker(shelves, a=b"1", b=b"2").start(), _Tracker(shelves).start()
    del one.file.rows["a"]
    one.file.rows |= {"b": b"3", "c": b"4"}
    one.mirror.tick()
    assert dict(one.brought[0]) == {"a": None, "b": b"3", "c": b"4"}
    other.mirror.tick()
    assert other.file.rows == _shared(shelves) == {"b": b"3", "c": b"4"}
    assert (other.brought, one.told) == ([], [])
    proposed = len(one.shelf.proposed) + len(other.shelf.proposed)
    one.mirror.tick()
    other.mirror.tick()
    assert len(one.shelf.proposed) + len(other.shelf.proposed) == proposed, (
        "a change must not be proposed again by the trackers that got it"
    )


def test_the_first_of_two_simultaneous_changes_wins(shelves: Shelves) -> None:
    tracker = _Tracker(shelves, a=b"1").start()
    tracker.file.rows |= {"a": b"mine", "b": b"new"}
    tracker.shelf.before.append(RowsSet("bans", (("a", b"theirs"),)))
    tracker.mirror.tick()
    assert tracker.file.rows == _shared(shelves) == {"a": b"theirs", "b": b"new"}
    assert tracker.brought == [(("b", b"new"),)]
    assert tracker.told == ["bans.json: another tracker changed a just before, and that counts"]


def test_the_same_change_on_two_trackers_is_no_conflict(shelves: Shelves) -> None:
    one, other = _Tracker(shelves).start(), _Tracker(shelves).start()
    one.file.rows["a"] = other.file.rows["a"] = b"1"
    one.mirror.tick()
    other.mirror.tick()
    assert (one.told, other.told, other.brought) == ([], [], [])


def test_a_change_of_the_file_during_a_tick_is_not_lost(shelves: Shelves) -> None:
    tracker = _Tracker(shelves, a=b"1").start()
    shelves.apply(RowsSet("bans", (("theirs", b"2"),)))
    read = tracker.file.read
    tracker.file.read = lambda: (read(), tracker.file.rows.update(mine=b"3"))[0]  # type: ignore[method-assign]
    tracker.mirror.tick()
    tracker.file.read = read  # type: ignore[method-assign]
    tracker.mirror.tick()
    assert tracker.file.rows == _shared(shelves) == {"a": b"1", "theirs": b"2", "mine": b"3"}


def test_a_failed_proposal_is_retried_and_reported_once(shelves: Shelves) -> None:
    tracker = _Tracker(shelves).start()
    tracker.file.rows["a"] = b"1"
    tracker.shelf.is_away = True
    tracker.mirror.tick()
    tracker.mirror.tick()
    assert tracker.told == [AWAY]
    assert tracker.file.rows == {"a": b"1"}
    tracker.shelf.is_away = False
    tracker.mirror.tick()
    assert _shared(shelves) == {"a": b"1"}
    tracker.shelf.is_away = True
    tracker.file.rows["a"] = b"2"
    tracker.mirror.tick()
    assert tracker.told == [AWAY, AWAY]


def test_a_change_that_only_seemed_to_fail_is_not_proposed_again(shelves: Shelves) -> None:
    tracker = _Tracker(shelves).start()
    tracker.file.rows["a"] = b"1"
    tracker.shelf.is_away = True
    tracker.mirror.tick()
    tracker.shelf.is_away = False
    shelves.apply(RowsSet("bans", (("a", b"1"),)))
    tracker.mirror.tick()
    assert len(tracker.shelf.proposed) == 1, "only the founding proposal"


def test_a_failed_write_is_retried_and_reported_once(shelves: Shelves) -> None:
    tracker = _Tracker(shelves).start()
    tracker.file.is_full = True
    shelves.apply(RowsSet("bans", (("a", b"1"),)))
    tracker.mirror.tick()
    tracker.mirror.tick()
    assert tracker.told == ["the disk is full"]
    tracker.file.is_full = False
    tracker.mirror.tick()
    assert tracker.file.rows == {"a": b"1"}
