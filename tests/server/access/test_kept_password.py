"""KeptPassword: it survives a restart, readable by its owner only, until it is forgotten."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.server.access.kept_password import KeptPassword


@pytest.fixture
def kept(tmp_path: Path) -> KeptPassword:
    return KeptPassword(tmp_path / "state")


@pytest.mark.parametrize("password", ["secret", "  zwölf Bären  ", "x" * 300, "ä" * 150])
def test_a_kept_password_is_read_back(kept: KeptPassword, password: str) -> None:
    assert kept.read() is None
    kept.keep("another")
    kept.keep(password)
    assert KeptPassword(kept.path.parent).read() == password
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600


def test_a_kept_password_can_be_forgotten(kept: KeptPassword) -> None:
    kept.forget()
    kept.keep("secret")
    kept.forget()
    assert kept.read() is None
    assert list(kept.path.parent.iterdir()) == []


@pytest.mark.parametrize(("mode", "was_exposed"), [(0o600, False), (0o640, True), (0o604, True)])
def test_a_file_readable_by_others_is_noticed(kept: KeptPassword, mode: int, was_exposed: bool) -> None:
    kept.keep("secret")
    kept.path.chmod(mode)
    kept.read()
    assert kept.was_exposed is was_exposed


@pytest.mark.parametrize("content", [b"secret\r\n", b"\xef\xbb\xbfsecret\n", b"secret", b"secret\nmore\n"])
def test_the_file_can_be_handwritten(kept: KeptPassword, content: bytes) -> None:
    kept.path.parent.mkdir()
    kept.path.write_bytes(content)
    assert kept.read() == "secret"


@pytest.mark.parametrize("content", [b"", b"\n", b"bell\x07", b"\xff\xff", b"x" * 301, b"x" * 100_000])
def test_a_file_without_a_password_is_reported_with_a_remedy(kept: KeptPassword, content: bytes) -> None:
    kept.path.parent.mkdir()
    kept.path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"^the kept password in .*state/password cannot be used: .*password") as told:
        kept.read()
    assert str(told.value).endswith("; --forget-password removes it")


def _link(path: Path) -> None:
    other = path.with_name("other")
    other.write_text("secret\n")
    path.symlink_to(other)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_link, "it is a link (use --password-file)"),
        (Path.mkdir, "it is not a regular file"),
        (os.mkfifo, "it is not a regular file"),
    ],
)
def test_links_folders_and_pipes_are_not_read(kept: KeptPassword, make: Callable[[Path], object], words: str) -> None:
    kept.path.parent.mkdir()
    make(kept.path)
    with pytest.raises(ConfigError) as told:
        kept.read()
    assert words in str(told.value)


def test_a_link_is_replaced_and_its_target_stays(kept: KeptPassword) -> None:
    kept.path.parent.mkdir()
    _link(kept.path)
    kept.keep("another")
    assert (kept.path.is_symlink(), kept.path.with_name("other").read_text()) == (False, "secret\n")


def test_a_file_in_place_of_the_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with pytest.raises(ConfigError, match="Not a directory"):
        KeptPassword(tmp_path / "state").read()


def test_a_read_error_is_reported(kept: KeptPassword, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: int) -> bytes:
        raise OSError(5, os.strerror(5))

    kept.keep("secret")
    monkeypatch.setattr(os, "read", read)
    with pytest.raises(ConfigError, match="cannot be read: Input/output error"):
        kept.read()
