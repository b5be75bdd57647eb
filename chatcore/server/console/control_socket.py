"""The socket in the state folder through which `ctl` gives commands.

One thread accepts. Another one for each connection reads its command, lets the main thread carry it out
(`order_queue`), and answers. A slow connection holds up nobody: each has a few seconds, and there are only a few at a
time.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from chatcore.server.console.control_protocol import (
    CONTROL_FILE,
    MAX_REQUEST_BYTES,
    answer,
    last_line,
    read_request,
)
from chatcore.server.console.order_queue import Orders
from chatcore.server.console.result import NotDone, Result
from chatcore.transport.local_socket import listen_private, peer_uid, remove_socket
from chatcore.transport.wake_pipe import WakePipe

_logger = logging.getLogger(__name__)
_MAX_CONNECTIONS = 8
_REQUEST_S = 5.0
_SEND_S = 5.0
_LAST_S = 0.5  # for all connections together, at the end
_BACK_OFF_MS = 200
_RECEIVE_BYTES = 4096


class ControlSocket:
    """The socket, bound before other threads start and under the state folder's lock. Main thread.

    A context manager; leaving it ends all connections. A client whose command ended the tracker is sent `status` then.
    """

    def __init__(self, folder: Path, orders: Orders, tell: Callable[[str], None]) -> None:
        """Bind the socket, replacing one that an earlier tracker left behind. On failure, tell the operator why."""
        self._path = folder / CONTROL_FILE
        self._orders = orders
        self._wake_pipe = WakePipe()
        self._acceptor = threading.Thread(target=self._accept_all, name="control")
        self._lock = threading.Lock()  # guards _open
        self._open: dict[socket.socket, threading.Thread] = {}
        self._has_ended = threading.Event()
        self.status = 1
        self._listening: socket.socket | None = None
        try:
            remove_socket(self._path)
            self._listening = listen_private(self._path, _MAX_CONNECTIONS)
            self._listening.setblocking(False)
        except OSError as error:
            tell(f"`ctl` will not work: cannot create {self._path.absolute()}: {error.strerror or error}")

    def __enter__(self) -> ControlSocket:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()
        self._has_ended.set()
        deadline = monotonic() + _LAST_S
        for sock, thread in self._connections():
            thread.join(max(0.0, deadline - monotonic()))
            _shut(sock, socket.SHUT_RDWR)
            thread.join()
        self._wake_pipe.close()

    def start(self) -> None:
        """Begin to accept, starting with clients that have connected since the socket was bound."""
        if self._listening is not None:
            self._acceptor.start()

    def leave(self) -> None:
        """Stop taking commands, before the state folder is released. Idempotent."""
        self._orders.close()
        listening, self._listening = self._listening, None
        if listening is None:
            return
        if self._acceptor.is_alive():
            self._wake_pipe.wake()
            self._acceptor.join()
        with listening, contextlib.suppress(OSError):
            remove_socket(self._path)
        for sock, _ in self._connections():
            _shut(sock, socket.SHUT_RD)

    def _connections(self) -> list[tuple[socket.socket, threading.Thread]]:
        with self._lock:
            return list(self._open.items())

    def _accept_all(self) -> None:
        listening = self._listening
        assert listening is not None
        poller = select.poll()
        for waited_for in (self._wake_pipe, listening):
            poller.register(waited_for, select.POLLIN)
        while not any(descriptor == self._wake_pipe.fileno() for descriptor, _ in poller.poll()):
            try:
                self._take(listening.accept()[0])
            except (
                OSError,
                RuntimeError,
                MemoryError,
            ):  # the client is gone, or no descriptor, thread or memory is left
                self._back_off()

    def _take(self, sock: socket.socket) -> None:
        """Serve a connection or refuse it. Raises RuntimeError or MemoryError if no thread can be started, OSError."""
        thread = threading.Thread(target=self._serve, args=(sock,), name="control connection")
        refusal = self._refusal(sock)
        if refusal:
            _refuse(sock, refusal)
            return
        with self._lock:
            self._open[sock] = thread
        try:
            thread.start()
        except (RuntimeError, MemoryError):
            self._close(sock)
            raise

    def _refusal(self, sock: socket.socket) -> str:
        try:
            uid = peer_uid(sock)
        except OSError:
            uid = -1
        if uid not in (0, os.geteuid()):
            return "Only root and the user that the tracker runs as may do that."
        return "Too many at once: try again." if len(self._connections()) >= _MAX_CONNECTIONS else ""

    def _back_off(self) -> None:
        """Wait a moment, or for `leave`, so that exhaustion does not become a busy loop."""
        poller = select.poll()
        poller.register(self._wake_pipe, select.POLLIN)
        poller.poll(_BACK_OFF_MS)

    def _serve(self, sock: socket.socket) -> None:
        try:
            self._answer(sock)
        except OSError:
            pass  # the client is gone, or too slow
        except Exception:
            _logger.exception("a command of ctl failed")
        finally:
            self._close(sock)

    def _answer(self, sock: socket.socket) -> None:
        try:
            line = _read_line(sock)
            if not line:
                return
            result = self._orders.give(read_request(line))
        except NotDone as error:
            result = Result(problem=str(error))
        sock.settimeout(_SEND_S)
        sock.sendall(answer(result))
        if result.farewell:
            self._has_ended.wait()
            sock.sendall(last_line(self.status))

    def _close(self, sock: socket.socket) -> None:
        with self._lock:
            del self._open[sock]
        sock.close()


def _read_line(sock: socket.socket) -> bytes:
    """Read the first line; return b'' if none comes. Raises NotDone if it is too long, OSError if it is too slow."""
    data, deadline = b"", monotonic() + _REQUEST_S
    while b"\n" not in data:
        if len(data) > MAX_REQUEST_BYTES:
            raise NotDone(f"A command can have at most {MAX_REQUEST_BYTES:,} bytes.")
        sock.settimeout(max(0.001, deadline - monotonic()))
        received = sock.recv(_RECEIVE_BYTES)
        if not received or monotonic() > deadline:
            return b""
        data += received
    return data.partition(b"\n")[0]


def _refuse(sock: socket.socket, problem: str) -> None:
    """Tell the client why it is refused, if that is possible without waiting."""
    with sock, contextlib.suppress(OSError):
        sock.setblocking(False)
        sock.send(answer(Result(problem=problem)))


def _shut(sock: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):  # closed meanwhile
        sock.shutdown(how)
