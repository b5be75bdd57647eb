"""Who asks to come in. What asyncssh asks is passed on to the client's own thread, as it may take long to answer.

Only for the loop's thread.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from asyncssh import SSHServer
from asyncssh.connection import SSHServerConnection

from chatcore.ssh.channel import Channel, NarrowChannel, Seat
from chatcore.transport.ssh import Asked, Question

if TYPE_CHECKING:
    pass


class Asker(Seat, Protocol):
    """What a login needs of the person's connection."""

    def ask(self, question: Question, answered: asyncio.Future[bool]) -> None:
        """Have a question answered, in the loop's thread. Never waits."""

    def note_room(self) -> None:
        """Note that more may be written."""

    def note_lost(self) -> None:
        """Note that the protocol has ended."""


class Login(SSHServer):
    """One connection's."""

    def __init__(self, person: Asker) -> None:
        self.is_asking = False
        """Whether an answer is awaited: so long the other side has to wait, too."""
        self.name = ""
        self._person = person
        self._connection: SSHServerConnection | None = None
        self._channel: Channel | None = None

    def connection_made(self, conn: SSHServerConnection) -> None:
        """See asyncssh."""
        self._connection = conn

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncssh."""
        self._person.note_lost()

    def note_room(self) -> None:
        """See Asker."""
        self._person.note_room()

    async def begin_auth(self, username: str) -> bool:
        """Return whether somebody of this name has to prove anything."""
        self.name = username
        return not await self._ask(Question(Asked.NAME, username))

    def password_auth_supported(self) -> bool:
        """See asyncssh."""
        return True

    def public_key_auth_supported(self) -> bool:
        """See asyncssh."""
        return True

    def kbdint_auth_supported(self) -> bool:
        """One way to ask for a password is enough, and all clients know the other."""
        return False

    async def validate_password(self, username: str, password: str) -> bool:
        """Return whether somebody comes in by a password."""
        return await self._ask(Question(Asked.PASSWORD, username, password=password))

    def change_password(self, username: str, old_password: str, new_password: str) -> bool:
        """Nobody changes a password that way."""
        return False

    async def knows_key(self, username: str, key: bytes) -> bool:
        """Return whether somebody may come in by a key, once they have proven that it is theirs."""
        return await self._ask(Question(Asked.KEY, username, key=key))

    async def has_proven_key(self, username: str, key: bytes) -> bool:
        """Return whether somebody comes in by a key of theirs."""
        return await self._ask(Question(Asked.PROVEN_KEY, username, key=key))

    async def may_begin(self) -> None:
        """Begin the chat, or end the connection."""
        await self._ask(Question(Asked.TERMINAL, self.name))

    def session_requested(self) -> tuple[NarrowChannel, Channel] | bool:
        """Give a connection its one channel."""
        if self._channel is not None or self._connection is None:
            return False
        self._channel = Channel(self._person, self.may_begin)
        return NarrowChannel.on(self._connection), self._channel

    async def _ask(self, question: Question) -> bool:
        answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.is_asking = True
        try:
            self._person.ask(question, answered)
            return await answered
        finally:
            self.is_asking = False
