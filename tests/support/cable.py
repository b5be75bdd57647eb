"""A cable between a client and its tracker: it can be cut as real ones fail, or lead through a proxy with a path."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass
class _Link:
    near: socket.socket  # the client's side
    far: socket.socket  # the tracker's
    is_lost: bool = False  # the tracker must not notice its end


class Cable:
    """Passes bytes between a port of its own and the tracker's. With `below`, the tracker appears below this path."""

    def __init__(self, tracker_port: int, below: str = "") -> None:
        self.tracker_port = tracker_port
        self._below = below
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.is_cut = False
        self.refused = 0  # connections refused while the cable was cut
        self.swallows_up = False  # bytes from the client are lost
        self.swallows_down = False  # bytes from the tracker are lost
        self._links: list[_Link] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def cut(self) -> None:
        """End all connections, and every new one, until `mend`."""
        self.is_cut = True
        for link in self._links:
            _shut(link.near)
            _shut(link.far)

    def lose(self) -> None:
        """End all connections for the client, while the tracker believes that they still exist."""
        for link in self._links:
            link.is_lost = True
            _shut(link.near)

    def mend(self) -> None:
        """Let new connections pass."""
        self.is_cut = self.swallows_up = self.swallows_down = False

    def lead_to(self, tracker_port: int) -> None:
        """Let new connections lead to this port."""
        self.tracker_port = tracker_port

    def close(self) -> None:
        """End everything."""
        self.cut()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join()
        for link in self._links:
            link.near.close()
            link.far.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            if self.is_cut:
                near.close()
                self.refused += 1
                continue
            link = _Link(near, socket.create_connection(("127.0.0.1", self.tracker_port)))
            self._links.append(link)
            for up in (True, False):
                thread = threading.Thread(target=self._pass_on, args=(link, up))
                self._threads.append(thread)
                thread.start()

    def _pass_on(self, link: _Link, up: bool) -> None:
        source, target = (link.near, link.far) if up else (link.far, link.near)
        with contextlib.suppress(OSError):
            if up and self._below:
                target.sendall(self._request_from(source))
            while data := source.recv(65536):
                if not (self.swallows_up if up else self.swallows_down):
                    target.sendall(data)
        if not (up and link.is_lost):
            _shut(target)

    def _request_from(self, near: socket.socket) -> bytes:
        """Read the one request of a connection; return it without the path, and with `Connection: close`."""
        head = b""
        while b"\r\n\r\n" not in head and (more := near.recv(65536)):
            head += more
        method, _, rest = head.partition(b" ")
        outside = b"/outside" if not rest.startswith(f"{self._below}/".encode()) else b""
        if b"\r\nupgrade:" not in rest.lower():
            rest = rest.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        return method + b" " + outside + rest.removeprefix(self._below.encode())


@contextlib.contextmanager
def cable_to(tracker_port: int) -> Iterator[Cable]:
    """Yield a cable to this port; it is closed after the block."""
    cable = Cable(tracker_port)
    try:
        yield cable
    finally:
        cable.close()


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
