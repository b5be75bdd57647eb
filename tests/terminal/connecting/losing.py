"""A tracker whose visits can be resumed, and a visit to lose."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chatcore.protocol.message import Message
from chatcore.terminal.arguments import Options
from chatcore.terminal.chat import Chat
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.local import Local
from chatcore.terminal.outcome import Outcome
from chatcore.terminal.session.session import Session
from tests.support.scripted import Peer, ScriptedTracker
from tests.support.seen import SeenScreen

CAPABILITIES = "server-time echo-message batch labeled-response draft/chathistory chatcore/resume"


BROKE = "error: the connection to the tracker broke"


class Keeper:
    """A tracker that issues resume tokens, accepts each one once, and has a history."""

    def __init__(self, tracker: ScriptedTracker) -> None:
        self.tokens = 0
        self.valid: set[str] = set()
        self.resumed: set[Peer] = set()
        self.rooms = ["#lobby"]
        self.missed: dict[str, list[str]] = {}
        self._take_user, self._take_nick = tracker._take_user, tracker._take_nick
        tracker.capabilities = CAPABILITIES
        tracker.answers = {"USER": self.welcome, "RESUME": self._resume, "CHATHISTORY": self._history}

    def welcome(self, peer: Peer, message: Message) -> None:
        self._take_user(peer, message)
        self.tokens += 1
        self.valid.add(f"token{self.tokens}")
        peer.send(f":t RESUME TOKEN token{self.tokens}")
        for room in self.rooms if peer in self.resumed else ():
            names = (f":t 353 ann = {room} :@ann", f":t 366 ann {room} :End")
            peer.send(f":ann!u@h JOIN {room}", f":t 332 ann {room} :what it is about", *names)

    def _resume(self, peer: Peer, message: Message) -> None:
        if message.params[0] in self.valid:
            self.valid.remove(message.params[0])
            self.resumed.add(peer)
            peer.send(":t RESUME SUCCESS ann")
        else:
            peer.send(":t FAIL RESUME INVALID_TOKEN :That is over")

    def _history(self, peer: Peer, message: Message) -> None:
        label, subcommand, target = message.tags["label"], message.params[0], message.params[1]
        kind = "draft/chathistory-targets" if subcommand == "TARGETS" else f"chathistory {target}"
        peer.send(f"@label={label} :t BATCH +b {kind}")
        if subcommand == "TARGETS":
            names = [name for name in self.missed if not name.startswith("#")]
            peer.send(*(f"@batch=b :t CHATHISTORY TARGETS {name} 2026-01-01T00:00:00.000Z" for name in names))
        else:
            peer.send(*(f"@batch=b;{line}" for line in self.missed.get(target, ())))
        peer.send(":t BATCH -b")


@contextmanager
def visit(tracker: ScriptedTracker, screen: SeenScreen, password: str = "secret") -> Iterator[list[Outcome]]:
    """Run a visit of ann in a thread of its own; the outcome is in the list after the block."""
    screen.type_first(password)
    login = Login(Options("127.0.0.1", tracker.port, "ann"), screen)
    handshake, welcome = login.register(login.enter())
    chat = Chat(
        Session("ann", handshake.capabilities, shows_all=False), handshake, screen, login, Local(Path(), Path())
    )
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(chat.run(welcome)))
    thread.start()
    try:
        screen.wait_for("* in #lobby: @ann")
        yield outcomes
    finally:
        screen.type("/quit")
        thread.join()


def commands(peer: Peer, *commands: str) -> list[str]:
    return [line for line in peer.received if re.sub(r"^@\S+ ", "", line).split()[0] in commands]


def lose_then(tracker: ScriptedTracker, then: Callable[[], None]) -> Callable[[Peer, Message], None]:
    def hang_up(peer: Peer, _message: Message) -> None:
        del tracker.answers["PRIVMSG"]
        then()
        peer.hang_up()

    return hang_up
