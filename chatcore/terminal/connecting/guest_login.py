"""The login of a guest, whom the tracker has already let in: it asks only for a username, if need be."""

from __future__ import annotations

from collections.abc import Callable

from chatcore.protocol.message import Message
from chatcore.terminal.connecting.connection import Connection
from chatcore.terminal.connecting.handshake import WANTED, Handshake
from chatcore.terminal.connecting.naming import claim
from chatcore.terminal.connecting.questions import EndedAtPrompt, Questions, closing_on_error
from chatcore.terminal.connecting.turned_away import Refused, WrongPassword
from chatcore.terminal.screen.screen import Screen
from chatcore.terminal.session.session import RESUME, TRACKERS

NOT_A_NAME = "that is an invitation, not a username"
WANTED_BY_GUESTS = tuple(name for name in WANTED if name not in (RESUME, TRACKERS))


class GuestLogin:
    """The login of a guest: see Entry. Any exception leaves the connection closed."""

    way_back = None
    """A guest has one connection; when it ends, so does the visit."""

    def __init__(
        self,
        screen: Screen,
        open_connection: Callable[[], Connection],
        name: str = "",
        entrance: tuple[str, ...] = (),
    ) -> None:
        """`open_connection` may raise Refused. `name`, if given, is tried first."""
        self.entrance = entrance
        self._screen = screen
        self._open_connection = open_connection
        self._name = name
        self._questions = Questions(screen)

    def enter(self) -> Handshake:
        """See Entry."""
        handshake = Handshake(self._open_connection(), is_insecure=True, wanted=WANTED_BY_GUESTS)
        with closing_on_error(handshake):
            handshake.greet()
        return handshake

    def register(self, handshake: Handshake) -> tuple[Handshake, Message]:
        """See Entry."""
        handshake.connection.wake_at_end(self._screen.wake)
        with closing_on_error(handshake):
            while True:
                name, self._name = self._name or self._questions.name(handshake, ""), ""
                if handshake.connection.has_ended:
                    raise EndedAtPrompt(handshake.last_words())
                try:
                    welcome = claim(handshake, name, self._questions, NOT_A_NAME)
                except WrongPassword as error:
                    raise Refused(str(error)) from error
                if welcome is not None:
                    return handshake, welcome
