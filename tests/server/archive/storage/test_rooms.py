"""rooms.sqlite: facts are applied once; damaged, newer and foreign files."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chatcore.errors import ArchiveUnavailable, ConfigError, StateTooNew
from chatcore.protocol.modes import ModeChange
from chatcore.server.archive.journal.records import FactRecord, parse_record
from chatcore.server.archive.storage import rooms as rooms_module
from chatcore.server.archive.storage import schema
from chatcore.server.archive.storage.room_rows import APPLIERS
from chatcore.server.archive.storage.rooms import ROOMS_FILE, VERSION, Rooms
from chatcore.server.outgoing.room_book import RoomBook
from chatcore.state.channel import Listed, Topic
from chatcore.state.dormant import DormantRoom
from chatcore.state.history import FormerName
from tests.support.dormant import dormant

_NOW = 5000.0


class _Shelf:
    """The file, filled by way of the book, and reopened as a restart does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / ROOMS_FILE
        self.told: list[str] = []
        self.written: list[bytes] = []
        self.book = RoomBook(self.written.append)
        self.rooms = Rooms(folder, self.told.append)
        self.id = 0

    def reopen(self) -> None:
        self.rooms.close()
        self.rooms = Rooms(self.folder, self.told.append)

    def facts(self, *writes: Callable[[RoomBook], None]) -> list[FactRecord]:
        """Return a fact for each of the writes, as the journal would give it back."""
        self.written.clear()
        for write in writes:
            self.id += 1
            write(self.book)
            self.book.write(self.id)
        records = [parse_record(line.decode().rstrip("\n")) for line in self.written]
        return [record for record in records if isinstance(record, FactRecord)]

    def apply(self, *writes: Callable[[RoomBook], None]) -> None:
        self.rooms.apply(self.facts(*writes))

    def loaded(self) -> dict[str, DormantRoom]:
        return {room.name: room for room in self.rooms.load(_NOW)}


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[_Shelf]:
    made = _Shelf(tmp_path)
    yield made
    made.rooms.close()


def _begin(book: RoomBook) -> None:
    book.begin(7, "#Room", 1000)


def _change(*changes: ModeChange, set_at: int = 77) -> Callable[[RoomBook], None]:
    return lambda book: book.change_modes(7, changes, "ann!a@h", set_at)


def test_a_new_room_has_the_default_modes(shelf: _Shelf) -> None:
    shelf.apply(_begin)
    assert shelf.rooms.load(_NOW) == [dormant("#Room", instance=7, since=_NOW)]


def test_metadata_of_a_room_lasts_until_it_ends(shelf: _Shelf) -> None:
    shelf.apply(
        _begin,
        lambda book: book.set_metadata(7, "url", "x"),
        lambda book: book.set_metadata(7, "note", "y"),
        lambda book: book.set_metadata(7, "url", "z"),
        lambda book: book.set_metadata(7, "note", ""),
        lambda book: book.set_metadata(8, "url", "of no room"),
    )
    shelf.reopen()
    assert shelf.loaded()["#Room"].metadata == {"url": "z"}
    shelf.apply(lambda book: book.end(7), _begin)
    assert shelf.loaded()["#Room"].metadata == {}
    assert shelf.told == []


def test_all_changes_survive_a_restart(shelf: _Shelf) -> None:
    shelf.apply(
        _begin,
        lambda book: book.set_topic(7, Topic("tea : 漢字 \\ \t", "ann!a@h", 5)),
        _change(
            ModeChange(True, "i"), ModeChange(False, "t"), ModeChange(True, "k", "key"), ModeChange(True, "l", "9")
        ),
        _change(ModeChange(True, "b", "B!*@*"), ModeChange(True, "b", "a!*@*"), ModeChange(True, "I", "c!*@*")),
        _change(ModeChange(True, "b", "z!*@*"), ModeChange(False, "b", "B!*@*"), set_at=99),
        lambda book: book.set_letters(7, "id1", "o"),
        lambda book: book.set_letters(7, "id2", ""),
        lambda book: book.set_letters(7, "id3", "v"),
        lambda book: book.set_letters(7, "id2", "v"),
        lambda book: book.set_letters(7, "id3", None),
    )
    shelf.reopen()
    lists = {
        "b": (Listed("a!*@*", "ann!a@h", 77), Listed("z!*@*", "ann!a@h", 99)),
        "I": (Listed("c!*@*", "ann!a@h", 77),),
    }
    assert shelf.rooms.load(_NOW) == [
        DormantRoom(
            "#Room",
            7,
            1000,
            frozenset("in"),
            {"k": "key", "l": "9"},
            lists,
            Topic("tea : 漢字 \\ \t", "ann!a@h", 5),
            {"id1": "o", "id2": "v"},
            _NOW,
        )
    ]


