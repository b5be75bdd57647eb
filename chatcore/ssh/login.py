"""Authentication. asyncssh's questions are passed to the client's own thread, since an answer can take long.

Only for the loop's thread.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from asyncssh import SSHServer
from asyncssh.connection import SSHServerConnection

from chatcore.ssh.channel import Channel, NarrowChannel, Seat
from chatcore.transport.ssh import Asked, Question


class Asker(Seat, Protocol):
    """What a login needs of the person's connection."""

    def ask(self, question: Question, answered: asyncio.Future[bool]) -> None:
        """Pass on a question; the future is resolved in the loop's thread. Never waits."""

    def note_room(self) -> None:
        """Note that more may be written."""

    def note_lost(self) -> None:
        """Note that the protocol has ended."""


class Login(SSHServer):
    """The login of one connection."""

    def __init__(self, person: Asker) -> None:
        self.is_asking = False
        """Whether an answer is pending. The peer must not ask for anything else meanwhile."""
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
        """Return whether this name needs a password or a key."""
        self.name = username
        return not await self._ask(Question(Asked.NAME, username))

    def password_auth_supported(self) -> bool:
        """See asyncssh."""
        return True

    def public_key_auth_supported(self) -> bool:
        """See asyncssh."""
        return True

    def kbdint_auth_supported(self) -> bool:
        """Return False: every client supports plain password authentication, and one way is enough."""
        return False

    async def validate_password(self, username: str, password: str) -> bool:
        """Return whether a password lets this name in."""
        return await self._ask(Question(Asked.PASSWORD, username, password=password))

    def change_password(self, username: str, old_password: str, new_password: str) -> bool:
        """Refuse: passwords are not changed over ssh."""
        return False

    async def knows_key(self, username: str, key: bytes) -> bool:
        """Return whether a key would let this name in, once its possession is proven."""
        return await self._ask(Question(Asked.KEY, username, key=key))

    async def has_proven_key(self, username: str, key: bytes) -> bool:
        """Return whether a key whose possession is proven lets this name in."""
        return await self._ask(Question(Asked.PROVEN_KEY, username, key=key))

    async def may_begin(self) -> None:
        """Begin the chat, or end the connection."""
        await self._ask(Question(Asked.TERMINAL, self.name))

    def session_requested(self) -> tuple[NarrowChannel, Channel] | bool:
        """Return the one channel of a connection; False if there has been one."""
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
