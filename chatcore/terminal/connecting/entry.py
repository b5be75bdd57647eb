"""What a visit needs of how somebody comes in: `login` is that of a person's own client, `guest_login` a guest's."""

from __future__ import annotations

from typing import Protocol

from chatcore.protocol.message import Message
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import Login


class Entry(Protocol):
    """For the thread that has the visit."""

    @property
    def entrance(self) -> tuple[str, ...]:
        """The room to begin in and its key, if it has one; nothing if none was named."""

    @property
    def way_back(self) -> Login | None:
        """What opens another connection after a loss or for a logout; None if the visit ends with its only one."""

    def enter(self) -> Handshake:
        """Open a connection on which a name can be claimed. Raises Refused, LeftAtPrompt, ConfigError."""

    def register(self, handshake: Handshake) -> tuple[Handshake, Message]:
        """Claim a name; return the welcome and the handshake that led to it.

        Raises the same, EndedAtPrompt, and WrongPassword if that comes out only now; then `enter` asks for another.
        """
