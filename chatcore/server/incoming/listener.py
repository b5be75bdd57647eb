"""The accept thread: starts a thread for each client or refuses it, and never waits for a client."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import select
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus

from chatcore.protocol.goodbye import goodbye
from chatcore.server.incoming.scheduling import let_others_finish
from chatcore.state.admissions import FULL
from chatcore.transport.http import dated, is_http, response
from chatcore.transport.ssh import is_ssh, refusal
from chatcore.transport.wake_pipe import WakePipe

_logger = logging.getLogger(__name__)
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_BACK_OFF_MS = 200
_MAX_SAID_BYTES = 16384


class Listener(threading.Thread):
    """Accepts on its sockets. `on_accept` takes over a connection, or raises RuntimeError or MemoryError."""

    def __init__(
        self, sockets: list[socket.socket], on_accept: Callable[[socket.socket], None], *, name: str = "accept"
    ) -> None:
        """Take ownership of the sockets, even on failure. Raises OSError if no descriptor is left."""
        super().__init__(name=name)
        self._sockets = {sock.fileno(): sock for sock in sockets}
        self._on_accept = on_accept
        self._spare: int | None = None
        self._closed_at_end = contextlib.ExitStack()
        for sock in sockets:
            self._closed_at_end.enter_context(sock)
        try:
            self._wake_pipe = self._closed_at_end.enter_context(WakePipe())
            self._spare = os.open(os.devnull, os.O_RDONLY)
            for sock in sockets:
                sock.setblocking(False)
        except OSError:
            self._close_all()
            raise

    def start(self) -> None:
        """Begin to accept. Close everything and raise RuntimeError if no thread can be started."""
        try:
            super().start()
        except RuntimeError:
            self._close_all()
            raise

    def stop(self) -> None:
        """Stop accepting, and wait for the thread. Idempotent, and safe before `start`. Any other thread."""
        self._wake_pipe.wake()
        if self.ident is not None:
            self.join()
        self._close_all()

    def _close_all(self) -> None:
        self._closed_at_end.close()
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None

    def run(self) -> None:
        """Accept until stopped."""
        let_others_finish()
        poller = select.poll()
        poller.register(self._wake_pipe, select.POLLIN)
        for descriptor in self._sockets:
            poller.register(descriptor, select.POLLIN)
        while True:
            for descriptor, _ in poller.poll():
                if descriptor == self._wake_pipe.fileno():
                    return
                try:
                    is_served = self._accept(self._sockets[descriptor])
                except MemoryError:  # too little even for a refusal
                    is_served = False
                if not is_served:
                    self._back_off()

    def _accept(self, listening: socket.socket) -> bool:
        """Accept one connection; return False if descriptors, threads or memory ran out."""
        try:
            sock, _ = listening.accept()
        except OSError as error:
            if error.errno not in _EXHAUSTED:
                return True  # the peer is already gone
            self._refuse_with_spare(listening)
            return False
        try:
            self._on_accept(sock)
        except (RuntimeError, MemoryError):  # no more threads
            refuse(sock, FULL)
            return False
        except Exception:  # a bug of ours costs this connection, but none after it
            _logger.exception("a connection could not be taken over")
            sock.close()
        return True

    def _refuse_with_spare(self, listening: socket.socket) -> None:
        """Free the spare descriptor to accept a connection and refuse it, rather than leave it hanging."""
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None
            with contextlib.suppress(OSError):
                refuse(listening.accept()[0], FULL)
        with contextlib.suppress(OSError):  # somebody else took the descriptor; try again next time
            self._spare = os.open(os.devnull, os.O_RDONLY)

    def _back_off(self) -> None:
        """Wait a moment, or for `stop`, so that exhaustion does not become a busy loop."""
        poller = select.poll()
        poller.register(self._wake_pipe, select.POLLIN)
        poller.poll(_BACK_OFF_MS)


def refuse(sock: socket.socket, reason: str) -> None:
    """Tell the peer why it is refused, if that is possible without waiting, and close the connection.

    Input that has arrived is read first: it shows which protocol the peer speaks, and closing with unread input would
    reset the connection and lose the answer.
    """
    said = b""
    with contextlib.suppress(OSError):
        sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            said = sock.recv(_MAX_SAID_BYTES)
        sock.send(_refusal(said, reason))
        sock.shutdown(socket.SHUT_WR)
    sock.close()


def _refusal(said: bytes, reason: str) -> bytes:
    if is_http(said):
        return dated(response(HTTPStatus.TOO_MANY_REQUESTS, f"{reason}.\n"))
    return refusal(reason) if is_ssh(said) else " :".join(goodbye(f"{reason}\r\n")).encode()
