"""Sockets between programs on one machine (AF_UNIX): private to their owner, at paths of any length."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
from collections.abc import Iterator
from pathlib import Path

_MAX_PATH_BYTES = 103  # sun_path: 104 bytes on macOS and 108 on Linux, including the final zero
_DESCRIPTORS = Path("/proc/self/fd")
_ALL_BUT_OWNER = 0o177
_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED_BYTES = 0, 1, 76  # <sys/un.h> and <sys/ucred.h> of macOS and the BSDs


def listen_private(path: Path, backlog: int) -> socket.socket:
    """Return a listening socket at `path`, mode 0600 from the start.

    Only while no other thread runs: umask and working directory belong to the whole process. Raises OSError, also if
    the path exists.
    """
    sock = socket.socket(socket.AF_UNIX)
    try:
        with _short(path) as name:
            before = os.umask(_ALL_BUT_OWNER)
            try:
                sock.bind(name)
            finally:
                os.umask(before)
        sock.listen(backlog)
    except BaseException:
        sock.close()
        raise
    return sock


def connect_local(path: Path, timeout_s: float) -> socket.socket:
    """Return a connection to the socket at `path`, with this timeout. Raises OSError.

    Only while no other thread runs: it may change the working directory for a moment.
    """
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.settimeout(timeout_s)
        with _short(path) as name:
            sock.connect(name)
    except BaseException:
        sock.close()
        raise
    return sock


def remove_socket(path: Path) -> None:
    """Remove the socket at `path`, if there is one; anything else is left alone. Raises OSError. Any thread."""
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()


def peer_uid(sock: socket.socket) -> int:
    """Return the user id of the peer process, according to the kernel. Raises OSError. Any thread."""
    if hasattr(socket, "SO_PEERCRED"):
        return int(struct.unpack("=iII", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1])
    return int(struct.unpack_from("=II", sock.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED_BYTES))[1])


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """Yield a name for `path` that is short enough for a socket address. Raises OSError."""
    if len(os.fsencode(path)) <= _MAX_PATH_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if _DESCRIPTORS.is_dir():
            yield f"{_DESCRIPTORS}/{folder}/{path.name}"
        else:
            with _working_in(folder):
                yield path.name
    finally:
        os.close(folder)


@contextlib.contextmanager
def _working_in(folder: int) -> Iterator[None]:
    before = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fchdir(folder)
        try:
            yield
        finally:
            os.fchdir(before)
    finally:
        os.close(before)
