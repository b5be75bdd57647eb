"""Trying to come back after a lost connection, in a thread of its own, with a growing pause between two attempts.

What comes of it is told to `link`. Nothing is asked meanwhile, so that one can go on typing.
"""

from __future__ import annotations

import random
import threading
from time import monotonic
from typing import Protocol

from chatcore.errors import ChatError, ConfigError
from chatcore.protocol.goodbye import Ending, ending_of, is_passing, shown
from chatcore.protocol.message import Message
from chatcore.terminal.connecting.connection import Connection
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import Login, Ticket
from chatcore.terminal.connecting.turned_away import Ended, NickRefused, NoAnswer, NotEncrypted

GIVE_UP_S = 600.0
"""As long as a tracker keeps the token."""

PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""The last one is repeated. Each is up to a fifth shorter or longer: not all who were lost come back at once."""

MOST_NICK_REFUSALS = 5
"""A tracker may take so many attempts to see that the connection that has our name is dead."""

_STOP_S = 0.5
_TICK_S = 1.0
_CONNECTING = "connection lost; connecting..."


class Chatting(Protocol):
    """Who is told. All is called in this thread."""

    def tell_absence(self, text: str) -> None:
        """Show how it goes."""

    def come_back(self, handshake: Handshake, welcome: Message) -> None:
        """Go on with this connection."""

    def stay_away(self, reason: str, *, is_over: bool) -> None:
        """Give up; `is_over`: the chat itself has ended."""

    def fail(self, fault: Exception) -> None:
        """End because of a fault of ours."""


class Comeback:
    """One absence. `start`, `hurry` and `stop` are for any other thread."""

    def __init__(self, login: Login, ticket: Ticket, chat: Chatting) -> None:
        self._login = login
        self._ticket = ticket
        self._chat = chat
        self._refusals = 0  # of the nick
        self._reason = ""  # why the last attempt failed
        self._changed = threading.Condition()  # guards the three below
        self._is_hurried = False
        self._is_stopping = False
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="comeback", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def hurry(self) -> None:
        """Try now, if there is a pause."""
        with self._changed:
            self._is_hurried = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Try no more."""
        with self._changed:
            self._is_stopping = True
            connection = self._connection
            self._changed.notify_all()
        if connection is not None:
            connection.give_up("we leave")
        if self._thread is not threading.current_thread():
            self._thread.join(_STOP_S)  # it may be waiting for a name to be looked up

    def _run(self) -> None:
        """Try until it is over: the whole of the thread."""
        try:
            self._try_on()
        except Exception as fault:  # noqa: BLE001 - the main thread raises it when the terminal is restored
            self._chat.fail(fault)

    def _try_on(self) -> None:
        deadline = monotonic() + GIVE_UP_S
        attempt = 0
        while monotonic() < deadline:
            pause_s = PAUSES_S[min(attempt, len(PAUSES_S) - 1)] * random.uniform(0.8, 1.2)
            if not self._wait(pause_s):
                return
            attempt += 1
            self._chat.tell_absence(_CONNECTING)
            try:
                handshake, welcome = self._login.come_back(self._ticket, self._watch)
            except ChatError as error:
                if not self._can_go_on(error):
                    self._give_up(error)
                    return
                self._reason = str(error)
            else:
                self._chat.come_back(handshake, welcome)
                return
        self._chat.stay_away(f"no way back in {GIVE_UP_S / 60:.0f} minutes: {self._reason}", is_over=False)

    def _wait(self, pause_s: float) -> bool:
        """Wait, and show for how long still; return False if that is no longer wanted."""
        until = monotonic() + pause_s
        while (left_s := until - monotonic()) > 0:
            self._chat.tell_absence(f"connection lost; trying again in {left_s:.0f} s (Enter: now)")
            with self._changed:
                if self._changed.wait_for(lambda: self._is_hurried or self._is_stopping, min(left_s, _TICK_S)):
                    break
        with self._changed:
            self._is_hurried = False
            return not self._is_stopping

    def _watch(self, connection: Connection) -> None:
        with self._changed:
            self._connection = connection
            is_stopping = self._is_stopping
        if is_stopping:
            connection.give_up("we leave")

    def _can_go_on(self, error: ChatError) -> bool:
        """Return whether another attempt may have more success: who was refused must not try on and on."""
        if isinstance(error, NickRefused):
            self._refusals += 1
            return self._refusals < MOST_NICK_REFUSALS
        if isinstance(error, Ended):
            return is_passing(error.error)
        return isinstance(error, ConfigError | NoAnswer | NotEncrypted)

    def _give_up(self, error: ChatError) -> None:
        if isinstance(error, Ended) and ending_of(error.error) is Ending.CHAT:
            self._chat.stay_away(shown(error.error), is_over=True)
        else:
            name = f"{self._ticket.nick}: " if isinstance(error, NickRefused) else ""
            self._chat.stay_away(f"{name}{error}", is_over=False)
