"""What the tracker has to do with ssh: knowing it by its first bytes, turning it away, and who speaks it for it.

The protocol itself (`chatcore.ssh`) needs a library, and is not loaded before somebody comes by it. RFC 4253.
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
"""What we call ourselves in the protocol: not which version we are."""

_PREFIX = b"SSH-"
_DISCONNECT = 1  # SSH_MSG_DISCONNECT, section 11.1
_BY_APPLICATION = 11
_BLOCK_BYTES = 8


def is_ssh(data: bytes) -> bool | None:
    """Return whether a connection that begins with `data` speaks ssh; None if that does not show yet."""
    if data.startswith(_PREFIX):
        return True
    return None if _PREFIX.startswith(data) else False


def refusal(words: str) -> bytes:
    """Return all that an ssh client is sent that is turned away: who we are, and a goodbye that it shows."""
    payload = struct.pack(">BI", _DISCONNECT, _BY_APPLICATION) + _string(words.encode()) + _string(b"")
    padding = -(len(payload) + 5) % _BLOCK_BYTES
    padding += _BLOCK_BYTES if padding < 4 else 0
    packet = struct.pack(">IB", len(payload) + padding + 1, padding) + payload + os.urandom(padding)
    return f"SSH-2.0-{SOFTWARE}\r\n".encode() + packet


def _string(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


class TurningAway(Layer):
    """A connection that speaks ssh and gets no further: a line of IRC that says goodbye becomes one of ssh."""

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
    """What the other side wants to know."""

    NAME = auto()
    """Whether somebody of this name comes in without proving anything."""
    PASSWORD = auto()
    """Whether this password lets them in."""
    KEY = auto()
    """Whether this key would."""
    PROVEN_KEY = auto()
    """Whether it does: they have proven that it is theirs."""
    TERMINAL = auto()
    """Whether they may begin to chat."""


class Question(NamedTuple):
    """One question, to be answered with yes or no. Its repr shows no secret."""

    asked: Asked
    name: str
    """By which they log in."""
    password: str = ""
    key: bytes = b""
    """As on the wire."""

    def __repr__(self) -> str:
        return f"<{self.asked.name} of {self.name!r}>"


class SshConnection(Layer, ABC):
    """A connection whose person sits at a terminal that the tracker runs for them. Its lines are IRC."""

    @abstractmethod
    def next_question(self) -> Question | None:
        """Wait for a question, and return it; None once there will be no more. The client's thread."""

    @abstractmethod
    def answer(self, *, is_yes: bool) -> None:
        """Answer the last question. The client's thread."""

    @abstractmethod
    def remark(self, words: str) -> None:
        """Tell the person something while they log in. The client's thread."""

    @abstractmethod
    def begin(self, nick: str) -> None:
        """Begin the chat under this nick, '' to ask for one. The client's thread. Raises Leave."""

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
    """Who speaks ssh for a tracker."""

    fingerprint: str
    """Of the host key, as OpenSSH shows it."""

    def receive(self, connection: Connection, data: bytes) -> SshConnection:
        """Take over a connection that begins with `data`. The client's thread. Raises Leave."""

    def stop(self) -> None:
        """End. After all connections have ended. Main thread."""
