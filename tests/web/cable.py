"""A cable between a page and its tracker that can be cut, in the ways in which real ones fail."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass


@dataclass
class _Link:
    near: socket.socket  # the browser's side
    far: socket.socket  # the tracker's
    is_lost: bool = False  # the tracker is not to hear of its end


class Cable:
    """Passes bytes between a port of its own and the tracker's."""

    def __init__(self, tracker_port: int) -> None:
        self._tracker_port = tracker_port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.is_cut = False
        self.refused = 0  # connections while it was cut
        self.swallows_up = False  # what the browser sends gets lost
        self.swallows_down = False  # what the tracker sends gets lost
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
        """End all connections for the browser; the tracker is not told and believes that they are there."""
        for link in self._links:
            link.is_lost = True
            _shut(link.near)

    def mend(self) -> None:
        """Let new connections pass."""
        self.is_cut = self.swallows_up = self.swallows_down = False

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
            link = _Link(near, socket.create_connection(("127.0.0.1", self._tracker_port)))
            self._links.append(link)
            for up in (True, False):
                thread = threading.Thread(target=self._pass_on, args=(link, up))
                self._threads.append(thread)
                thread.start()

    def _pass_on(self, link: _Link, up: bool) -> None:
        source, target = (link.near, link.far) if up else (link.far, link.near)
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not (self.swallows_up if up else self.swallows_down):
                    target.sendall(data)
        if not (up and link.is_lost):
            _shut(target)


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
