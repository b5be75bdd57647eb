"""The thread that waits for full sockets to become writable, and reports them to delivery."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable, Iterable

from chatcore.server.outgoing.membership import Reader
from chatcore.transport.wake_pipe import WakePipe


class Drain(threading.Thread):
    """Watches readers with output left in their outbox. Each is reported once, then forgotten until watched again."""

    def __init__(self, on_writable: Callable[[Reader], None]) -> None:
        super().__init__(name="drain")
        self._on_writable = on_writable
        self._lock = threading.Lock()  # guards _watched and _is_stopping
        self._watched: dict[int, Reader] = {}  # by descriptor
        self._is_stopping = False
        self._wake_pipe = WakePipe()

    def watch(self, reader: Reader) -> None:
        """Start waiting for the reader's socket. Delivery's thread."""
        with self._lock:
            self._watched[reader.connection.fileno()] = reader
        self._wake_pipe.wake()

    def forget(self, reader: Reader) -> None:
        """Stop waiting for the reader's socket. Call before its descriptor is closed. Delivery's thread."""
        with self._lock:
            self._watched.pop(reader.connection.fileno(), None)

    def stop(self) -> None:
        """End the thread and wait for it. Delivery's thread."""
        with self._lock:
            self._is_stopping = True
        self._wake_pipe.wake()
        self.join()
        self._wake_pipe.close()

    def run(self) -> None:
        """Wait for sockets and report them, until stopped."""
        while True:
            poller = select.poll()
            poller.register(self._wake_pipe, select.POLLIN)
            with self._lock:
                if self._is_stopping:
                    return
                for descriptor in self._watched:
                    poller.register(descriptor, select.POLLOUT)
            for descriptor, _ in poller.poll():
                self._report(descriptor)

    def _report(self, descriptor: int) -> None:
        if descriptor == self._wake_pipe.fileno():
            self._wake_pipe.drain()
            return
        with self._lock:
            reader = self._watched.pop(descriptor, None)
        if reader is not None:
            self._on_writable(reader)


def wait_writable(readers: Iterable[Reader], seconds: float) -> None:
    """Wait until one of the readers' sockets is writable, at most `seconds`."""
    poller = select.poll()
    for reader in readers:
        poller.register(reader.connection.fileno(), select.POLLOUT)
    poller.poll(seconds * 1000)
