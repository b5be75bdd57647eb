"""Which files of a state folder belong in a backup."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcore.server import state_folder
from chatcore.server.archive.storage.aside import set_aside
from chatcore.server.backup.contents import is_kept, is_known
from chatcore.transport.private_files import replace_private


@pytest.mark.parametrize("pattern", state_folder._OURS)
def test_every_state_file_is_known(pattern: str) -> None:
    for rest in (
        "",
        ".json",
        ".lock",
        "00000001",
        "2026-11-2.sqlite",
        "lock",
        "key",
        "pem",
        "next.pem",
        "-wal",
        "sock",
    ):
        if is_known(pattern.replace("*", rest)):
            return
    pytest.fail(f"contents.py does not say whether {pattern} belongs in a backup")


@pytest.mark.parametrize(
    "name",
    [
        *("bans.json", "accounts.sqlite", "tls.pem", "tls-next.pem", "password", "passwords.json", "positions"),
        *("journal-00000017", "history-2026-11.sqlite", "history-2026-11-2.3.sqlite", "rooms.sqlite"),
        *("rooms.sqlite.aside", "history-2026-11.sqlite.aside-2-wal"),
    ],
)
def test_state_files_are_kept(name: str) -> None:
    assert is_kept(name)
    assert is_known(name)


@pytest.mark.parametrize(
    "name",
    [
        *("lock", "bans.lock", "erase-lock", "erase-request", "erase-taken", "erase-answer"),
        *("seal-key", "accounts.sqlite-wal", "rooms.sqlite-journal", "history-2026-11.1.sqlite.new-wal"),
    ],
)
def test_transient_files_are_known_but_left_out(name: str) -> None:
    assert not is_kept(name)
    assert is_known(name)


@pytest.mark.parametrize(
    "name",
    [
        "notes.txt",
        "state.tar.gz",
        "tls.pem.bak",
        "bans.json~",
        "bans.json.bak",
        "key",
        "history-old.sqlite",
        "journal-of-mine",
    ],
)
def test_foreign_files_are_unknown(name: str) -> None:
    assert not is_kept(name)
    assert not is_known(name)


@pytest.mark.parametrize("name", ["bans.json", "password", "passwords.json", "tls.pem", "tls-next.pem"])
def test_a_half_written_file_is_known_but_left_out(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = []
    monkeypatch.setattr(Path, "replace", lambda temporary, target: found.append(temporary.name))
    replace_private(tmp_path / name, b"")
    assert [(is_kept(half), is_known(half)) for half in found] == [(False, True)]


def test_a_damaged_database_is_kept_under_its_new_name(tmp_path: Path) -> None:
    (tmp_path / "rooms.sqlite").touch()
    assert is_kept(set_aside(tmp_path / "rooms.sqlite").name)
