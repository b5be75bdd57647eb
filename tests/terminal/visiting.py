"""A visit in the thread of a test."""

from pathlib import Path

from chatcore.terminal.arguments import Options
from chatcore.terminal.chat import Chat
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.local import Local
from chatcore.terminal.outcome import Outcome
from chatcore.terminal.session.session import Session
from tests.support.scripted import ScriptedTracker
from tests.support.seen import SeenScreen
from tests.support.trackers import Hosted

_LOCAL = Local(Path(), Path())


class Visit:
    """A visit that runs in this thread, begun by `run`."""

    def __init__(self, tracker: ScriptedTracker | Hosted, screen: SeenScreen, local: Local | None = _LOCAL) -> None:
        screen.type_first("")  # for the password
        self.login = Login(Options("127.0.0.1", tracker.port, "ann"), screen)
        self.handshake, self.welcome = self.login.register(self.login.enter())
        self.session = Session("ann", self.handshake.capabilities, limits=self.handshake.limits)
        self.chat = Chat(self.session, self.handshake, screen, self.login, local)

    def run(self) -> Outcome:
        return self.chat.run(self.welcome)
