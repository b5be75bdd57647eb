"""Copies of databases that are being written to, locked, damaged, or gone."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.server.backup import databases
from chatcore.server.backup.databases import database_copy


def _count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM t").fetchone()
    assert isinstance(count, int)
    return count


@pytest.fixture(params=["WAL", "TRUNCATE"])
def database(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "x.sqlite", isolation_level=None)
    connection.execute(f"PRAGMA journal_mode = {request.param}")
    connection.execute("PRAGMA user_version = 7")
    connection.execute("CREATE TABLE t (n)")
    connection.execute("INSERT INTO t VALUES (1), (2)")
    yield connection
    connection.close()


def test_a_copy_has_what_was_committed_when_it_was_made(database: sqlite3.Connection, tmp_path: Path) -> None:
    with database_copy(tmp_path / "x.sqlite", tmp_path / "copy") as (file, is_none):
        assert not is_none
        (tmp_path / "kept").write_bytes(file.read())
        database.execute("INSERT INTO t VALUES (3)")
    assert _count(tmp_path / "kept") == 2
    assert not (tmp_path / "copy").exists()
    with closing(sqlite3.connect(tmp_path / "kept")) as kept:
        assert kept.execute("PRAGMA user_version").fetchone() == (7,)
        assert kept.execute("PRAGMA quick_check").fetchone() == ("ok",)


def test_a_database_locked_for_too_long_is_reported(
    database: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "_WAIT_S", 0.0)
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    database.execute("BEGIN EXCLUSIVE")
    database.execute("INSERT INTO t VALUES (3)")
    with (
        pytest.raises(ConfigError, match=r"cannot copy .*x\.sqlite to .*: database is locked"),
        database_copy(tmp_path / "x.sqlite", tmp_path / "copy"),
    ):
        pass
    assert not (tmp_path / "copy").exists()


def test_a_file_that_is_not_a_database_is_copied_unchanged(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_bytes(b"garbage" * 1000)
    with database_copy(tmp_path / "x.sqlite", tmp_path / "copy") as (file, is_none):
        assert is_none
        assert file.read() == b"garbage" * 1000
    assert (tmp_path / "x.sqlite").exists()


def test_an_empty_file_is_a_database_without_tables(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").touch()
    with database_copy(tmp_path / "x.sqlite", tmp_path / "copy") as (file, is_none):
        (tmp_path / "kept").write_bytes(file.read())
        assert not is_none
    with closing(sqlite3.connect(tmp_path / "kept")) as kept:
        assert kept.execute("SELECT * FROM sqlite_master").fetchall() == []
        assert kept.execute("PRAGMA user_version").fetchone() == (0,)


def test_a_missing_database_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError), database_copy(tmp_path / "x.sqlite", tmp_path / "copy"):
        pass

    def gone(path: Path, mode: str) -> sqlite3.Connection:
        path.unlink()
        raise sqlite3.OperationalError("unable to open database file")

    (tmp_path / "x.sqlite").touch()
    monkeypatch.setattr(databases, "_open", gone)
    with pytest.raises(FileNotFoundError), database_copy(tmp_path / "x.sqlite", tmp_path / "copy"):
        pass


def test_a_copy_that_cannot_be_written_is_reported(tmp_path: Path, database: sqlite3.Connection) -> None:
    with (
        pytest.raises(ConfigError, match=r"cannot copy .*x\.sqlite to .*nowhere: No such file"),
        database_copy(tmp_path / "x.sqlite", tmp_path / "nowhere" / "copy"),
    ):
        pass


@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_only_the_owner_can_read_the_temporary_copy(
    database: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mask: int
) -> None:
    before = os.umask(mask)
    try:
        with database_copy(tmp_path / "x.sqlite", tmp_path / "copy"):
            assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


def test_a_link_put_in_place_of_the_copy_is_not_followed(
    database: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link in a folder that others may write to, created just after the old file was removed."""
    (tmp_path / "copy").symlink_to(tmp_path / "victim")
    monkeypatch.setattr(Path, "unlink", lambda path, missing_ok=False: None)
    with pytest.raises(ConfigError, match="File exists"), database_copy(tmp_path / "x.sqlite", tmp_path / "copy"):
        pass
    assert not (tmp_path / "victim").exists()