def test_changes_can_be_undone(shelf: _Shelf) -> None:
    shelf.apply(
        _begin,
        _change(ModeChange(True, "k", "key"), ModeChange(True, "l", "9"), ModeChange(True, "b", "a!*@*")),
        _change(ModeChange(False, "k", "key"), ModeChange(False, "l"), ModeChange(False, "b", "A!*@*")),
        lambda book: book.set_topic(7, Topic("tea", "ann", 5)),
        lambda book: book.set_topic(7, None),
    )
    assert shelf.rooms.load(_NOW) == [dormant("#Room", instance=7, since=_NOW)]


def test_an_ended_room_is_forgotten_with_everything_it_had(shelf: _Shelf) -> None:
    shelf.apply(
        _begin,
        _change(ModeChange(True, "b", "a!*@*"), ModeChange(True, "i")),
        lambda book: book.set_letters(7, "id1", "o"),
        lambda book: book.rename(7, "#tea", 5),
        lambda book: book.end(7),
        lambda book: book.rename(7, "#late", 6),
        _change(ModeChange(True, "s"), ModeChange(True, "b", "b!*@*")),
        lambda book: book.set_letters(7, "id2", "o"),
        lambda book: book.set_topic(7, Topic("late", "ann", 5)),
    )
    assert shelf.rooms.load(_NOW) == []
    with closing(sqlite3.connect(shelf.path)) as connection:
        tables = ("room", "mode", "listed", "account", "former_name")
        assert [connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables] == [(0,)] * 5
    assert shelf.told == []


def test_only_the_latest_room_of_a_name_is_kept(shelf: _Shelf) -> None:
    """Even if the end of the earlier room was lost."""
    shelf.apply(_begin, _change(ModeChange(True, "i")), lambda book: book.begin(8, "#ROOM", 2000))
    assert shelf.rooms.load(_NOW) == [dormant("#ROOM", instance=8, created_at=2000, since=_NOW)]


def test_a_renamed_room_keeps_its_former_names(shelf: _Shelf) -> None:
    shelf.apply(
        _begin,
        _change(ModeChange(True, "i"), ModeChange(True, "b", "a!*@*")),
        lambda book: book.rename(7, "#ROOM", 400),
        lambda book: book.rename(7, "#Tea", 500),
        lambda book: book.begin(8, "#room", 2000),
        lambda book: book.rename(7, "#hot", 600),
    )
    loaded = shelf.loaded()
    assert loaded.keys() == {"#hot", "#room"}
    assert loaded["#hot"].former_names == (FormerName("#room", 499), FormerName("#tea", 599))
    assert loaded["#hot"].flags == {*"int"}
    assert loaded["#room"].former_names == ()


def test_the_oldest_former_names_are_forgotten(shelf: _Shelf) -> None:
    shelf.apply(_begin, *(partial(RoomBook.rename, instance=7, name=f"#r{n}", at=n + 1) for n in range(20)))
    assert [name.room for name in shelf.loaded()["#r19"].former_names] == [f"#r{n}" for n in range(3, 19)]


def test_renaming_takes_over_the_name_of_a_lost_room(shelf: _Shelf) -> None:
    shelf.apply(_begin, lambda book: book.begin(8, "#tea", 2000), lambda book: book.rename(7, "#TEA", 500))
    assert [(room.name, room.instance) for room in shelf.rooms.load(_NOW)] == [("#TEA", 7)]


def test_rooms_are_dormant_since_the_first_start_without_visitors(shelf: _Shelf) -> None:
    shelf.apply(_begin, lambda book: book.begin(8, "#b", 1000))
    assert {name: room.since for name, room in shelf.loaded().items()} == {"#Room": _NOW, "#b": _NOW}
    shelf.reopen()
    shelf.apply(lambda book: book.return_(8))
    assert {room.name: room.since for room in shelf.rooms.load(_NOW + 10)} == {"#Room": _NOW, "#b": _NOW + 10}


def test_a_start_with_the_clock_ahead_counts_as_the_present_one(shelf: _Shelf) -> None:
    shelf.apply(_begin)
    shelf.rooms.load(_NOW + 1e9)
    assert [room.since for room in shelf.rooms.load(_NOW)] == [_NOW]
    assert [room.since for room in shelf.rooms.load(_NOW + 10)] == [_NOW]


