"""The file of a backup: complete or not there at all, and readable only by its owner."""

from __future__ import annotations

import gzip
import io
import os
import sys
import tarfile
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.server.backup import parcel as module
from chatcore.server.backup.parcel import STANDARD_OUTPUT, Parcel, check_name, parcel
from chatcore.server.file_lock import locked_at_once


def _ignore_count(count: int) -> None:
    pass


def _names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _fill(path: Path, *, force: bool = False, data: bytes = b"x" * 1000) -> list[int]:
    counted: list[int] = []
    with parcel(path, Path("/").stat(), counted.append, force=force) as into:
        into.add_folder("state")
        into.add_bytes("state/bans.json", data, 1_700_000_000.9)
    return counted


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.tgz"])
def test_entries_are_in_order_private_and_the_owners(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    before = os.umask(0)
    try:
        assert sum(_fill(path)) == 1000
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes().startswith(b"\x1f\x8b") == (name != "a.tar")
    with tarfile.open(path) as tar:
        folder, file = tar.getmembers()
        assert (folder.name, folder.mode, folder.isdir()) == ("state", 0o700, True)
        assert (file.name, file.mode, file.mtime, file.uid) == ("state/bans.json", 0o600, 1_700_000_000, 0)
        content = tar.extractfile(file)
        assert content is not None
        assert content.read() == b"x" * 1000
    assert _names_in(tmp_path) == [name]


def test_an_existing_file_is_replaced_only_if_forced(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(b"precious")
    with pytest.raises(ConfigError, match="already exists"):
        _fill(path)
    assert path.read_bytes() == b"precious"
    _fill(path, force=True)
    assert tarfile.is_tarfile(path)


def test_a_file_created_during_the_backup_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with (
        pytest.raises(ConfigError, match="already exists"),
        parcel(path, path.parent.stat(), _ignore_count, force=False),
    ):
        path.write_bytes(b"precious")
    assert path.read_bytes() == b"precious"
    assert _names_in(tmp_path) == ["a.tar"]


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(b"precious")

    class Interrupted(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), parcel(path, tmp_path.stat(), _ignore_count, force=True) as into:
        into.add_file("a", Interrupted(), 1000, 0)
    assert _names_in(tmp_path) == ["a.tar.gz"]
    assert path.read_bytes() == b"precious"


def test_a_file_that_became_shorter_fails_the_backup(tmp_path: Path) -> None:
    with (
        pytest.raises(OSError, match="end of data"),
        parcel(tmp_path / "a.tar", tmp_path.stat(), _ignore_count, force=True) as to,
    ):
        to.add_file("a", io.BytesIO(b"short"), 1000, 0)
    assert _names_in(tmp_path) == []


def test_leftovers_of_a_killed_backup_are_overwritten(tmp_path: Path) -> None:
    left = tmp_path / "a.tar.part"
    left.write_bytes(b"x" * 100_000)
    left.chmod(0o644)
    _fill(tmp_path / "a.tar")
    assert (tmp_path / "a.tar").stat().st_size < 50_000
    assert (tmp_path / "a.tar").stat().st_mode & 0o777 == 0o600


def test_a_second_backup_to_the_same_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with locked_at_once(tmp_path / "a.tar.part"):
        with pytest.raises(ConfigError, match="another backup"):
            _fill(tmp_path / "a.tar")
        assert (tmp_path / "a.tar.part").exists()

    def renamed(descriptor: int) -> bool:
        """Act as if another process had just finished and renamed the file."""
        (tmp_path / "a.tar.part").rename(tmp_path / "a.tar")
        return True

    (tmp_path / "a.tar.part").write_bytes(b"precious")
    monkeypatch.setattr(module, "try_lock", renamed)
    with pytest.raises(ConfigError, match="another backup"):
        _fill(tmp_path / "a.tar")
    assert (tmp_path / "a.tar").read_bytes() == b"precious"


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz"])
def test_a_full_disk_is_reported_and_leaves_nothing(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115  # the parcel closes it
    monkeypatch.setattr(module, "_begin", lambda unfinished: full)
    with pytest.raises(ConfigError, match=rf"cannot write .*{name}: No space left"):
        _fill(tmp_path / name)
    assert _names_in(tmp_path) == []
    assert full.closed


def test_an_error_at_the_final_sync_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ConfigError, match=r"cannot write .*: Input/output error"):
        _fill(tmp_path / "a.tar")
    assert _names_in(tmp_path) == []


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot write .*nowhere/a.tar: No such file"):
        _fill(tmp_path / "nowhere" / "a.tar")


class _Output(io.BytesIO):
    @property
    def buffer(self) -> _Output:
        return self

    is_terminal = False

    def isatty(self) -> bool:
        return self.is_terminal


def test_standard_output_gets_a_compressed_backup(monkeypatch: pytest.MonkeyPatch) -> None:
    output = _Output()
    monkeypatch.setattr(sys, "stdout", output)
    _fill(STANDARD_OUTPUT)
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(output.getvalue()))) as tar:
        assert tar.getnames() == ["state", "state/bans.json"]


def test_a_closed_pipe_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(_Output):
        def write(self, data: object) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stdout", Closed())
    with pytest.raises(ConfigError, match=r"cannot write standard output: Broken pipe"):
        _fill(STANDARD_OUTPUT)


def test_a_terminal_or_closed_output_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", _Output())
    check_name(STANDARD_OUTPUT)
    monkeypatch.setattr(_Output, "is_terminal", True)
    with pytest.raises(ConfigError, match="terminal"):
        check_name(STANDARD_OUTPUT)
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(ConfigError, match="closed"):
        check_name(STANDARD_OUTPUT)


@pytest.mark.parametrize("name", ["a", "a.zip", "a.gz", ".tar", ".tar.gz", "a.tar.bz2"])
def test_a_name_without_tar_extension_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=r"end in \.tar"):
        check_name(Path("/tmp") / name)


def test_an_owner_without_a_name_has_a_number(tmp_path: Path) -> None:
    found = os.stat_result((0o700, 0, 0, 0, 4_242_424, 4_242_425, 0, 0, 0, 0))
    with parcel(tmp_path / "a.tar", found, _ignore_count, force=False) as into:
        assert isinstance(into, Parcel)
        into.add_folder("state")
    with tarfile.open(tmp_path / "a.tar") as tar:
        (entry,) = tar.getmembers()
        assert (entry.uid, entry.gid, entry.uname, entry.gname) == (4_242_424, 4_242_425, "", "")
