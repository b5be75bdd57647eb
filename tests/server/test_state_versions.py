"""Files from a newer version are refused; everything else is left to the code that opens it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from chatcore.errors import ConfigError, StateTooNew
from chatcore.server.archive.storage.schema import APPLICATION_ID
from chatcore.server.state_versions import VERSIONED, refuse_newer

_DATABASES = ["accounts.sqlite", "rooms.sqlite", "history-2026-11.sqlite", "history-2026-11-2.3.sqlite"]
_TEXTS = ["passwords.json", "positions"]


def _database(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE account (name)")
        database.execute(f"PRAGMA user_version = {version}")
        if "accounts" not in path.name:
            database.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _text(path: Path, version: int) -> None:
    path.write_text(f'{{"version": {version}}}')


@pytest.mark.parametrize("name", [*_DATABASES, *_TEXTS])
@pytest.mark.parametrize("version", [0, 1, 2, 99])
def test_only_newer_versions_are_refused(tmp_path: Path, name: str, version: int) -> None:
    write = _database if name in _DATABASES else _text
    write(tmp_path / name, version)
    if version <= next(known for pattern, known, _ in VERSIONED if fnmatchcase(name, pattern)):
        refuse_newer(tmp_path)
        return
    with pytest.raises(StateTooNew) as refusal:
        refuse_newer(tmp_path)
    assert str(tmp_path / name) in str(refusal.value)
    assert list(tmp_path.iterdir()) == [tmp_path / name]


@pytest.mark.parametrize("name", [*_DATABASES, *_TEXTS])
@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"\xff" * 100, b'{"version": "2"}', b"[]", b"{}", b"[" * 100_000, b"SQLite format 3\0"]
)
def test_damaged_files_are_ignored_here(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    refuse_newer(tmp_path)


def test_another_programs_database_is_ignored(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "history-2026-11.sqlite")) as other, other:
        other.execute("PRAGMA user_version = 99")
    refuse_newer(tmp_path)


@pytest.mark.parametrize("name", ["other.sqlite", "history-of-rome.sqlite", "history-2026-11.sqlite-wal", "other.json"])
def test_other_files_are_ignored(tmp_path: Path, name: str) -> None:
    write = _database if ".sqlite" in name else _text
    write(tmp_path / name, 99)
    refuse_newer(tmp_path)


def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "positions").mkdir()
    with pytest.raises(ConfigError) as told:
        refuse_newer(tmp_path)
    assert str(told.value) == f"cannot read {tmp_path / 'positions'}: {os.strerror(21)}"


def test_an_empty_or_missing_folder_is_accepted(tmp_path: Path) -> None:
    refuse_newer(tmp_path)
    refuse_newer(tmp_path / "missing")
