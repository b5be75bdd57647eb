"""Files and folders that only their owner may read."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from chatcore.transport.private_files import (
    _is_own_group,
    exposure,
    make_private,
    make_private_folder,
    open_private,
    replace_private,
)


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """Files get the same mode with any umask."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_new_files_and_folders_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "state"
    make_private_folder(folder)
    assert (_mode(folder), _mode(folder.parent)) == (0o700, 0o700)
    os.close(open_private(folder / "file", os.O_WRONLY))
    assert _mode(folder / "file") == 0o600


def test_an_existing_folder_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_private_folder(tmp_path)
    assert _mode(tmp_path) == 0o755


def test_a_file_in_the_way_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with pytest.raises(OSError, match="Not a directory"):
        make_private_folder(tmp_path / "state" / "deeper")


def test_a_readable_file_becomes_private(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    file.chmod(0o664)
    make_private(file)
    assert _mode(file) == 0o600


def test_a_stricter_mode_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    file.chmod(0o400)
    make_private(file)
    assert _mode(file) == 0o400


def test_the_target_of_a_link_is_left_alone(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.touch()
    file.chmod(0o644)
    link.symlink_to(file)
    make_private(link)
    assert _mode(file) == 0o644


@pytest.mark.parametrize(
    ("mode", "who"),
    [
        (0o700, None),
        (0o755, None),
        (0o770, "A group"),
        (0o702, "Everyone on this machine"),
        (0o1777, "Everyone on this machine"),
    ],
)
def test_a_folder_writable_by_others_gets_advice(
    tmp_path: Path, mode: int, who: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatcore.transport.private_files._is_own_group", lambda gid: False)
    tmp_path.chmod(mode)
    advice = f"{who} can write to the log and change what is in it: chmod go-w {tmp_path}"
    assert list(exposure("the log", tmp_path)) == ([advice] if who else [])
    tmp_path.chmod(0o700)


def test_a_missing_folder_gets_no_advice(tmp_path: Path) -> None:
    assert list(exposure("the log", tmp_path / "none")) == []


@pytest.mark.parametrize(("gid", "user", "is_own"), [(1000, "ann", True), (1000, "bob", False), (0, "ann", False)])
def test_a_users_own_group_is_recognized(monkeypatch: pytest.MonkeyPatch, gid: int, user: str, is_own: bool) -> None:
    """A umask of 002 is usual where every user has a group of the same name."""
    monkeypatch.setattr("grp.getgrgid", lambda _: SimpleNamespace(gr_name="ann"))
    monkeypatch.setattr("pwd.getpwuid", lambda _: SimpleNamespace(pw_name=user))
    assert _is_own_group(gid) is is_own


def test_a_group_without_a_name_is_not_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: int) -> object:
        raise KeyError

    monkeypatch.setattr("grp.getgrgid", unknown)
    assert not _is_own_group(4242)


@pytest.mark.usefixtures("umask")
def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    replace_private(file, b"old")
    file.chmod(0o644)
    replace_private(file, b"new")
    assert (file.read_bytes(), _mode(file)) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_is_replaced_and_its_target_kept(tmp_path: Path) -> None:
    other, file = tmp_path / "other", tmp_path / "file"
    other.write_bytes(b"somebody else's")
    file.symlink_to(other)
    replace_private(file, b"ours")
    assert (file.read_bytes(), other.read_bytes(), file.is_symlink()) == (b"ours", b"somebody else's", False)


def test_a_failed_replacement_keeps_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    file = tmp_path / "file"
    replace_private(file, b"old")
    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="No space left"):
        replace_private(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_system_that_cannot_sync_folders_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fsync = os.fsync

    def sync_files_only(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", sync_files_only)
    replace_private(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
