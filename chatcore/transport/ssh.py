"""The tracker's side of ssh: detect it, refuse it, and the interface to the package that implements it (RFC 4253).

The protocol itself (`chatcore.ssh`) needs a library, and is not loaded before the first client connects by ssh.
"""

from __future__ import annotations

import os
import struct
from abc import ABC, abstractmethod
from enum import Enum, auto
from typing import NamedTuple, Protocol

from chatcore.protocol.goodbye import Ending, goodbye_reason
from chatcore.transport.connection import Connection, Layer
from chatcore.transport.formats import LINES

SOFTWARE = "chatcore"
"""Our software name in the protocol, without a version."""

_PREFIX = b"SSH-"
_DISCONNECT = 1  # SSH_MSG_DISCONNECT, section 11.1
_BY_APPLICATION = 11
_BLOCK_BYTES = 8


def is_ssh(data: bytes) -> bool | None:
    """Return whether a connection that begins with `data` speaks ssh; None while there is too little to know."""
    if data.startswith(_PREFIX):
        return True
    return None if _PREFIX.startswith(data) else False


def refusal(words: str) -> bytes:
    """Return everything that a refused ssh client is sent: our identification, and a goodbye that it shows."""
    payload = struct.pack(">BI", _DISCONNECT, _BY_APPLICATION) + _string(words.encode()) + _string(b"")
    padding = -(len(payload) + 5) % _BLOCK_BYTES
    padding += _BLOCK_BYTES if padding < 4 else 0
    packet = struct.pack(">IB", len(payload) + padding + 1, padding) + payload + os.urandom(padding)
    return f"SSH-2.0-{SOFTWARE}\r\n".encode() + packet


def _string(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


class TurningAway(Layer):
    """An ssh connection that is refused: the goodbye is translated from IRC to ssh."""

    __slots__ = ()

    def __init__(self, inner: Connection) -> None:
        super().__init__(inner, LINES)

    def recv(self) -> bytes:
        """See Connection."""
        return self._inner.recv()

    def send_all(self, data: bytes) -> None:
        """See Connection. Nothing but a goodbye is sent."""
        if words := goodbye_reason(data.rstrip(b"\r\n")):
            self._inner.send_all(refusal(words))

    def offer(self, data: bytes) -> bool:
        """See Connection: nobody is registered on it."""
        return True

    def flush(self) -> bool:
        """See Connection."""
        return True

    def end_output(self, ending: Ending = Ending.VISIT) -> None:
        """See Connection."""
        self._inner.end_output(ending)


class Asked(Enum):
    """What the ssh package asks the tracker about a client."""

    NAME = auto()
    """Whether this name may enter without authentication."""
    PASSWORD = auto()
    """Whether this password is accepted."""
    KEY = auto()
    """Whether this key would be accepted."""
    PROVEN_KEY = auto()
    """Whether this key is accepted; the client has proven that it owns it."""
    TERMINAL = auto()
    """Whether the client may begin to chat."""


class Question(NamedTuple):
    """A yes-or-no question. Its repr shows no secret."""

    asked: Asked
    name: str
    """The login name."""
    password: str = ""
    key: bytes = b""
    """The public key in wire format."""

    def __repr__(self) -> str:
        return f"<{self.asked.name} of {self.name!r}>"


class SshConnection(Layer, ABC):
    """A connection whose user sits at a terminal client run by the tracker. Its lines are IRC."""

    @abstractmethod
    def next_question(self) -> Question | None:
        """Wait for a question and return it; None once there are no more. The client's thread."""

    @abstractmethod
    def answer(self, *, is_yes: bool) -> None:
        """Answer the last question. The client's thread."""

    @abstractmethod
    def remark(self, words: str) -> None:
        """Show the user a message during login. The client's thread."""

    @abstractmethod
    def begin(self, nick: str) -> None:
        """Begin the chat with this nick; '' asks the user for one. The client's thread. Raises Leave."""

    @abstractmethod
    def recv(self) -> bytes:
        """See Connection."""

    @abstractmethod
    def send_all(self, data: bytes) -> None:
        """See Connection."""

    @abstractmethod
    def offer(self, data: bytes) -> bool:
        """See Connection."""

    @abstractmethod
    def flush(self) -> bool:
        """See Connection."""

    @abstractmethod
    def end_output(self, ending: Ending = Ending.VISIT) -> None:
        """See Connection."""


class SshHost(Protocol):
    """The interface of the package that speaks ssh for a tracker."""

    fingerprint: str
    """The host key's fingerprint, as OpenSSH shows it."""

    def receive(self, connection: Connection, data: bytes) -> SshConnection:
        """Take over a connection that begins with `data`. The client's thread. Raises Leave."""

    def stop(self) -> None:
        """Stop, after all connections have ended. Main thread."""
