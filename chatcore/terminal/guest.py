"""The client run as a guest inside the tracker, for a person who has come by ssh and whose screen is remote.

A guest is one thread of the tracker's process. It has no `Local`: it touches no file, neither handles nor sends
signals, does not read the environment, and starts no thread but the one shared by all alarms. It asks nothing that the
tracker already knows, and when the connection ends, so does the visit.
"""

from __future__ import annotations

import signal
from collections.abc import Callable

from prompt_toolkit.utils import is_dumb_terminal

from chatcore.prompting.remote_terminal import RemoteTerminal
from chatcore.terminal.connecting.connection import Connection
from chatcore.terminal.connecting.guest_login import GuestLogin
from chatcore.terminal.screen.dumb_terminal import DumbTerminal
from chatcore.terminal.screen.plain import PlainScreen
from chatcore.terminal.screen.prompt import TerminalScreen
from chatcore.terminal.screen.screen import Screen
from chatcore.terminal.session.quiet import Quiet
from chatcore.terminal.settings import Settings
from chatcore.terminal.visit import enter, memory_of, stay, tell_end


def screen_on(terminal: RemoteTerminal) -> Screen:
    """Return a screen for a terminal: a plain one if the terminal can only show text. In the guest's thread."""
    term = terminal.environment.get("TERM", "")
    if not term or is_dumb_terminal(term):
        return PlainScreen(DumbTerminal(terminal))
    return TerminalScreen(terminal=terminal)


INTERRUPTED = 128 + signal.SIGINT


def run(
    screen: Screen, open_connection: Callable[[], Connection], name: str = "", *, room: str = "", room_key: str = ""
) -> int:
    """Chat until either side ends it; return the client's exit status. In the guest's thread.

    `open_connection` returns a fresh connection that needs no authentication; it is called once, and may raise Refused.
    The guest claims `name`; if it is refused, the person is told why and asked for another, except in a pipe. `room` is
    where to begin. Raises only on a bug of our own.
    """
    login = GuestLogin(screen, open_connection, name, tuple(word for word in (room, room_key) if word))

    def come() -> int:
        handshake, welcome = enter(login)
        return stay(login, handshake, welcome, screen, lambda: memory_of(Settings(), Quiet()))

    with screen:
        try:
            return tell_end(screen, come)
        except KeyboardInterrupt:
            return INTERRUPTED
