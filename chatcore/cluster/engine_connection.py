"""One connection to the engine, with every error translated to one of ours.

Nothing here waits longer than TIMEOUT_S for a silent engine, and nothing is retried.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import redis

from chatcore.cluster.engine_url import EngineAddress
from chatcore.errors import EngineAway

TIMEOUT_S = 3.0
"""For so long an engine may be silent, beyond what it was asked to wait for, or not let itself be connected to."""

Command = Sequence[str | bytes | int]


class EngineRefused(EngineAway):
    """The engine has answered, with an error: nothing has been done. `words` are the engine's."""

    def __init__(self, text: str, words: str) -> None:
        super().__init__(text)
        self.words = words


class EngineConnection:
    """A connection opened on first use and again after it broke. Any thread; one call at a time."""

    def __init__(self, address: EngineAddress) -> None:
        """Name the engine; this does not connect."""
        self._address = address
        self._lock = threading.Lock()  # held for a call
        self._connection: Any = _new_connection(address)
        self._is_connected = False
        self._is_closed = False

    def call(self, *command: str | bytes | int) -> Any:
        """Carry out a command; return the reply, as RESP2 has it: bytes, int, list or None.

        Raises EngineAway if it cannot be known whether it was done, EngineRefused if it was not.
        """
        return self.call_all([command])[0]

    def call_all(self, commands: Sequence[Command]) -> list[Any]:
        """Send several commands at once; return their replies. Raises as `call` does, once all have come."""
        with self._lock:
            self._connect_locked()
            return self._exchange_locked(commands)

    def transact(self, *commands: Command) -> list[Any]:
        """Carry out several commands at one moment, or none; return their replies. Raises as `call` does."""
        replies: list[Any] = self.call_all([("MULTI",), *commands, ("EXEC",)])[-1]
        for reply in replies:
            if isinstance(reply, redis.RedisError):
                raise self._refused(reply)
        return replies

    def connect(self) -> bool:
        """Return whether a connection had to be made. Raises EngineAway."""
        with self._lock:
            return self._connect_locked()

    def close(self) -> None:
        """Let nothing more be done here, and end the connection once what is being done is over; idempotent."""
        self._is_closed = True
        with self._lock:
            self._disconnect_locked()

    def _connect_locked(self) -> bool:
        if self._is_closed:
            raise EngineAway("the connection to the engine is closed")
        if self._is_connected:
            return False
        try:
            self._connection.connect()
        except (redis.RedisError, OSError, ValueError) as error:  # ValueError: a host with a name that none can have
            self._disconnect_locked()
            raise self._away(error) from error
        self._is_connected = True
        return True

    def _exchange_locked(self, commands: Sequence[Command]) -> list[Any]:
        try:
            self._connection.send_packed_command(self._connection.pack_commands(commands), check_health=False)
            replies = [self._read() for _ in commands]
        except redis.RedisError as error:
            self._disconnect_locked()
            raise self._away(error) from error
        except BaseException:
            self._disconnect_locked()  # what was read is not whole
            raise
        for reply in replies:
            if isinstance(reply, redis.ResponseError):
                raise self._refused(reply)
        return replies

    def _read(self) -> Any:
        try:
            return self._connection.read_response()
        except redis.ResponseError as error:
            return error

    def _disconnect_locked(self) -> None:
        self._is_connected = False
        self._connection.disconnect()

    def _away(self, error: Exception) -> EngineAway:
        return EngineAway(f"the engine at {self._address.shown} cannot be reached: {error}")

    def _refused(self, error: redis.RedisError) -> EngineRefused:
        return EngineRefused(f"the engine at {self._address.shown} refuses: {error}", str(error))


def _new_connection(address: EngineAddress) -> Any:
    kind: Any = redis.Connection
    settings: dict[str, Any] = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S, "protocol": 2}
    if not address.host:
        kind = redis.UnixDomainSocketConnection
        settings["path"] = address.path
    else:
        settings |= {"host": address.host, "port": address.port, "socket_keepalive": True}
    if address.is_tls:
        kind = redis.SSLConnection
        settings["ssl_check_hostname"] = True  # until redis 6 it was not the default
        settings |= {"ssl_ca_certs": address.ca, "ssl_certfile": address.cert, "ssl_keyfile": address.key}
    settings |= {"username": address.user, "password": address.password}
    return kind(**{name: value for name, value in settings.items() if value})
