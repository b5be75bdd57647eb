"""The ssh server of a tracker: one event loop in one thread, for all connections.

asyncssh is imported when the first person comes by ssh.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from chatcore.config import Config
from chatcore.errors import Leave
from chatcore.ssh.host_key import FILE, load_host_key
from chatcore.transport.connection import Connection
from chatcore.transport.ssh import SshConnection
from chatcore.transport.tcp import TcpConnection

NOT_INSTALLED = (
    "Nobody can come by ssh: asyncssh is not installed (pip install '.[ssh]'; --no-ssh turns this message off)."
)


def make_ssh(config: Config, tell: Callable[[str], None]) -> Host | None:
    """Return the ssh server of a tracker; None if ssh is switched off, or not installed, which `tell` is told.

    Raises ConfigError if the host key's file cannot be used.
    """
    if not config.ssh:
        return None
    if find_spec("asyncssh") is None:
        tell(NOT_INSTALLED)
        return None
    return Host(config.state_dir / FILE, config.limits.max_ssh_clients, config.limits.ping_interval_s)


class Host:
    """See SshHost. Any thread, except `stop`."""

    def __init__(self, key_file: Path, most_people: int, ping_interval_s: float) -> None:
        """Load the host key. A silent peer is sent a keepalive after `ping_interval_s`.

        Raises ConfigError if the key's file cannot be used.
        """
        self._key, self.fingerprint = load_host_key(key_file)
        self._most_people = most_people
        self._ping_interval_s = ping_interval_s
        self._lock = threading.Lock()  # guards what follows
        self._running: _Running | None = None

    def receive(self, connection: Connection, data: bytes) -> SshConnection:
        """See SshHost."""
        if not isinstance(connection, TcpConnection):
            raise Leave("ssh is encrypted: connect without anything around it")
        with self._lock:
            self._running = self._running or _Running(self._key, self._most_people, self._ping_interval_s)
        return self._running.receive(connection, data)

    def stop(self) -> None:
        """See SshHost."""
        with self._lock:
            if self._running is not None:
                self._running.stop()
                self._running = None


class _Running:
    """The loop and its threads, once the first person has come."""

    def __init__(self, key: bytes, most_people: int, ping_interval_s: float) -> None:
        import asyncio

        with _searching_nothing():
            import asyncssh  # noqa: F401
        from chatcore.ssh.person import Person
        from chatcore.ssh.places import Places
        from chatcore.ssh.postman import Postman
        from chatcore.ssh.protocol import make_options

        self._make_person = Person
        self._options = make_options(key, ping_interval_s)
        self._places = Places(most_people)
        self._loop = asyncio.new_event_loop()
        self._postman = Postman()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ssh", daemon=True)
        self._thread.start()

    def receive(self, connection: TcpConnection, data: bytes) -> SshConnection:
        person = self._make_person(connection, self._loop, self._options, self._postman, self._places)
        self._loop.call_soon_threadsafe(person.note_began, data)
        return person

    def stop(self) -> None:
        """Stop both threads and wait for them."""
        self._postman.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def _searching_nothing() -> Iterator[None]:
    """Disable the search for system libraries.

    asyncssh searches for two when it is imported. We do not want it to use them, and Python would run ldconfig and a
    compiler to find them.
    """
    import ctypes.util

    find, ctypes.util.find_library = ctypes.util.find_library, lambda name: None
    try:
        yield
    finally:
        ctypes.util.find_library = find