def test_rooms_are_loaded_even_on_a_full_disk(shelf: _Shelf) -> None:
    shelf.apply(_begin, lambda book: book.begin(8, "#b", 1000))
    shelf.rooms.load(_NOW)
    shelf.apply(lambda book: book.return_(8))
    shelf.rooms._connection.execute("PRAGMA query_only = 1")
    shelf.rooms.apply(shelf.facts(_begin)[:0])
    shelf.rooms.apply([FactRecord(shelf.rooms.last_id, {"fact": "rooms", "changes": [["ended", 7]]})])
    assert {room.name: room.since for room in shelf.rooms.load(_NOW + 10)} == {"#Room": _NOW, "#b": _NOW + 10}
    (told,) = shelf.told
    assert told.startswith(
        "rooms.sqlite in the state folder: attempt to write a readonly database. The time that empty rooms"
    )
    shelf.reopen()
    assert {room.name: room.since for room in shelf.rooms.load(_NOW + 20)} == {"#Room": _NOW, "#b": _NOW + 20}


def test_an_ended_room_leaves_no_trace_in_the_folder(shelf: _Shelf) -> None:
    shelf.apply(_begin, lambda book: book.set_topic(7, Topic("a very secret topic", "ann", 5)))
    shelf.apply(lambda book: book.end(7))
    assert [b"very secret" in path.read_bytes() for path in shelf.folder.iterdir()] == [False, False]


def test_a_repeated_fact_is_applied_once(shelf: _Shelf) -> None:
    facts = shelf.facts(
        _begin,
        lambda book: book.set_letters(7, "id1", "o"),
        lambda book: book.set_letters(7, "id1", None),
        lambda book: book.end(7),
        lambda book: book.begin(8, "#b", 1000),
    )
    for until in (2, 4, 5, 5, 3):
        shelf.rooms.apply(facts[:until])
        shelf.reopen()
    assert [room.instance for room in shelf.rooms.load(_NOW)] == [8]
    assert (shelf.rooms.last_id, shelf.rooms.last_instance) == (5, 8)


def test_the_highest_instance_is_known_after_its_room_ended(shelf: _Shelf) -> None:
    assert (shelf.rooms.last_id, shelf.rooms.last_instance) == (0, 0)
    high = (1 << 62) + 5
    shelf.apply(lambda book: book.begin(high, "#a", 1), lambda book: book.end(high), _begin)
    shelf.reopen()
    assert shelf.rooms.last_instance == high


def test_other_kinds_of_facts_only_advance_the_last_id(shelf: _Shelf) -> None:
    shelf.rooms.apply([FactRecord(9, {"fact": "waiting", "text": "hi"}), FactRecord(10, {})])
    assert (shelf.rooms.load(_NOW), shelf.rooms.last_id, shelf.told) == ([], 10, [])


@pytest.mark.parametrize(
    "change",
    [
        [],
        ["born", 7],
        ["began", 7],
        ["began", "seven", "#x", 1, ""],
        ["began", 1 << 70, "#x", 1, ""],
        ["topic", 7, ["only"]],
        ["modes", 7, [[True, "Z", None]], "ann", 1],
        ["account", 7, None, "o"],
        7,
    ],
)
def test_a_malformed_change_is_reported_and_others_apply(shelf: _Shelf, change: Any) -> None:
    shelf.apply(_begin)
    shelf.rooms.apply([FactRecord(50, {"fact": "rooms", "changes": [change, ["account", 7, "id1", "o"]]})])
    assert shelf.loaded()["#Room"].accounts == {"id1": "o"}
    assert [text.startswith("A change of a room cannot be stored") for text in shelf.told] == [True]


