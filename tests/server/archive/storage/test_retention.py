"""What is removed and when, and how much a wrong clock can cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcore.errors import ArchiveUnavailable
from chatcore.server.archive.journal.records import LineRecord
from chatcore.server.archive.storage.files import HistoryFiles
from chatcore.server.archive.storage.retention import Retention
from chatcore.state.history import Recorded
from tests.server.archive.conftest import MakeShelf
from tests.server.archive.shelf import DAY_MS, NOON_MS, Shelf, open_room, seeker

_IN_A = seeker(room="#a")
_DAY_S = 86_400.0


class _Kept:
    """An archive with a file for each of the last months, and its retention; both can be restarted."""

    def __init__(self, make_shelf: MakeShelf, *, months: int, max_bytes: int = 0) -> None:
        self._make = make_shelf
        self._max_bytes = max_bytes
        self.running_s = 0.0
        self.forgotten: list[int] = []  # the times up to which waiting messages were forgotten
        self.has_no_room = False
        self.now_ms = NOON_MS + (months - 1) * 30 * DAY_MS
        self.start()
        for month in range(months):
            self.shelf.say(str(month), open_room(), ms=NOON_MS + month * 30 * DAY_MS)
        assert len(self.shelf.files.all()) == months

    def start(self) -> None:
        self.shelf = self._make(max_bytes=self._max_bytes)
        self.retention = Retention(
            self.shelf.files,
            self.shelf.writer,
            90,
            self.forget_waiting,
            now=lambda: self.now_ms / 1000,
            clock=lambda: self.running_s,
        )

    def forget_waiting(self, before_ms: int) -> None:
        self.forgotten.append(before_ms)
        if self.has_no_room:
            raise ArchiveUnavailable("a full disk")

    def restart(self) -> None:
        self.shelf.close()
        self.start()

    def left(self) -> int:
        self.retention.tidy()
        return len(self.shelf.files.all())

    def pass_days(self, days: float) -> None:
        self.now_ms += int(days * DAY_MS)
        self.running_s += days * _DAY_S


def test_recent_files_stay(make_shelf: MakeShelf) -> None:
    kept = _Kept(make_shelf, months=3)
    assert kept.left() == 3
    assert kept.shelf.told == []


def test_a_month_goes_when_its_last_day_is_too_old(make_shelf: MakeShelf) -> None:
    kept = _Kept(make_shelf, months=3)
    kept.now_ms = 1_793_491_200_000 + 90 * DAY_MS - 1  # 90 days after October
    assert kept.left() == 3
    kept.now_ms += 1
    assert kept.left() == 2
    assert kept.shelf.told == [
        "history-2026-10.sqlite was removed from the state folder: its messages are more than 90 days old"
    ]
    assert not list(kept.shelf.folder.glob("history-2026-10*"))
    assert kept.forgotten == [1_793_491_200_000], "messages waiting since then must be forgotten too"


def test_a_clock_far_ahead_removes_one_file_a_day(make_shelf: MakeShelf) -> None:
    kept = _Kept(make_shelf, months=5)
    kept.now_ms += 3650 * DAY_MS
    assert [kept.left() for _ in range(3)] == [4, 4, 4]
    kept.pass_days(0.9)
    assert kept.left() == 4
    kept.pass_days(0.1)
    assert [kept.left() for _ in range(3)] == [3, 3, 3]


def test_restarting_does_not_shorten_the_day(make_shelf: MakeShelf) -> None:
    kept = _Kept(make_shelf, months=5)
    kept.now_ms += 3650 * DAY_MS
    assert kept.left() == 4
    for _ in range(3):
        kept.restart()
        kept.running_s += 1000 * _DAY_S
        assert kept.left() == 4
    kept.shelf.say("in a new file", open_room(), ms=kept.now_ms)
    kept.restart()
    assert kept.left() == 5
    kept.pass_days(1)
    assert kept.left() == 4


def test_setting_the_clock_back_does_not_shorten_the_day(make_shelf: MakeShelf) -> None:
    kept = _Kept(make_shelf, months=5)
    kept.now_ms += 3650 * DAY_MS
    assert kept.left() == 4
    kept.now_ms -= 3000 * DAY_MS
    kept.running_s += 2 * _DAY_S
    assert kept.left() == 4
    kept.restart()
    kept.pass_days(0.5)
    assert kept.left() == 4
    kept.pass_days(0.5)
    assert kept.left() == 3


def test_the_current_file_stays_at_any_age(make_shelf: MakeShelf) -> None:
    kept = _Kept(make_shelf, months=2)
    for days in (3650, 1, 1):
        kept.pass_days(days)
        kept.left()
    assert kept.left() == 1
    assert kept.shelf.writer.file == kept.shelf.files.all()[0]


def test_without_files_there_is_nothing_to_do(make_shelf: MakeShelf) -> None:
    assert _Kept(make_shelf, months=0).left() == 0


@pytest.mark.thorough
def test_beyond_the_size_limit_the_oldest_files_go_at_once(make_shelf: MakeShelf) -> None:
    kept = _Kept(make_shelf, months=0, max_bytes=1 << 20)
    for number in range(400):
        kept.shelf.say(f"{number} {'x' * 4000}", open_room())
    before = kept.shelf.files.all()
    kept.left()
    after = kept.shelf.files.all()
    assert after == before[len(before) - len(after) :]
    assert sum(kept.shelf.files.size(file) for file in after) <= 1 << 20
    assert sum(kept.shelf.files.size(file) for file in after) > 1 << 19
    assert len(kept.shelf.told) == len(before) - len(after)
    assert kept.shelf.told[0].endswith("the archive took more than 1 MB (history_mb)")
    assert kept.shelf.room(_IN_A, "#a")[-1].startswith("399 ")


def test_the_only_file_may_exceed_the_size_limit(make_shelf: MakeShelf) -> None:
    kept = _Kept(make_shelf, months=1, max_bytes=1)
    assert kept.left() == 1


def test_a_file_that_cannot_be_removed_is_reported(make_shelf: MakeShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = _Kept(make_shelf, months=3)

    def fail(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "unlink", fail)
    kept.pass_days(90)
    assert kept.left() == 2
    assert kept.shelf.told == [
        "history-2026-10.sqlite cannot be removed from the state folder: Operation not permitted"
    ]


def test_old_files_go_one_a_day_even_on_a_full_disk(make_shelf: MakeShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = _Kept(make_shelf, months=5)
    kept.pass_days(3650)
    connection = kept.shelf.writer._connection
    assert connection is not None
    connection.execute("PRAGMA query_only = 1")
    kept.has_no_room = True
    assert [kept.left() for _ in range(2)] == [4, 4]
    assert kept.shelf.told[0].startswith("history-2026-10.sqlite was removed")
    assert isinstance(kept.shelf.files, HistoryFiles)


def test_messages_older_than_the_kept_days_are_not_shown(shelf: Shelf) -> None:
    shelf.say("old", open_room(), ms=NOON_MS)
    shelf.say("new", open_room(), ms=NOON_MS + DAY_MS)
    shelf.now_ms = NOON_MS + 90 * DAY_MS + 1
    assert shelf.room(_IN_A, "#a") == ["new"]
    assert shelf.search(_IN_A, room="#a") == ["new"]


def test_messages_after_a_clock_far_ahead_still_expire(make_shelf: MakeShelf) -> None:
    """Otherwise it would stay until that year, as the order time never goes back."""
    kept = _Kept(make_shelf, months=1)
    ahead_ms = NOON_MS + 3650 * DAY_MS
    for step, ms in enumerate((ahead_ms, NOON_MS + DAY_MS, NOON_MS + 40 * DAY_MS)):
        line = Recorded(kept.shelf.next_id(), ms, ahead_ms + step, "Ann!u@h", None, "", "PRIVMSG #a :x")
        kept.shelf.writer.write([LineRecord(open_room(), line)])
    assert len(kept.shelf.files.all()) == 4
    kept.pass_days(91)
    assert kept.left() == 3
    kept.pass_days(30)
    assert kept.left() == 2
    kept.pass_days(1)
    assert kept.left() == 1
    assert kept.shelf.files.all()[0].path.name == "history-2036-10-3.sqlite"
