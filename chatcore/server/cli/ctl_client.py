"""Sends a command to a running tracker, over the socket in its state folder."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from chatcore.errors import ConfigError
from chatcore.server.console.control_protocol import CONTROL_FILE, read_line, request
from chatcore.server.console.result import NotDone
from chatcore.transport.local_socket import connect_local, peer_uid

_ANSWER_S = 30.0
_END_S = 60.0
_MAX_LINE_BYTES = 1 << 26


def ask(folder: Path, command: str) -> Mapping[str, Any]:
    """Return the result of a command: `lines` and `data`. If it ends the tracker, wait for that, up to a minute.

    Raises ConfigError if no tracker can be reached, NotDone if the command failed. Main thread only.
    """
    with _connect(folder) as sock, sock.makefile("rb") as lines:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused already: the answer says why
            sock.sendall(request(command))
        said = dict(_next(lines, "The tracker did not answer.", "The tracker ended before it answered."))
        if not said.get("done"):
            raise NotDone(str(said.get("problem")))
        if said.get("ends"):
            sock.settimeout(_END_S)
            said["data"] = {**said["data"], "status": _await_end(lines)}
        return said


def _connect(folder: Path) -> socket.socket:
    """Return a connection to the tracker that uses a state folder. Raises ConfigError."""
    path = folder.absolute() / CONTROL_FILE
    try:
        with contextlib.ExitStack() as opened:
            sock = opened.enter_context(connect_local(path, _ANSWER_S))
            trusted = {0, folder.stat().st_uid if os.geteuid() == 0 else os.geteuid()}
            if peer_uid(sock) not in trusted:  # it would read what is meant for the tracker
                raise ConfigError(f"the program at {path} belongs to another user")
            opened.pop_all()
            return sock
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as error:
        raise ConfigError(f"no tracker is running in {path.parent} (--state-dir and --config say where)") from error
    except OSError as error:  # on macOS also if the tracker ends before `peer_uid`
        raise ConfigError(f"cannot reach the tracker at {path}: {error.strerror or error}") from error


def _await_end(lines: BinaryIO) -> int:
    """Return the tracker's exit status. Raises NotDone if it failed, or has not ended in time."""
    badly = "The tracker ended with an error: its own output says why."
    status = int(_next(lines, "The tracker is closing, but has not ended yet.", badly).get("status", 1))
    if status == 1:
        raise NotDone(badly)
    return status


def _next(lines: BinaryIO, too_late: str, gone: str) -> Mapping[str, Any]:
    """Return the tracker's next line. Raises NotDone(`too_late`) after a timeout, NotDone(`gone`) if none will come."""
    try:
        line = lines.readline(_MAX_LINE_BYTES)
    except TimeoutError as error:
        raise NotDone(too_late) from error
    except OSError:
        line = b""
    if not line:
        raise NotDone(gone)
    return read_line(line)
