"""One visit: brings what arrives and what is typed together in a session.

`Chat`'s lock guards the session and covers showing, but not sending. Messages still go out in order, because typed
input waits until the session is settled, and the reader sends nothing while it is.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Iterable
from enum import Enum
from functools import partial
from time import monotonic

from chatcore.errors import ChatError
from chatcore.protocol.message import Message
from chatcore.terminal.effects import Effect, Problem, Request
from chatcore.terminal.handshake import Handshake
from chatcore.terminal.received import receive
from chatcore.terminal.screen import Screen, Woken
from chatcore.terminal.session import Session
from chatcore.terminal.typed import take_destination, type_line, type_text
from chatcore.terminal.waiting import wait_until

PATIENCE_S = 120.0
"""A tracker that owes us an answer and has sent nothing but PING for this long is gone."""

SLOW_ANSWER_S = 0.5
"""An answer that is this much slower than the quickest shows that the tracker is holding us back."""

_MOST_PAUSE_S = 10.0
_LONG_AGO_S = 30.0
_LINE_END = re.compile("\r\n|\r|\n")


class Outcome(Enum):
    """How a visit ended."""

    LEFT = "left"
    SAID_GOODBYE = "the tracker said goodbye"
    BROKEN = "the connection broke"
    LOGGED_OUT = "logged out"


class Chat:
    """A visit. `run` is for the main thread; `_arrived` is called by the connection's reader."""

    def __init__(
        self, session: Session, handshake: Handshake, screen: Screen, enter_again: Callable[[], Handshake]
    ) -> None:
        """Take over a registered connection. `enter_again` opens and proves another, for a logout."""
        self.next_handshake: Handshake | None = None
        """Where to continue after a logout."""
        self._session = session
        self._connection = handshake.connection
        self._screen = screen
        self._enter_again = enter_again
        self._pause_s = 0.0  # this and the two below are the main thread's
        self._paused_at = 0.0
        self._quickest_s = math.inf
        self._changed = threading.Condition()  # guards the session and the three below
        self._heard_at = 0.0
        self._has_ended = False
        self._is_leaving = False

    def run(self, welcome: Message) -> Outcome:
        """Start with the tracker's welcome and continue until either side ends it."""
        try:
            outcome = self._until_the_end(welcome)
            if outcome in (Outcome.LEFT, Outcome.LOGGED_OUT):
                self._quit()
        finally:
            self._connection.close()
        if self._connection.fault is not None:
            raise self._connection.fault
        return outcome

    def _until_the_end(self, welcome: Message) -> Outcome:
        try:
            self._screen.complete_from(self._completions)
            self._arrived(welcome)
            self._connection.deliver_to(self._arrived)
            return self._converse()
        except KeyboardInterrupt:
            if self.next_handshake is not None:
                self.next_handshake.connection.quit()
            return Outcome.LEFT

    def _converse(self) -> Outcome:
        """Handle what is typed until there is a reason to stop."""
        request = None
        while request is None and not self._has_ended:
            try:
                request = self._type(self._screen.read_line())
            except Woken:
                continue
            except EOFError:
                request = Request.LEAVE
            if request is Request.LOGOUT and not self._open_next():
                request = None
        if request is Request.LEAVE and not self._screen.is_interactive:
            self._wait_for_echoes()
        if self._has_ended:
            return self._how_it_ended()
        return Outcome.LOGGED_OUT if request is Request.LOGOUT else Outcome.LEFT

    def _type(self, typed: str) -> Request | None:
        """Carry out a typed line, or say the lines of a paste, which are never meant as commands."""
        first, *more = _LINE_END.split(typed.replace("\0", ""))
        if any(line.strip() for line in more):
            self._say_all([line for line in (first, *more) if line.strip()])
            return None
        effects = self._take(partial(type_line, self._session, first))
        return next((effect for effect in effects if isinstance(effect, Request)), None)

    def _say_all(self, lines: list[str]) -> None:
        with self._changed:
            if not self._settle():
                return
            destination = take_destination(self._session)
        for line in lines:
            effects = self._take(partial(type_text, self._session, line, destination))
            if not effects or any(isinstance(effect, Problem) for effect in effects):
                return

    def _take(self, understand: Callable[[], list[Effect]]) -> list[Effect]:
        """Interpret a line once the one before has been answered; return its effects, none after the end."""
        with self._changed:
            if not self._settle():
                return []
            effects = understand()
            self._show(effects)
        self._send(effects)
        return effects

    def _arrived(self, message: Message | None) -> None:
        """Handle one message, or the end of the connection."""
        with self._changed:
            self._heard_at = monotonic()
            if message is None:
                self._has_ended = True
                effects: list[Effect] = []
                if not self._is_leaving:
                    self._screen.wake()
            else:
                effects = receive(self._session, message)
                if not (self._is_leaving and message.command == "ERROR"):  # it only answers our QUIT
                    self._show(effects)
            self._changed.notify_all()
        self._send(effects)

    def _show(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if not isinstance(effect, Message | Request):
                self._screen.show(effect)
        self._screen.show_status(self._session.status)

    def _send(self, effects: Iterable[Effect]) -> None:
        messages = [effect for effect in effects if isinstance(effect, Message)]
        if messages:
            self._connection.send(*messages)

    def _settle(self) -> bool:
        """Wait, with the lock held, until the session is settled; return whether the connection is still open."""
        self._heard_at = asked_at = monotonic()
        wait_until(self._changed, lambda: self._session.is_settled or self._has_ended or self._is_silent)
        if not (self._session.is_settled or self._has_ended):
            self._connection.give_up("the tracker no longer answers")
            wait_until(self._changed, lambda: self._has_ended)
        if self._session.has_said_much:
            self._session.has_said_much = False
            self._keep_pace(monotonic() - asked_at)
        return not self._has_ended

    def _keep_pace(self, took_s: float) -> None:
        """Pause before more lines, with the lock held: a tracker disconnects clients that outrun its limit for long."""
        if monotonic() - self._paused_at > _LONG_AGO_S:
            self._pause_s = 0.0
        self._quickest_s = min(self._quickest_s, took_s)
        late_s = took_s - self._quickest_s
        if late_s > SLOW_ANSWER_S:
            self._pause_s = min(self._pause_s + late_s, _MOST_PAUSE_S)
        wait_until(self._changed, lambda: self._has_ended, self._pause_s)
        self._paused_at = monotonic()

    @property
    def _is_silent(self) -> bool:
        return monotonic() - self._heard_at > PATIENCE_S

    def _wait_for_echoes(self) -> None:
        """Wait until everything sent has been delivered: the PONG comes after it."""
        with self._changed:
            if not self._settle():
                return
            ping = self._session.ping()
        self._connection.send(ping)
        with self._changed:
            self._settle()

    def _open_next(self) -> bool:
        """Open and authenticate the next connection before this one ends: the tracker might end with it."""
        try:
            self.next_handshake = self._enter_again()
        except ChatError as error:
            self._screen.show(Problem(f"not logged out: {error}"))
            return False
        return True

    def _quit(self) -> None:
        with self._changed:
            self._is_leaving = True
        try:
            self._connection.quit()
        except KeyboardInterrupt:
            pass  # a second Ctrl+C closes at once

    def _how_it_ended(self) -> Outcome:
        if self._session.goodbye is not None:
            return Outcome.SAID_GOODBYE
        self._screen.show(Problem(self._connection.end_reason))
        return Outcome.BROKEN

    def _completions(self) -> tuple[list[str], list[str]]:
        """Return the names of rooms and of people, those in the current room first."""
        with self._changed:
            rooms = list(self._session.rooms)
            here = self._session.rooms.current
            nicks = dict.fromkeys(here.members if here else ())
            for room in rooms:
                nicks.update(dict.fromkeys(room.members))
            return [room.name for room in rooms], list(nicks)
