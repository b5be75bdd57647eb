"""A client's login, as in the program, with a screen that answers by itself."""

from __future__ import annotations

from chatcore.errors import ChatError
from chatcore.terminal.arguments import Options
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import Login
from tests.integration.mitm.learned import NAME
from tests.support.seen import SeenScreen

PASSWORD = "open sesame"


class Visitor:
    """A person who has the right password, and types it only once."""

    def __init__(self, port: int) -> None:
        self.screen = SeenScreen(PASSWORD, NAME, is_interactive=False)
        self.login = Login(Options("127.0.0.1", port), self.screen)

    def come_in(self) -> Handshake:
        """Log in up to the welcome; the caller closes the connection."""
        handshake, _ = self.login.register(self.login.enter())
        return handshake

    def turned_away(self) -> str:
        """Try to log in; check that it fails, and return the error."""
        try:
            handshake = self.come_in()
        except ChatError as error:
            assert self.screen.questions == [], "the client must not ask for the name"
            return str(error)
        handshake.connection.close()
        raise AssertionError("the client logged in")
