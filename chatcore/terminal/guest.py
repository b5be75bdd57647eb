"""The client as a guest inside a tracker, for somebody who has come by ssh: on a screen that is elsewhere.

A guest is one thread of a process that has others. It has no `Local`: it touches no file, neither sets nor sends a
signal, reads nothing of the environment, and starts no thread but that of all alarms. Nothing is asked that the tracker
knows already, and when the connection ends, so does the visit.
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
    """Return the screen for a terminal: a plain one if that can only show text. In the guest's thread."""
    term = terminal.environment.get("TERM", "")
    if not term or is_dumb_terminal(term):
        return PlainScreen(DumbTerminal(terminal))
    return TerminalScreen(terminal=terminal)


INTERRUPTED = 128 + signal.SIGINT


def run(
    screen: Screen, open_connection: Callable[[], Connection], name: str = "", *, room: str = "", room_key: str = ""
) -> int:
    """Chat until either side ends it; return the exit status, which is that of the client. In the guest's thread.

    `open_connection` returns a connection on which nothing has been said and nothing need be proven; it is called
    once, and may raise Refused. The `name` is claimed; whoever cannot have it is told why and asked for
    another, but for a pipe. `room` is where to begin. Raises only what is a fault of ours.
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
