"""History files: our own, foreign ones, those of other versions, and leftovers of a kill."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import pytest

from chatcore.errors import ArchiveUnavailable, StateTooNew
from chatcore.server.archive.storage import files, schema
from chatcore.server.archive.storage.files import HistoryFiles, unfinished
from chatcore.transport import private_files
from tests.server.archive.conftest import MakeShelf
from tests.server.archive.shelf import DAY_MS, NOON_MS, Shelf, closed_room, open_room, seeker

_IN_A = seeker(room="#a")
_NAME = "history-2026-10.sqlite"


def _open(folder: Path) -> tuple[list[str], list[str]]:
    """Return the names of the readable files, and the messages to the operator."""
    told: list[str] = []
    return [file.path.name for file in HistoryFiles(folder, 0, told.append).all()], told


def test_files_are_in_chronological_order(tmp_path: Path) -> None:
    names = ["history-2026-09.sqlite", _NAME, "history-2026-10-2.sqlite", "history-2026-10-10.sqlite"]
    for name in [*reversed(names), "history-2026-1.sqlite", "history.sqlite", "history-2026-10.sqlite.aside", "x"]:
        (tmp_path / name).touch()
    assert _open(tmp_path) == (names, [])


@pytest.mark.parametrize(
    ("content", "why"), [(b"a text of somebody's", "damaged"), (b"SQLite format 3\0" + b"\1" * 4096, "damaged")]
)
def test_a_file_that_is_not_a_database_is_set_aside(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / _NAME).write_bytes(content)
    (tmp_path / f"{_NAME}.aside").write_bytes(b"of an earlier time")
    assert _open(tmp_path) == (
        [],
        [f"{_NAME} in the state folder is {why}: it was renamed {_NAME}.aside-2 and is not read"],
    )
    assert (tmp_path / f"{_NAME}.aside-2").read_bytes() == content
    assert (tmp_path / f"{_NAME}.aside").read_bytes() == b"of an earlier time"


def test_a_foreign_database_is_set_aside_unchanged(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / _NAME)) as connection:
        connection.executescript("CREATE TABLE theirs(text); INSERT INTO theirs VALUES ('kept')")
    content = (tmp_path / _NAME).read_bytes()
    names, told = _open(tmp_path)
    assert (names, told[0].partition(":")[0]) == ([], f"{_NAME} in the state folder is not a file of this program")
    assert (tmp_path / f"{_NAME}.aside").read_bytes() == content


def test_a_history_file_without_tables_is_damaged(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / _NAME)) as connection:
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")
    names, told = _open(tmp_path)
    assert (names, told[0].partition(":")[0]) == ([], f"{_NAME} in the state folder is damaged")


def test_a_newer_file_is_refused_and_left_unchanged(shelf: Shelf) -> None:
    shelf.say("word", open_room())
    shelf.close()
    with closing(sqlite3.connect(shelf.folder / _NAME)) as connection:
        connection.execute("PRAGMA user_version = 99")
    content = (shelf.folder / _NAME).read_bytes()
    with pytest.raises(StateTooNew, match=f"{_NAME} was written by a newer version"):
        _open(shelf.folder)
    assert (shelf.folder / _NAME).read_bytes() == content


def test_an_older_file_is_upgraded_step_by_step(make_shelf: MakeShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = make_shelf()
    shelf.say("word", open_room())
    shelf.close()
    steps = {
        1: lambda connection: connection.execute("ALTER TABLE message ADD COLUMN more TEXT"),
        2: lambda connection: connection.execute("UPDATE message SET text = text || ', upgraded'"),
    }
    monkeypatch.setattr(schema, "VERSION", 3)
    monkeypatch.setattr(schema, "UPGRADES", {1: steps[1], 2: lambda connection: connection.execute("no SQL")})
    with pytest.raises(ArchiveUnavailable):  # the upgrade fails, and the file stays unchanged
        _open(shelf.folder)
    monkeypatch.setattr(schema, "UPGRADES", steps)
    again = make_shelf()
    assert again.room(_IN_A, "#a") == ["word, upgraded"]
    with closing(sqlite3.connect(shelf.folder / _NAME)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (3,)


def test_a_file_that_cannot_be_opened_is_reported(make_shelf: MakeShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_private(path: Path, flags: int) -> int:
        """Refuse one file, as the system does for users other than root."""
        if path.name == _NAME:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return private_files.open_private(path, flags)

    shelf = make_shelf()
    shelf.say("in October", open_room())
    shelf.say("in November", open_room(), ms=NOON_MS + DAY_MS)
    shelf.close()
    monkeypatch.setattr(schema, "open_private", open_private)
    names, told = _open(shelf.folder)
    assert (names, told[0].partition(":")[0]) == (
        ["history-2026-11.sqlite"],
        f"cannot read {_NAME} in the state folder",
    )


def test_a_folder_in_place_of_a_file_is_reported(make_shelf: MakeShelf) -> None:
    shelf = make_shelf()
    shelf.say("in November", open_room(), ms=NOON_MS + DAY_MS)
    shelf.close()
    (shelf.folder / _NAME).mkdir()
    names, told = _open(shelf.folder)
    assert (names, told[0].partition(":")[0]) == (
        ["history-2026-11.sqlite"],
        f"cannot read {_NAME} in the state folder",
    )


def test_an_unreadable_newest_file_is_an_error(make_shelf: MakeShelf) -> None:
    shelf = make_shelf()
    shelf.say("in October", open_room())
    shelf.close()
    (shelf.folder / "history-2026-11.sqlite").mkdir()
    with pytest.raises(ArchiveUnavailable, match=r"cannot read history-2026-11\.sqlite"):
        _open(shelf.folder)


def test_a_full_disk_is_reported(make_shelf: MakeShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = make_shelf()
    shelf.say("in October", open_room())
    shelf.close()

    def fail(path: Path) -> NoReturn:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(schema, "open_to_write", fail)
    monkeypatch.setattr(files, "has_room", lambda descriptor: False)
    with pytest.raises(ArchiveUnavailable, match=r"disk I/O error \(there is no room on its disk\)"):
        _open(shelf.folder)


def test_a_damaged_file_that_cannot_be_renamed_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / _NAME).write_bytes(b"a text of somebody's")

    def fail(path: Path, target: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "rename", fail)
    assert _open(tmp_path) == (
        [],
        [f"{_NAME} in the state folder is damaged and cannot be renamed: Operation not permitted"],
    )


def test_a_rewritten_file_replaces_the_old_one(make_shelf: MakeShelf) -> None:
    shelf = make_shelf()
    shelf.say("in October", open_room())
    shelf.say("in November", open_room(), ms=NOON_MS + DAY_MS)
    assert shelf.room(_IN_A, "#a") == ["in October", "in November"]
    old = shelf.files.all()[0]
    new = shelf.files.rewritten(old)
    schema.open_to_write(unfinished(new)).close()
    shelf.files.replace(old, new)
    assert [file.path.name for file in shelf.files.all()] == ["history-2026-10.1.sqlite", "history-2026-11.sqlite"]
    assert shelf.room(_IN_A, "#a") == ["in November"]
    assert list(shelf.folder.glob(f"{_NAME}*")) == []
    shelf.close()
    assert make_shelf().room(_IN_A, "#a") == ["in November"]


def test_leftovers_of_a_killed_rewrite_are_removed(shelf: Shelf) -> None:
    shelf.say("word", open_room())
    shelf.writer.close()
    content = (shelf.folder / _NAME).read_bytes()
    for name in ("history-2026-10.1.sqlite.new", "history-2026-10.1.sqlite.new-wal"):
        (shelf.folder / name).write_bytes(content)
    assert _open(shelf.folder) == ([_NAME], [])
    (shelf.folder / "history-2026-10.1.sqlite").write_bytes(content)
    assert _open(shelf.folder) == (["history-2026-10.1.sqlite"], [])
    assert sorted(path.name for path in shelf.folder.glob("history-*")) == ["history-2026-10.1.sqlite"]


def test_a_python_without_fts5_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    class Connection(sqlite3.Connection):
        def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
            raise sqlite3.OperationalError("no such module: fts5")

    assert schema.can_search()
    schema.can_search.cache_clear()
    connect = sqlite3.connect
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda name: connect(name, factory=Connection))
        assert not schema.can_search()
    schema.can_search.cache_clear()
    assert schema.can_search()


@pytest.mark.parametrize("beside", [True, False])
def test_writing_continues_after_the_current_file_is_removed(make_shelf: MakeShelf, beside: bool) -> None:
    """The next lines go into a file with another name; the operator is told once."""
    shelf = make_shelf()
    asker = seeker(room="#a", account_id="was")
    shelf.say("older", open_room(), ms=NOON_MS)
    shelf.enter("#a", "was")
    shelf.say("lost", open_room(), ms=NOON_MS + 2 * DAY_MS)
    assert shelf.room(asker, "#a") == ["older", "lost"]
    (removed,) = shelf.folder.glob("history-2026-11.sqlite")
    for path in shelf.folder.glob("history-2026-11.sqlite*" if beside else removed.name):
        path.unlink()
    shelf.say("new", closed_room(instance=9), ms=NOON_MS + 2 * DAY_MS)
    assert shelf.room(asker, "#a") == ["older", "new"], "the account must still count as present"
    assert [path.name for path in sorted(shelf.folder.glob("*.sqlite"))] == [
        "history-2026-10.sqlite",
        "history-2026-11-2.sqlite",
    ]
    assert shelf.told == [f"{removed.name} is no longer in the state folder: its messages can no longer be read"]


def test_questions_skip_a_removed_file(make_shelf: MakeShelf) -> None:
    shelf = make_shelf()
    shelf.say("older", open_room(), ms=NOON_MS)
    shelf.say("newer", open_room(), ms=NOON_MS + 2 * DAY_MS)
    (shelf.folder / "history-2026-10.sqlite").unlink()
    assert shelf.room(seeker(room="#a"), "#a") == ["newer"]
    assert len(shelf.told) == 1
