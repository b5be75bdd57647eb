"""Copying files while others change them. tests/integration/test_backup.py tests the order, with a tracker."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.server.archive.erasing.erase_mail import ERASE_LOCK
from chatcore.server.archive.storage.files import files_in
from chatcore.server.backup import copying
from chatcore.server.backup.copying import Copied, Copying, estimate, undisturbed
from chatcore.server.backup.parcel import parcel


def _run(folder: Path) -> Copied:
    with parcel(folder / "backup.tar", folder.stat(), _ignore_count, force=True) as into:
        return Copying(folder / "state", folder / "chat.log", into, folder / "copy").run()


def _ignore_count(count: int) -> None:
    """Ignore how much is copied."""


@pytest.fixture(autouse=True)
def state(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


def _names(folder: Path) -> list[str]:
    with tarfile.open(folder / "backup.tar") as tar:
        return [name for name in tar.getnames() if name.startswith("state/")]


def test_vanishing_files_are_left_out(tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal segment already archived, an archive file too old to keep, a bans file being edited."""
    for name in ("journal-00000001", "history-2026-01.sqlite", "history-2026-02.sqlite", "bans.json"):
        (state / name).touch()
    opened = os.open

    def vanish(path: Path, flags: int, *mode: int) -> int:
        if Path(path).name in ("journal-00000001", "bans.json"):
            Path(path).unlink()
        return opened(path, flags, *mode)

    found = files_in

    def remove(folder: Path) -> object:
        files = found(folder)
        (state / "history-2026-01.sqlite").unlink(missing_ok=True)
        return files

    monkeypatch.setattr(os, "open", vanish)
    monkeypatch.setattr(copying, "files_in", remove)
    copied = _run(tmp_path)
    assert _names(tmp_path) == ["state/history-2026-02.sqlite"]
    assert copied.files == {"state": 1, "logs": 0}


def test_a_journal_is_copied_up_to_its_last_whole_record(tmp_path: Path, state: Path) -> None:
    (state / "journal-00000007").write_bytes(b"one\ntwo\nthr")
    _run(tmp_path)
    with tarfile.open(tmp_path / "backup.tar") as tar:
        content = tar.extractfile("state/journal-00000007")
        assert content is not None
        assert content.read() == b"one\ntwo\n"


def test_an_unreadable_file_is_reported(tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    (state / "tls.pem").touch()
    monkeypatch.setattr(copying, "open_file", refuse)
    with pytest.raises(ConfigError, match=r"cannot copy .*tls\.pem: Permission denied"):
        _run(tmp_path)


def test_a_lock_made_by_root_is_given_to_the_folders_owner(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the tracker's own user could no longer erase anything."""
    given: list[object] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, user, group, follow_symlinks: given.append((path, user)))
    with undisturbed(state):
        assert given == []
    monkeypatch.setattr(Path, "lstat", lambda path: os.stat_result((0o600, 0, 0, 0, 4_242, 0, 0, 0, 0, 0)))
    with undisturbed(state):
        assert given == [(state / ERASE_LOCK, state.stat().st_uid)]


def test_a_second_backup_at_once_is_refused(state: Path) -> None:
    with undisturbed(state), pytest.raises(ConfigError, match="or another backup is running"), undisturbed(state):
        pass


def test_an_unusable_folder_is_reported(state: Path) -> None:
    (state / ERASE_LOCK).mkdir()
    with pytest.raises(ConfigError, match=r"cannot use the state folder .*: Is a directory"), undisturbed(state):
        pass


def test_the_estimate_counts_state_and_log_files(tmp_path: Path, state: Path) -> None:
    (state / "tls.pem").write_bytes(b"x" * 100)
    (state / "folder").mkdir()
    for name in ("chat.log", "chat.log.1.gz", "chat.log.seal"):
        (tmp_path / name).write_bytes(b"x" * 10)
    (tmp_path / "other").write_bytes(b"x" * 1000)
    assert estimate(state, tmp_path / "chat.log") == 130
    (state / "gone").symlink_to("nowhere")
    assert estimate(state, tmp_path / "chat.log") == 130
    assert estimate(tmp_path / "nowhere", tmp_path / "nowhere" / "chat.log") == 0
