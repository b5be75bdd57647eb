"""StateFolder: its owner's alone, and one tracker's at a time."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.server.state_folder import StateFolder
from tests.support.disk import Disk

_OURS = (
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
    """Return what the operator is told by a tracker that uses the folder for a moment."""
    told: list[str] = []
    StateFolder(path, told.append).close()
    return told


def test_it_is_made_with_what_is_above_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "state"
    before = os.umask(0)
    try:
        assert _told(path) == []
    finally:
        os.umask(before)
    assert (_mode(path), _mode(path.parent)) == (0o700, 0o700)
    assert [(file.name, _mode(file)) for file in path.iterdir()] == [("lock", 0o600)]


def test_what_others_could_read_they_cannot_any_more(path: Path) -> None:
    """An earlier version made the folder, and the bans, readable for everybody."""
    path.mkdir(0o755)
    for name in _OURS:
        (path / name).touch(0o644)
    assert _told(path) == []
    assert {_mode(file) for file in path.iterdir()} == {0o600}
    assert _mode(path) == 0o700


@pytest.mark.parametrize("name", ["index.html", "history-of-rome.txt", "passwords", "password-list", "rooms.txt"])
def test_a_folder_with_other_things_in_it_stays_as_it_is(path: Path, name: str) -> None:
    path.mkdir(0o755)
    (path / "bans.json").touch(0o644)
    (path / name).touch(0o644)
    assert _told(path) == []
    assert (_mode(path), _mode(path / "bans.json"), _mode(path / name)) == (0o755, 0o600, 0o644)


@pytest.mark.parametrize(("mode", "who"), [(0o777, "Everyone on this machine"), (0o775, "A group")])
def test_that_others_may_write_to_it_is_said_each_time(path: Path, mode: int, who: str) -> None:
    """It may be meant: it is not for us to change."""
    path.mkdir()
    path.chmod(mode)
    line = f"{who} can write to the state folder and change what is in it: chmod go-w {path}"
    assert [_told(path), _told(path)] == [[line], [line]]
    assert _mode(path) == mode


def test_one_has_it_and_the_others_are_told_who(path: Path) -> None:
    first = StateFolder(path)
    with pytest.raises(ConfigError) as refusal:
        StateFolder(path)
    assert str(refusal.value) == (
        f"another tracker (process {os.getpid()}) is using the state folder {path}"
        " (choose another with --state-dir, and with --log)"
    )
    first.close()
    StateFolder(path).close()


def test_by_another_name_it_is_the_same_folder(path: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(path)
    first = StateFolder(path)
    with pytest.raises(ConfigError, match="another tracker"):
        StateFolder(tmp_path / "link")
    first.close()


def test_a_full_disk_is_no_reason_not_to_begin(path: Path, disk: Disk) -> None:
    disk.free = 0
    first = StateFolder(path)
    with pytest.raises(ConfigError, match=r"^another tracker is using the state folder"):
        StateFolder(path)
    first.close()


def test_a_file_in_the_way_is_told(path: Path) -> None:
    path.touch()
    with pytest.raises(ConfigError, match=r"^cannot use the state folder .*state: Not a directory$"):
        StateFolder(path)


def test_a_file_system_without_locks_will_do(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: object) -> None:
        raise OSError("No locks available")

    monkeypatch.setattr("fcntl.flock", flock)
    first, second = StateFolder(path), StateFolder(path)
    first.close()
    second.close()
