"""The interface of a login: `login` implements it for a person's own client, `guest_login` for a guest."""

from __future__ import annotations

from typing import Protocol

from chatcore.protocol.message import Message
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import Login


class Entry(Protocol):
    """A way into the chat. For the thread that runs the visit."""

    @property
    def entrance(self) -> tuple[str, ...]:
        """The room to begin in, and its key if it has one; empty if no room was named."""

    @property
    def way_back(self) -> Login | None:
        """Opens another connection after a loss or a logout; None if the visit ends with its only connection."""

    def enter(self) -> Handshake:
        """Open a connection on which a name can be claimed. Raises Refused, LeftAtPrompt, ConfigError."""

    def register(self, handshake: Handshake) -> tuple[Handshake, Message]:
        """Claim a name; return the welcome and the handshake that led to it.

        Raises the same, EndedAtPrompt, and WrongPassword if the password is refused only now; then `enter` asks again.
        """
