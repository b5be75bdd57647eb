"""What the client does to the machine it runs on."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import pytest

from chatcore.terminal import local as local_module
from chatcore.terminal.local import Local


@pytest.fixture
def local(tmp_path: Path) -> Local:
    return Local(tmp_path / "settings", tmp_path / "deep" / "state")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folders_follow_xdg_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "s"))
    local = Local.of_user()
    assert local.settings_path == tmp_path / "c" / "chatcore" / "client.toml"
    local.write_state("it", "kept")
    assert (tmp_path / "s" / "chatcore" / "it").read_text("utf-8") == "kept"


def test_settings_are_read_if_there_are_any(local: Local) -> None:
    assert local.read_settings() is None
    local.settings_path.parent.mkdir()
    local.settings_path.write_bytes(b"bell = true\n")
    assert local.read_settings() == b"bell = true\n"


def test_unreadable_settings_raise(local: Local) -> None:
    local.settings_path.mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        local.read_settings()


def test_state_files_are_private(local: Local, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "state"
    assert local.read_state("it") == ""
    local.write_state("it", "first")
    local.write_state("it", "secönd")
    local.append_state("it", "!")
    local.append_state("other", "begun")
    assert local.read_state("it") == "secönd!"
    assert local.read_state("other") == "begun"
    assert [_mode(path) for path in (folder, folder / "it", folder / "other")] == [0o700, 0o600, 0o600]


def test_unreadable_state_counts_as_empty(local: Local, tmp_path: Path) -> None:
    (tmp_path / "deep" / "state" / "it").mkdir(parents=True)
    assert local.read_state("it") == ""


def test_a_failed_write_keeps_the_old_content(local: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_from: Path, _to: Path) -> None:
        raise OSError("the disk is full")

    local.write_state("it", "first")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="full"):
            local.write_state("it", "second")
    assert local.read_state("it") == "first"
    assert [path.name for path in (tmp_path / "deep" / "state").iterdir()] == ["it"]


def test_a_new_file_never_overwrites_another(local: Local, tmp_path: Path) -> None:
    descriptor = local.create_file(tmp_path / "new")
    os.close(descriptor)
    assert _mode(tmp_path / "new") == 0o600
    with pytest.raises(FileExistsError):
        local.create_file(tmp_path / "new")


def test_suspending_stops_the_whole_job(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    local.suspend()
    can = [local.can_suspend]
    monkeypatch.setattr(local_module, "_SUSPENDING", None)
    local.suspend()
    assert [*can, local.can_suspend] == [True, False]
    assert sent == [(0, signal.SIGTSTP)]


def test_signals_end_the_client_unless_they_are_ignored(local: Local) -> None:
    ended: list[int] = []
    before = signal.getsignal(signal.SIGTERM), signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with local.ending_by_signals(ended.append):
            signal.raise_signal(signal.SIGTERM)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert ended == [signal.SIGTERM]
        assert signal.getsignal(signal.SIGTERM) is before[0]
    finally:
        signal.signal(signal.SIGHUP, before[1])


def test_the_client_notices_being_continued(local: Local) -> None:
    told: list[bool] = []
    before = signal.getsignal(signal.SIGCONT)
    with local.told_when_continued(lambda: told.append(True)):
        signal.raise_signal(signal.SIGCONT)
    assert told == [True]
    assert signal.getsignal(signal.SIGCONT) == before


def test_without_job_control_no_handler_is_installed(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_module, "_CONTINUED", None)
    before = signal.getsignal(signal.SIGCONT)
    with local.told_when_continued(lambda: None):
        assert signal.getsignal(signal.SIGCONT) == before
