"""A wire between a tracker and the engine: a TCP proxy on loopback, which can be cut or swallow either direction."""

from __future__ import annotations

import re
import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

_POLL_S = 0.05


class Wire:
    """Passes bytes on in its own thread. `port` is where it listens."""

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()  # guards the attributes below
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._held: frozenset[str] = frozenset()
        self._refuses = False
        self._trap: tuple[bytes, Callable[[], object]] = b"", lambda: None
        self._is_closed = False
        self._is_known = threading.Event()  # set when the thread knows the held directions
        self._thread = threading.Thread(target=self._run, name="wire", daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """End all connections, and every new one, until `heal`."""
        with self._lock:
            self._refuses = True
            self._end_all_locked()

    def hold(self, *directions: str) -> None:
        """Pass on nothing in these directions, 'up' to the engine or 'down' from it, until `heal`."""
        with self._lock:
            self._held = frozenset(directions)
            self._is_known.clear()
        self._is_known.wait()

    def heal(self, *, drop: bool = False) -> None:
        """Pass everything on again; with `drop`, held bytes are lost with their connections."""
        with self._lock:
            if drop and self._held:
                self._end_all_locked()
            self._held, self._refuses = frozenset(), False

    def trap(self, pattern: bytes, spring: Callable[[], object]) -> None:
        """Call `spring` once when bytes for the engine match, and pass only half of them on; b'' disarms the trap.

        It is called in another thread.
        """
        with self._lock:
            self._trap = pattern, spring

    def close(self) -> None:
        """End it."""
        with self._lock:
            self._is_closed = True
            self._end_all_locked()
        self._thread.join()
        self._listener.close()

    def _end_all_locked(self) -> None:
        for pair in self._pairs:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
        self._pairs.clear()

    def _run(self) -> None:
        while True:
            with self._lock:
                if self._is_closed:
                    return
                sources = self._sources_locked()
                self._is_known.set()
            with selectors.DefaultSelector() as selector:
                selector.register(self._listener, selectors.EVENT_READ)
                with suppress(OSError, ValueError):  # closed by another thread meanwhile
                    for source in sources:
                        selector.register(source, selectors.EVENT_READ, sources[source])
                ready = selector.select(_POLL_S)
            for key, _ in ready:
                self._pass(key.fileobj, key.data)  # type: ignore[arg-type]

    def _sources_locked(self) -> dict[socket.socket, socket.socket]:
        """Return the sockets that are read now, with their targets."""
        sources = {}
        for client, engine in self._pairs:
            if "up" not in self._held:
                sources[client] = engine
            if "down" not in self._held:
                sources[engine] = client
        return sources

    def _pass(self, source: socket.socket, to: socket.socket | None) -> None:
        if to is None:
            self._accept()
            return
        try:
            data = source.recv(1 << 16)
            if data:
                to.sendall(self._passable(source, data))
                return
        except OSError:
            pass
        with self._lock:
            for pair in [pair for pair in self._pairs if source in pair]:
                self._pairs.remove(pair)
                for end in pair:
                    end.close()

    def _passable(self, source: socket.socket, data: bytes) -> bytes:
        """Return the bytes to pass on: fewer if they spring the trap."""
        with self._lock:
            pattern, spring = self._trap
            found = re.search(pattern, data) if pattern and any(source is client for client, _ in self._pairs) else None
            if found is None:
                return data
            self._trap = b"", spring
        spring()
        return data[: (found.start() + len(data)) // 2]

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        with self._lock:
            if self._refuses or self._is_closed:
                client.close()
                return
        try:
            engine = socket.create_connection(("127.0.0.1", self._target), 5)
        except OSError:
            client.close()
            return
        with self._lock:
            self._pairs.append((client, engine))
