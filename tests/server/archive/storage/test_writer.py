"""Records get into the files exactly once, no matter what ends or fails."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatcore.errors import ArchiveUnavailable
from chatcore.server.archive.journal.records import LineRecord, PresenceRecord
from chatcore.server.archive.storage import schema
from chatcore.server.archive.storage import writer as writer_module
from chatcore.server.archive.storage.files import HistoryFiles
from chatcore.server.archive.storage.writer import Writer
from chatcore.state.history import Recorded, line_id
from tests.server.archive.conftest import MakeShelf
from tests.server.archive.shelf import DAY_MS, NOON_MS, Shelf, closed_room, open_room, seeker
from tests.support.thorough import examples

_IN_A = seeker(room="#a")
_NOVEMBER_MS = 1_793_491_200_000
_Records = list[LineRecord | PresenceRecord]


def _line(position: int, *, index: int = 0, to: str = "", ms: int = NOON_MS, rest: str = "") -> LineRecord:
    rest = rest or f"PRIVMSG #a :{position}"
    return LineRecord(to or open_room(), Recorded(line_id(position, index), ms, ms, "Ann!u@h", None, "", rest))


def _rows(folder: Path, statement: str) -> list[tuple[object, ...]]:
    """Return the rows of a statement in all files, one file after the other."""
    found = []
    for path in sorted(folder.glob("history-*.sqlite"), key=lambda path: path.stem):
        with closing(sqlite3.connect(path)) as connection:
            found.extend(connection.execute(statement).fetchall())
    return found


def _presences(folder: Path) -> list[tuple[object, ...]]:
    return _rows(folder, "SELECT account_id, from_id >> 16, to_id >> 16 FROM presence ORDER BY from_id")


def _texts(folder: Path) -> list[str]:
    return [str(text) for (text,) in _rows(folder, "SELECT text FROM message ORDER BY row")]


def _permissions(folder: Path) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in folder.glob("history-*")}


def test_written_records_survive_a_restart(make_shelf: MakeShelf) -> None:
    first = make_shelf()
    assert (first.writer.newest_id, first.writer.newest_order_ms, first.writer.file) == (0, 0, None)
    written = first.say("one", open_room(), ms=NOON_MS + 5)
    first.close()
    second = make_shelf()
    assert (second.writer.newest_id, second.writer.newest_order_ms) == (written.line.id, NOON_MS + 5)
    second.say("two", open_room(), ms=NOON_MS + 5)
    assert second.room(_IN_A, "#a") == ["one", "two"]
    assert second.told == []


def test_only_the_owner_can_read_the_files(shelf: Shelf) -> None:
    shelf.say("one", open_room())
    assert len(list(shelf.folder.glob("history-*"))) == 3
    assert _permissions(shelf.folder) == {0o600}


def test_syncing_flushes_the_write_ahead_log_and_the_folder(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """But never the file itself: closing it would drop the locks that SQLite holds on it."""
    shelf.say("one", open_room())
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    shelf.writer.sync()
    beside = next(shelf.folder.glob("history-*-wal"))
    assert synced == [beside.stat().st_ino, shelf.folder.stat().st_ino]


def test_repeated_records_are_stored_once(make_shelf: MakeShelf) -> None:
    records: _Records = [
        PresenceRecord(line_id(1, 0), "#a", "x", True),
        _line(2),
        _line(3, to=open_room("#a")),
        _line(3, to=open_room("#b"), rest="QUIT :in two rooms"),
        _line(3, index=1),
        PresenceRecord(line_id(4, 0), "#a", "x", False),
        _line(5, ms=NOON_MS + DAY_MS),
        PresenceRecord(line_id(6, 0), "#a", "x", True),
    ]
    shelf = make_shelf()
    for end in range(len(records) + 1):
        shelf.writer.write(records[:end])
        shelf.writer.write(records[: end // 2])
    expected = ["2", "3", "QUIT :in two rooms", "3", "5"]
    assert _texts(shelf.folder) == expected
    assert _presences(shelf.folder) == [("x", 1, 4), ("x", 6, None)]
    shelf.close()
    shelf = make_shelf()
    shelf.writer.write(records)
    assert _texts(shelf.folder) == expected
    assert _presences(shelf.folder) == [("x", 1, 4), ("x", 6, None)]


@settings(max_examples=examples(40))
@given(st.lists(st.tuples(st.booleans(), st.sampled_from("xy"), st.integers(0, 1)), max_size=30), st.data())
def test_repeated_records_do_not_change_presences(
    tmp_path_factory: pytest.TempPathFactory, told: Sequence[tuple[bool, str, int]], data: st.DataObject
) -> None:
    """The journal may be reread from any place up to the last commit."""
    folder = tmp_path_factory.mktemp("archive")
    records: _Records = []
    ms = NOON_MS
    there: set[str] = set()
    may_read: dict[str, list[str]] = {"x": [], "y": []}
    for position, (is_in, account_id, months) in enumerate(told, 1):
        ms += months * 30 * DAY_MS
        records.append(PresenceRecord(line_id(position, 0), "#a", account_id, is_in))
        records.append(_line(position, index=1, to=closed_room(), ms=ms))
        (there.add if is_in else there.discard)(account_id)
        for each in there:
            may_read[each].append(str(position))
    written = 0
    while written < len(records):
        start, end = data.draw(st.integers(0, written)), data.draw(st.integers(written + 1, len(records)))
        shelf = Shelf(folder, days=9999)
        shelf.writer.write(records[start:end])
        shelf.close()
        written = end
    shelf = Shelf(folder, days=9999)
    for account_id, texts in may_read.items():
        assert shelf.room(seeker(room="#a", account_id=account_id, instance=99), "#a") == texts
    shelf.close()


def test_presences_left_open_by_the_last_run_are_closed(make_shelf: MakeShelf) -> None:
    shelf = make_shelf()
    shelf.writer.close_presences(line_id(1, 0))
    assert shelf.writer.file is None
    shelf.writer.write([PresenceRecord(line_id(2, 0), "#a", "x", True), _line(3)])
    shelf.close()
    shelf = make_shelf()
    shelf.writer.close_presences(line_id(9, 0))
    shelf.writer.close_presences(line_id(12, 0))
    assert _presences(shelf.folder) == [("x", 2, 9)]
    shelf.writer.write([PresenceRecord(line_id(10, 0), "#a", "x", True)])
    assert _presences(shelf.folder) == [("x", 2, 9), ("x", 10, None)]


def test_a_presence_alone_starts_a_file_of_the_current_month(shelf: Shelf) -> None:
    shelf.enter("#a", "x")
    assert [file.path.name for file in shelf.files.all()] == ["history-2026-11.sqlite"]


def test_each_month_has_a_file(shelf: Shelf) -> None:
    times = [NOON_MS, _NOVEMBER_MS - 1, _NOVEMBER_MS, _NOVEMBER_MS + 1, _NOVEMBER_MS + 31 * DAY_MS]
    shelf.now_ms = times[-1]
    shelf.writer.write([_line(position, ms=ms) for position, ms in enumerate(times, 1)])
    names = ["history-2026-10.sqlite", "history-2026-11.sqlite", "history-2026-12.sqlite"]
    assert [file.path.name for file in shelf.files.all()] == names
    assert _rows(shelf.folder, "SELECT count(*) FROM message") == [(2,), (2,), (1,)]
    assert shelf.writer.newest_order_ms == times[-1]
    assert shelf.room(_IN_A, "#a") == ["1", "2", "3", "4", "5"]


def test_files_follow_the_clock_after_it_was_years_ahead(make_shelf: MakeShelf) -> None:
    """File names use the order time, which never goes back; files must still expire."""
    ahead_ms = NOON_MS + 3650 * DAY_MS
    clock = [NOON_MS, ahead_ms, NOON_MS + 1, NOON_MS + 2, _NOVEMBER_MS, _NOVEMBER_MS + 1]
    order = [NOON_MS, *(ahead_ms + step for step in range(5))]
    for position, (ms, order_ms) in enumerate(zip(clock, order, strict=True), 1):
        shelf = make_shelf()
        record = _line(position, ms=ms)
        shelf.writer.write([record._replace(line=record.line._replace(order_ms=order_ms))])
        shelf.close()
    shelf = make_shelf()
    names = ["history-2026-10.sqlite", *(f"history-2036-10{number}.sqlite" for number in ("", "-2", "-3"))]
    assert [file.path.name for file in shelf.files.all()] == names
    assert _texts(shelf.folder) == ["1", "2", "3", "4", "5", "6"]
    shelf.now_ms = _NOVEMBER_MS + 90 * DAY_MS
    assert shelf.room(_IN_A, "#a") == ["2", "5", "6"]
    assert shelf.search(_IN_A, room="#a") == ["2", "5", "6"]


def test_a_line_already_stored_starts_no_file(make_shelf: MakeShelf) -> None:
    """Neither a line of an earlier month nor the newest one, with a full file or one just started."""
    records: _Records = [_line(1), _line(2, ms=_NOVEMBER_MS)]
    shelf = make_shelf(max_bytes=8)
    shelf.writer.write(records)
    for _ in range(2):
        shelf.writer.write(records)
        assert len(shelf.files.all()) == 2
        shelf.close()
        shelf = make_shelf(max_bytes=8)
    shelf.writer._begin(_NOVEMBER_MS)  # and then the program is killed
    shelf.close()
    shelf = make_shelf(max_bytes=8)
    shelf.writer.write(records)
    assert _texts(shelf.folder) == ["1", "2"]
    shelf.writer.write([*records, _line(3, ms=_NOVEMBER_MS), _line(3, ms=_NOVEMBER_MS, to=open_room("#b"))])
    assert _texts(shelf.folder) == ["1", "2", "3", "PRIVMSG #a :3"]
    assert len(shelf.files.all()) == 3


@pytest.mark.parametrize("ms", [0, 253_402_300_800_000, 1 << 62])
def test_any_time_has_a_month(shelf: Shelf, ms: int) -> None:
    shelf.writer.write([_line(1, ms=ms), _line(2, ms=ms)])
    assert _texts(shelf.folder) == ["1", "2"]


@pytest.mark.thorough
def test_a_full_file_is_followed_by_another_of_the_month(make_shelf: MakeShelf) -> None:
    shelf = make_shelf(max_bytes=8 << 16)
    for position in range(1, 41):
        shelf.writer.write([_line(position, rest=f"PRIVMSG #a :{position} {'x' * 4000}")])
    names = [file.path.name for file in shelf.files.all()]
    assert names[:2] == ["history-2026-10.sqlite", "history-2026-10-2.sqlite"]
    assert len(names) > 2
    assert all(shelf.files.size(file) < 1 << 19 for file in shelf.files.all())
    assert len(shelf.room(_IN_A, "#a")) == 40
    last = shelf.writer.file
    shelf.close()
    assert last is not None
    again = make_shelf(max_bytes=8 << 16)
    assert again.writer.file is not None
    assert again.writer.file.path == last.path


def test_long_batches_are_written_in_several_transactions(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "BATCH", 3)
    rests = {position: f"PRIVMSG #{position} :{position}" for position in range(1, 8)}
    records: _Records = [_line(number, to=open_room(f"#{number}"), rest=rest) for number, rest in rests.items()]
    whole = list(records)
    records[5] = _line(1 << 50)  # too large a number for SQLite
    with pytest.raises(OverflowError):
        shelf.writer.write(records)
    assert _texts(shelf.folder) == ["1", "2", "3"]
    shelf.writer.write(whole)
    assert _texts(shelf.folder) == ["1", "2", "3", "4", "5", "6", "7"]
    assert shelf.room(seeker(room="#6"), "#6") == ["6"]


@pytest.mark.parametrize("audience", ["", "x", "o:1", "o:one:7:#a", "c:1:g:#a", "p:account x"])
def test_a_line_with_a_malformed_audience_is_skipped(shelf: Shelf, audience: str) -> None:
    shelf.writer.write([_line(1), _line(2)._replace(audience=audience), _line(3)])
    assert _texts(shelf.folder) == ["1", "3"]
    assert shelf.told == ["A journal line is not archived, because its audience is malformed: 20000"]


def test_a_batch_is_stored_whole_once_there_is_room(shelf: Shelf) -> None:
    shelf.writer.write([_line(1), PresenceRecord(line_id(1, 0), "#a", "x", True)])
    batch: _Records = [
        PresenceRecord(line_id(2, 0), "#a", "x", False),
        PresenceRecord(line_id(2, 0), "#a", "y", True),
        *(_line(position, to=open_room(f"#{position}"), rest=f"PRIVMSG #a :{'x' * 4000}") for position in range(3, 90)),
    ]
    connection = shelf.writer._connection
    assert connection is not None
    connection.execute("PRAGMA max_page_count = 60")
    with pytest.raises(ArchiveUnavailable, match="full"):
        shelf.writer.write(batch)
    assert (_texts(shelf.folder), _presences(shelf.folder)) == (["1"], [("x", 1, None)])
    assert shelf.writer.newest_id == line_id(1, 0)
    shelf.writer.write(batch)
    assert len(_texts(shelf.folder)) == 88
    assert _presences(shelf.folder) == [("x", 1, 2), ("y", 2, None)]


def test_a_disk_too_full_for_a_new_file_gets_none(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.writer.write([_line(1)])

    def fail(writer: Writer, file: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "_make", fail)
        with pytest.raises(ArchiveUnavailable, match="full"):
            shelf.writer.write([_line(2), _line(3, ms=NOON_MS + DAY_MS)])
    assert _texts(shelf.folder) == ["1", "2"]
    shelf.writer.write([_line(2), _line(3, ms=NOON_MS + DAY_MS)])
    assert _texts(shelf.folder) == ["1", "2", "3"]
    assert len(shelf.files.all()) == 2


def test_a_new_file_never_appears_without_its_state(
    make_shelf: MakeShelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise, after a kill -9 at that moment, records still in the journal would be written twice."""
    shelf = make_shelf()
    copies: list[Path] = []
    opened = schema.open_to_write

    def open_and_look(path: Path) -> sqlite3.Connection:
        connection = opened(path)
        copies.append(tmp_path / f"copy{len(copies)}")
        shutil.copytree(shelf.folder, copies[-1], ignore=shutil.ignore_patterns("copy*"))
        return connection

    shelf.writer.write([_line(1)])
    with monkeypatch.context() as patch:
        patch.setattr(schema, "open_to_write", open_and_look)
        shelf.writer.write([_line(2, ms=NOON_MS + DAY_MS)])
    assert len(copies) == 2
    for copy in copies:
        with closing(Shelf(copy)) as again:
            again.writer.write([_line(1), _line(2, ms=NOON_MS + DAY_MS)])
        assert _texts(copy) == ["1", "2"]
        assert not [path for path in copy.iterdir() if ".new" in path.name]


