"""StateFolder: private to its owner, and used by one tracker at a time."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.server.state_folder import StateFolder
from tests.support.disk import Disk

_STATE_FILES = (
    *("bans.json", "bans.lock", "accounts.sqlite", "accounts.sqlite-wal", "tls.pem", "tls-next.pem", "tls-key.pem"),
    *("password", "password.x1y2", "passwords.json", "passwords.x1y2", "positions", "journal-1", "erase-1"),
    *("history-2026-11.sqlite", "history-2026-11.sqlite-wal", "rooms.sqlite", "rooms.sqlite-shm"),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state"


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _told(path: Path) -> list[str]:
    """Return the messages to the operator while a tracker briefly uses the folder."""
    told: list[str] = []
    StateFolder(path, told.append).close()
    return told


def test_the_folder_is_created_with_its_parents(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "state"
    before = os.umask(0)
    try:
        assert _told(path) == []
    finally:
        os.umask(before)
    assert (_mode(path), _mode(path.parent)) == (0o700, 0o700)
    assert [(file.name, _mode(file)) for file in path.iterdir()] == [("lock", 0o600)]


def test_files_readable_by_others_become_private(path: Path) -> None:
    """An earlier version made the folder, and the bans, readable for everybody."""
    path.mkdir(0o755)
    for name in _STATE_FILES:
        (path / name).touch(0o644)
    assert _told(path) == []
    assert {_mode(file) for file in path.iterdir()} == {0o600}
    assert _mode(path) == 0o700


@pytest.mark.parametrize("name", ["index.html", "history-of-rome.txt", "passwords", "password-list", "rooms.txt"])
def test_a_folder_with_foreign_files_keeps_its_permissions(path: Path, name: str) -> None:
    path.mkdir(0o755)
    (path / "bans.json").touch(0o644)
    (path / name).touch(0o644)
    assert _told(path) == []
    assert (_mode(path), _mode(path / "bans.json"), _mode(path / name)) == (0o755, 0o600, 0o644)


@pytest.mark.parametrize(("mode", "who"), [(0o777, "Everyone on this machine"), (0o775, "A group")])
def test_each_start_warns_if_others_can_write_to_it(path: Path, mode: int, who: str) -> None:
    """It may be intended, so it is not changed."""
    path.mkdir()
    path.chmod(mode)
    line = f"{who} can write to the state folder and change what is in it: chmod go-w {path}"
    assert [_told(path), _told(path)] == [[line], [line]]
    assert _mode(path) == mode


def test_a_second_tracker_is_refused_and_told_who_has_it(path: Path) -> None:
    first = StateFolder(path)
    with pytest.raises(ConfigError) as refusal:
        StateFolder(path)
    assert str(refusal.value) == (
        f"another tracker (process {os.getpid()}) is using the state folder {path}"
        " (choose another with --state-dir, and with --log)"
    )
    first.close()
    StateFolder(path).close()


def test_the_lock_holds_under_another_path_too(path: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(path)
    first = StateFolder(path)
    with pytest.raises(ConfigError, match="another tracker"):
        StateFolder(tmp_path / "link")
    first.close()


def test_a_full_disk_does_not_prevent_locking(path: Path, disk: Disk) -> None:
    disk.free = 0
    first = StateFolder(path)
    with pytest.raises(ConfigError, match=r"^another tracker is using the state folder"):
        StateFolder(path)
    first.close()


def test_a_file_in_its_place_is_an_error(path: Path) -> None:
    path.touch()
    with pytest.raises(ConfigError, match=r"^cannot use the state folder .*state: Not a directory$"):
        StateFolder(path)


def test_a_file_system_without_locks_is_accepted(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: object) -> None:
        raise OSError("No locks available")

    monkeypatch.setattr("fcntl.flock", flock)
    first, second = StateFolder(path), StateFolder(path)
    first.close()
    second.close()
