"""The files of a log, opened as they are at one moment even if they are rotated just then."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.server.audit.rotated import log_files
from chatcore.server.backup import log_copy
from chatcore.server.backup.log_copy import open_log


def _line(number: int) -> bytes:
    return b"2026-11-26T10:%02d:00.000Z message #room ann :%d\n" % (number // 60, number)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "chat.log-20261126T090000Z.gz").write_bytes(gzip.compress(_line(1)))
    (tmp_path / "chat.log.1").write_bytes(_line(120))
    (tmp_path / "chat.log").write_bytes(_line(180) + _line(181) + b"2026-11-26T10:03:0")
    (tmp_path / "chat.log.seal").write_bytes(b"seal 1\nsea")
    return tmp_path / "chat.log"


def _copied(log: Path) -> dict[str, bytes]:
    with ExitStack() as opened:
        return {found.name: found.file.read(found.size) for found in open_log(log, opened)}


def test_files_are_copied_up_to_their_last_whole_line(log: Path) -> None:
    copied = _copied(log)
    assert list(copied) == ["chat.log.seal", "chat.log-20261126T090000Z.gz", "chat.log.1", "chat.log"]
    assert copied["chat.log"] == _line(180) + _line(181)
    assert copied["chat.log.1"] == _line(120)
    assert copied["chat.log.seal"] == b"seal 1\n"
    assert gzip.decompress(copied["chat.log-20261126T090000Z.gz"]) == _line(1)


def _rotate(log: Path) -> None:
    log.rename(log.with_name("chat.log.0"))
    log.write_bytes(_line(200))


def _pack(log: Path) -> None:
    plain = log.with_name("chat.log.1")
    log.with_name("chat.log.1.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()


def _rename(log: Path) -> None:
    """Rename as a tracker and logrotate do before they create the new file."""
    log.rename(log.with_name("chat.log.0"))


@pytest.mark.parametrize("happens", [_rotate, _pack, _rename])
@pytest.mark.parametrize("before", [True, False])
def test_rotation_during_the_copy_neither_loses_nor_doubles_a_line(
    log: Path, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Path], None], before: bool
) -> None:
    calls: list[Path] = []

    def looked(path: Path) -> list[Path]:
        calls.append(path)
        if len(calls) > 1:
            return log_files(path)
        if before:
            happens(log)
        found = log_files(path)
        if not before:
            happens(log)
        return found

    monkeypatch.setattr(log_copy, "log_files", looked)
    copied = _copied(log)
    texts = b"".join(gzip.decompress(data) if name.endswith(".gz") else data for name, data in copied.items())
    for number in (1, 120, 180, 181):
        assert texts.count(_line(number)) == 1, number


def test_a_removed_file_is_missing_from_the_copied_seal_too(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a complete log would look as if something were missing."""

    def removed(path: Path) -> list[Path]:
        path.with_name("chat.log.1").unlink(missing_ok=True)
        path.with_name("chat.log.seal").write_bytes(b"seal 1\nforgotten\n")
        return log_files(path)

    monkeypatch.setattr(log_copy, "log_files", removed)
    copied = _copied(log)
    assert "chat.log.1" not in copied
    assert copied["chat.log.seal"] == b"seal 1\nforgotten\n"


def test_open_files_are_read_even_after_they_are_removed(log: Path) -> None:
    with ExitStack() as opened:
        found = open_log(log, opened)
        for path in log.parent.iterdir():
            path.unlink()
        assert found[-1].file.read(found[-1].size) == _line(180) + _line(181)


def test_copying_gives_up_on_a_constantly_changing_log(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def changes(path: Path) -> list[Path]:
        found = log_files(path)
        path.unlink()
        path.touch()
        return found

    before = len(list(Path("/dev/fd").iterdir()))
    monkeypatch.setattr(log_copy, "log_files", changes)
    with pytest.raises(ConfigError, match="keep changing"):
        _copied(log)
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_an_unreadable_file_is_reported(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, flags: int) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ConfigError, match=r"cannot read .*chat\.log\.seal: Permission denied"):
        _copied(log)


def test_a_missing_log_or_folder_has_nothing_to_copy(tmp_path: Path) -> None:
    assert _copied(tmp_path / "chat.log") == {}
    assert _copied(tmp_path / "nowhere" / "chat.log") == {}


def test_a_device_has_nothing_to_copy() -> None:
    assert _copied(Path("/dev/null")) == {}


def test_a_folder_in_place_of_a_file_is_reported(log: Path) -> None:
    log.with_name("chat.log.seal").unlink()
    log.with_name("chat.log.seal").mkdir()
    with pytest.raises(ConfigError, match=r"cannot read .*chat\.log\.seal: it is not a file"):
        _copied(log)


def test_a_long_incomplete_line_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "chat.log").write_bytes(_line(1) + b"x" * 200_000)
    assert _copied(tmp_path / "chat.log")["chat.log"] == _line(1)
    (tmp_path / "chat.log").write_bytes(b"x" * 200_000)
    assert _copied(tmp_path / "chat.log")["chat.log"] == b""