def test_uncommitted_records_are_written_again_after_a_kill(make_shelf: MakeShelf) -> None:
    shelf = make_shelf()
    shelf.writer.write([_line(1)])
    connection = shelf.writer._connection
    assert connection is not None
    connection.execute("BEGIN")
    connection.execute("UPDATE state SET newest_id = 1 << 40")
    connection.execute("DELETE FROM message")
    connection.close()  # as a kill does: without a commit
    shelf.writer._connection = None
    shelf.writer.close()
    again = make_shelf()
    again.writer.write([_line(1), _line(2)])
    assert _texts(again.folder) == ["1", "2"]


def test_an_empty_file_left_by_a_kill_is_used(make_shelf: MakeShelf, tmp_path: Path) -> None:
    (tmp_path / "history-2026-10.sqlite").touch()
    shelf = make_shelf()
    shelf.say("one", open_room())
    assert [file.path.name for file in shelf.files.all()] == ["history-2026-10.sqlite"]
    assert shelf.room(_IN_A, "#a") == ["one"]
    assert shelf.told == []


def test_names_dropped_from_memory_are_not_stored_twice(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatcore.server.archive.storage.rows._MAX_REMEMBERED", 2)
    for turn in range(3):
        for number in range(5):
            shelf.say(f"{turn} {number}", open_room(f"#{number}"), by=f"Ann{number}")
    assert _rows(shelf.folder, "SELECT count(*) FROM audience") == [(5,)]
    assert _rows(shelf.folder, "SELECT count(*) FROM source") == [(5,)]
    assert shelf.room(seeker(room="#3"), "#3") == ["0 3", "1 3", "2 3"]


def _spoil(path: Path, offset: int = 0) -> None:
    """Overwrite a page of a file, and leave it without a write-ahead log."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"spoiled " * 512)


@pytest.mark.parametrize("offset", [0, 4096])
def test_a_damaged_file_is_set_aside_at_start(make_shelf: MakeShelf, offset: int) -> None:
    shelf = make_shelf()
    shelf.say("in October", open_room())
    shelf.say("in November", open_room(), ms=NOON_MS + DAY_MS)
    shelf.close()
    _spoil(shelf.folder / "history-2026-11.sqlite", offset)
    spoiled = (shelf.folder / "history-2026-11.sqlite").read_bytes()
    again = make_shelf()
    again.say("later", open_room(), ms=NOON_MS + DAY_MS)
    assert again.room(_IN_A, "#a") == ["in October", "later"]
    (told,) = again.told
    assert told == (
        "history-2026-11.sqlite in the state folder is damaged: it was renamed history-2026-11.sqlite.aside "
        "and is not read"
    )
    assert (shelf.folder / "history-2026-11.sqlite.aside").read_bytes() == spoiled


def test_a_file_damaged_while_open_is_replaced(shelf: Shelf) -> None:
    shelf.writer.write([_line(1), PresenceRecord(line_id(1, 0), "#a", "x", True), _line(2)])
    shelf.writer.close()
    _spoil(shelf.folder / "history-2026-10.sqlite")
    shelf.writer.write([_line(1), _line(3)])
    assert _texts(shelf.folder) == ["3"]
    assert _presences(shelf.folder) == [("x", 1, None)]
    assert "history-2026-10.sqlite.aside" in shelf.told[0]
    assert len(shelf.told) == 1


def test_a_file_that_a_reader_found_damaged_is_replaced(shelf: Shelf) -> None:
    shelf.writer.write([_line(1)])
    file = shelf.writer.file
    assert file is not None
    shelf.files.leave_out(file)
    shelf.files.leave_out(file)
    assert shelf.files.all() == ()
    shelf.writer.write([_line(2)])
    assert _texts(shelf.folder) == ["2"]
    assert shelf.told == [
        f"{file.path.name} in the state folder is damaged: answers leave out its messages from now on",
        f"{file.path.name} in the state folder is damaged: it was renamed {file.path.name}.aside and is not read",
    ]


def test_an_archive_that_cannot_be_opened_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(tmp_path)
    shelf.say("one", open_room())
    shelf.close()
    files = HistoryFiles(tmp_path, 0, shelf.told.append)

    def fail(path: Path) -> sqlite3.Connection:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("chatcore.server.archive.storage.schema.open_to_write", fail)
    with pytest.raises(ArchiveUnavailable, match="Permission denied"):
        Writer(files)
