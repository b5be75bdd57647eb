"""Sockets between programs of one machine: private, in any folder, and removed without touching other files."""

from __future__ import annotations

import os
import socket
import stat
import struct
from pathlib import Path
from typing import cast

import pytest

from chatcore.transport import local_socket
from chatcore.transport.local_socket import connect_local, listen_private, peer_uid, remove_socket


def _deep(folder: Path) -> Path:
    """Return a path in a folder whose name has 200 characters."""
    deep = folder / ("d" * 200)
    deep.mkdir()
    return deep / "ctl"


def _meet(path: Path) -> None:
    """Check that a listener at `path` can be reached."""
    with listen_private(path, 1) as listening, connect_local(path, 5) as calling:
        answering, _ = listening.accept()
        with answering:
            answering.sendall(b"hello")
            assert calling.recv(5) == b"hello"
            assert peer_uid(answering) == peer_uid(calling) == os.geteuid()
    remove_socket(path)
    assert not path.exists()


def test_a_socket_is_private_with_any_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with listen_private(tmp_path / "ctl", 1):
            assert stat.S_IMODE((tmp_path / "ctl").stat().st_mode) == 0o600
        assert os.umask(0) == 0, "the umask is unchanged"
    finally:
        os.umask(before)


def test_a_short_path_works(tmp_path: Path) -> None:
    _meet(tmp_path / "ctl")


def test_a_long_path_works(tmp_path: Path) -> None:
    _meet(_deep(tmp_path))


def test_a_long_path_works_without_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_socket, "_DESCRIPTORS", tmp_path / "nothing")
    before = Path.cwd()
    _meet(_deep(tmp_path))
    with pytest.raises(FileNotFoundError):
        connect_local(tmp_path / ("d" * 200) / "none", 1)
    assert Path.cwd() == before


def test_a_missing_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        connect_local(tmp_path / "ctl", 1)
    with pytest.raises(FileNotFoundError):
        listen_private(tmp_path / "none" / ("d" * 200) / "ctl", 1)


def test_only_leftover_sockets_are_removed(tmp_path: Path) -> None:
    path = tmp_path / "ctl"
    listen_private(path, 1).close()
    with pytest.raises(ConnectionRefusedError):
        connect_local(path, 1)
    for _ in range(2):
        remove_socket(path)
    path.write_text("mine")
    remove_socket(path)
    assert path.read_text() == "mine"
    with pytest.raises(OSError, match="in use"):
        listen_private(path, 1)


def test_a_link_is_neither_followed_nor_removed(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "ctl", tmp_path / "elsewhere"
    path.symlink_to(elsewhere)
    with pytest.raises(OSError, match="in use"):
        listen_private(path, 1)
    listen_private(elsewhere, 1).close()
    remove_socket(path)
    assert (path.is_symlink(), elsewhere.exists()) == (True, True)


class _OfMacOs:
    """A socket that describes its peer as macOS does."""

    def getsockopt(self, level: int, option: int, size: int) -> bytes:
        assert (level, option, size) == (0, 1, 76)
        return struct.pack("=IIhxx16I", 0, 501, 1, *range(16))


def test_the_peers_owner_is_known_on_macos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "SO_PEERCRED", raising=False)
    assert peer_uid(cast("socket.socket", _OfMacOs())) == 501
