"""One visit: brings what arrives and what is typed together in a session.

`Chat`'s lock guards the session and covers showing, but not sending. Messages still go out in order, because typed
input waits until the session is settled, and the reader sends nothing while it is.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from enum import Enum
from functools import partial
from time import monotonic

from chatcore.errors import ChatError
from chatcore.protocol.message import Message
from chatcore.terminal.effects import Answer, AskPassword, Effect, Item, OpenExport, Problem, Request, WriteExport
from chatcore.terminal.exporter import Exporter
from chatcore.terminal.handshake import Handshake
from chatcore.terminal.moderation import become_operator
from chatcore.terminal.pace import Pace
from chatcore.terminal.received import receive
from chatcore.terminal.screen import Screen, Terminated, Woken
from chatcore.terminal.search import Search
from chatcore.terminal.session import Session
from chatcore.terminal.typed import take_destination, type_line, type_text
from chatcore.terminal.waiting import wait_until

PATIENCE_S = 120.0
"""A tracker that owes us an answer and has sent nothing but PING for this long is gone."""

SLOW_SEARCH_S = 1.0
"""A search that takes longer is remarked upon, as nothing else shows that it goes on."""

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
        self._pace = Pace()  # the main thread's
        self._exporter = Exporter(self._connection.send, self._remark, self._end_export)
        self._reminder: threading.Timer | None = None  # the main thread's
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
            self._stop_threads()
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
            self._exporter.wait(lambda: self._has_ended or self._is_silent)
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
        wanted = next((effect for effect in effects if isinstance(effect, AskPassword)), None)
        if wanted is not None:
            return self._become_operator(wanted.name)
        return next((effect for effect in effects if isinstance(effect, Request)), None)

    def _become_operator(self, name: str) -> Request | None:
        """Ask for the password; whoever leaves the question stays in the chat. Raises Woken."""
        try:
            password = self._screen.ask(f"Password of the IRC operator {name}: ", is_secret=True)
        except Terminated:
            raise
        except KeyboardInterrupt:
            password = ""
        except EOFError:
            if not self._screen.is_interactive:
                return Request.LEAVE
            password = ""
        self._take(
            partial(become_operator, self._session, name, _LINE_END.split(password.replace("\0", ""), maxsplit=1)[0])
        )
        return None

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
            self._remind_of(self._session.search)
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
            if isinstance(effect, OpenExport | WriteExport):
                self._exporter.take(effect)
            elif not isinstance(effect, Message | Request | AskPassword):
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
        """Pause before more lines, with the lock held."""
        wait_until(self._changed, lambda: self._has_ended, self._pace.pause_s(took_s, monotonic()))

    def _remark(self, item: Item) -> None:
        """Show something that nobody typed or sent. Any thread, without the lock."""
        with self._changed:
            self._screen.show(item)

    def _end_export(self, reason: str) -> None:
        with self._changed:
            self._session.export = None
            self._screen.show(Problem(reason))

    def _remind_of(self, search: Search | None) -> None:
        """Say that a search goes on, if it still does so in a while."""
        if search is None or not self._screen.is_interactive:
            return

        def remind() -> None:
            with self._changed:
                if self._session.search is search:
                    self._screen.show(Answer("searching..."))

        self._stop_reminder()
        self._reminder = threading.Timer(SLOW_SEARCH_S, remind)
        self._reminder.start()

    def _stop_reminder(self) -> None:
        if self._reminder is not None:
            self._reminder.cancel()

    def _stop_threads(self) -> None:
        self._stop_reminder()
        if self._reminder is not None:
            self._reminder.join(SLOW_SEARCH_S)
        self._exporter.stop()

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