def test_a_failed_batch_is_rolled_back(shelf: _Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = shelf.facts(_begin, lambda book: book.set_letters(7, "id1", "o"))

    def fail(*args: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setitem(APPLIERS, "account", fail)
        with pytest.raises(ArchiveUnavailable, match=r"rooms.sqlite in the state folder: .* disk is full"):
            shelf.rooms.apply(facts)
    assert (shelf.rooms.load(_NOW), shelf.rooms.last_id) == ([], 0)
    shelf.rooms.apply(facts)
    assert shelf.loaded()["#Room"].accounts == {"id1": "o"}


def test_a_locked_file_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms_module, "_WAIT_S", 0.0)
    shelf = _Shelf(tmp_path)
    with closing(shelf.rooms), closing(sqlite3.connect(shelf.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveUnavailable, match="locked"):
            shelf.apply(_begin)


def test_a_locked_file_is_reported_at_start(shelf: _Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.rooms.close()
    monkeypatch.setattr(rooms_module, "_WAIT_S", 0.0)
    with closing(sqlite3.connect(shelf.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ConfigError, match=r"cannot use .*rooms.sqlite: .*locked"):
            Rooms(shelf.folder)
    assert shelf.told == []


def test_a_closed_file_is_unavailable(shelf: _Shelf) -> None:
    shelf.rooms.close()
    with pytest.raises(ArchiveUnavailable):
        _ = shelf.rooms.last_id


def test_only_the_owner_can_read_the_file(shelf: _Shelf) -> None:
    shelf.apply(_begin)
    assert {stat.S_IMODE(path.stat().st_mode) for path in shelf.folder.iterdir()} == {0o600}


def test_a_file_readable_by_others_is_made_private(shelf: _Shelf) -> None:
    shelf.path.chmod(0o644)
    shelf.reopen()
    assert stat.S_IMODE(shelf.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", [b"garbage" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_set_aside_and_reported(shelf: _Shelf, damage: bytes) -> None:
    shelf.rooms.close()
    for number in ("", "-2"):
        shelf.path.write_bytes(damage)
        shelf.reopen()
        assert shelf.rooms.load(_NOW) == []
        assert (shelf.folder / f"{ROOMS_FILE}.aside{number}").read_bytes() == damage
        shelf.rooms.close()
    shelf.reopen()
    assert [f"it was renamed {ROOMS_FILE}.aside" in text for text in shelf.told] == [True, True]


def test_a_file_damaged_in_the_middle_is_set_aside_too(shelf: _Shelf) -> None:
    shelf.apply(_begin, *(_change(ModeChange(True, "b", f"{number}!*@*")) for number in range(500)))
    shelf.rooms.close()
    data = bytearray(shelf.path.read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 100] = b"\xaa" * 100
    shelf.path.write_bytes(data)
    shelf.reopen()
    assert len(shelf.told) == 1
    assert shelf.rooms.load(_NOW) == []
    shelf.apply(_begin)
    assert list(shelf.loaded()) == ["#Room"]


def test_a_file_damaged_while_open_is_replaced(shelf: _Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise rooms_module.DamagedRooms("database disk image is malformed")

    shelf.apply(_begin)
    facts = shelf.facts(lambda book: book.begin(8, "#b", 1000), lambda book: book.set_letters(8, "id1", "o"))
    with monkeypatch.context() as patch:
        patch.setitem(APPLIERS, "account", fail)
        with pytest.raises(ArchiveUnavailable, match="malformed"):
            shelf.rooms.apply(facts)
    shelf.rooms.apply(facts)
    assert list(shelf.loaded()) == ["#b"]
    assert [f"{ROOMS_FILE}.aside" in text for text in shelf.told] == [True]


def test_a_damaged_file_that_cannot_be_renamed_is_unavailable(shelf: _Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise rooms_module.DamagedRooms("malformed")

    def refuse(path: Path) -> Path:
        raise OSError(30, "Read-only file system")

    monkeypatch.setitem(APPLIERS, "began", fail)
    monkeypatch.setattr(rooms_module, "set_aside", refuse)
    for _ in range(2):
        with pytest.raises(ArchiveUnavailable):
            shelf.apply(_begin)


def test_a_file_of_version_1_gets_the_missing_tables(shelf: _Shelf) -> None:
    shelf.apply(_begin)
    shelf.rooms.close()
    with closing(sqlite3.connect(shelf.path)) as connection:
        new = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
        connection.executescript("DROP TABLE waiting; DROP TABLE former_name; PRAGMA user_version = 1")
    shelf.reopen()
    with closing(sqlite3.connect(shelf.path)) as connection:
        upgraded = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        assert upgraded.fetchall() == new
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert [*shelf.loaded()] == ["#Room"]


def test_a_newer_file_is_refused_and_left_unchanged(shelf: _Shelf) -> None:
    shelf.apply(_begin)
    with closing(sqlite3.connect(shelf.path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = shelf.path.read_bytes()
    with pytest.raises(StateTooNew):
        Rooms(shelf.folder)
    assert shelf.path.read_bytes() == before


@pytest.mark.parametrize("statement", ["CREATE TABLE other (x)", f"PRAGMA user_version = {VERSION}"])
def test_a_foreign_file_is_refused_and_left_unchanged(tmp_path: Path, statement: str) -> None:
    with closing(sqlite3.connect(tmp_path / ROOMS_FILE)) as connection:
        connection.execute(statement)
        connection.commit()
    before = (tmp_path / ROOMS_FILE).read_bytes()
    with pytest.raises(ConfigError, match="not a file of this program"):
        Rooms(tmp_path)
    assert (tmp_path / ROOMS_FILE).read_bytes() == before


def test_a_folder_in_place_of_the_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / ROOMS_FILE).mkdir()
    with pytest.raises(ConfigError, match=r"cannot use .*rooms.sqlite"):
        Rooms(tmp_path)


def test_the_file_has_the_application_id_of_the_archive(shelf: _Shelf) -> None:
    with closing(sqlite3.connect(shelf.path)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (schema.APPLICATION_ID,)
