"""A session joined to its connection and its screen. `comeback` replaces a lost connection with another one.

One lock guards the session. It is held while effects are shown, but not while messages are sent. Messages still go out
in order, because typed input waits until the session is settled, and the reader sends nothing while it is settled.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from time import monotonic

from chatcore.protocol.goodbye import ending_of, is_passing
from chatcore.protocol.message import Message
from chatcore.terminal.alarm import Alarm
from chatcore.terminal.commands.typed import begin_text, where_text_goes
from chatcore.terminal.connecting.comeback import Comeback
from chatcore.terminal.connecting.connection import SAYS_NOTHING, Connection
from chatcore.terminal.connecting.elsewhere import Place
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.connecting.pace import Pace
from chatcore.terminal.connecting.ticket import Ticket
from chatcore.terminal.exporter import Exporter
from chatcore.terminal.local import Local
from chatcore.terminal.outcome import Outcome
from chatcore.terminal.screen.screen import Screen
from chatcore.terminal.session import arriving, marking
from chatcore.terminal.session.absence import Absence
from chatcore.terminal.session.effects import Effect, Item, Problem, Told, WriteExport
from chatcore.terminal.session.postponed import put_off, unsaid_in
from chatcore.terminal.session.reactions import show_rest
from chatcore.terminal.session.received import receive
from chatcore.terminal.session.returning import leave
from chatcore.terminal.session.session import Session
from chatcore.terminal.session.status import status_of
from chatcore.terminal.showing import Showing, keep_quiet
from chatcore.terminal.waiting import wait_until

PATIENCE_S = 120.0
"""A tracker that owes us an answer and has sent nothing but PING for this long counts as gone."""
HOW_TO_COME_BACK = "to come back, start the client again"


class Link:
    """One visit's session, connection and screen. For the main thread, except where a method says otherwise."""

    def __init__(
        self, session: Session, handshake: Handshake, screen: Screen, login: Login | None, local: Local | None
    ) -> None:
        """Take over a registered connection. `login` replaces it after a loss; without one, a loss ends the visit."""
        self.changed = threading.Condition()
        """Guards everything below."""
        self.session = session
        self.connection = handshake.connection
        self.outcome: Outcome | None = None
        """How the visit ended, unless the person chose to leave."""
        self.problem = ""
        """The reason to show for it; '' if the tracker has given one itself."""
        self.fault: Exception | None = None
        """An exception raised in one of our own threads."""
        self._local = local
        self.exporter = Exporter(local, self._ask, self.remark, self._end_export)
        self._showing = Showing(screen, self.exporter, self._keep_quiet)
        self._alarm = Alarm(self._ring)
        self._screen = screen
        self._login = login
        self._pace = Pace()
        self._heard_at = 0.0
        self._losses = 0
        self.comeback: Comeback | None = None
        """Looks for another connection while this one is lost."""
        self._lost: Absence | None = None  # what to restore after a lost connection
        self._absence = ""  # the progress of coming back, for the status line
        self._is_leaving = False

    @property
    def is_lost(self) -> bool:
        """Whether the connection is lost and not yet replaced."""
        return self._lost is not None

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._lost is None and self.outcome is None

    @property
    def is_over_or_silent(self) -> bool:
        return self.outcome is not None or monotonic() - self._heard_at > PATIENCE_S

    def start(self, welcome: Message) -> None:
        """Handle the tracker's welcome, then every message as it arrives."""
        self._arrived(welcome)
        self.connection.deliver_to(self._arrived)

    def take(self, understand: Callable[[Session], list[Effect]], *, is_text: bool = False) -> list[Effect] | None:
        """Interpret typed input once everything before it has been answered.

        Return its effects, or None without a connection. On a terminal, text (`is_text`) does not wait for answers that
        cannot change where it goes.
        """
        with self.changed:
            is_at_once = is_text and self._screen.is_interactive and self.session.can_be_spoken_in
            if not (self.is_open if is_at_once else self.settle()):
                return None
            self.session.clock.now = monotonic()
            effects = understand(self.session)
            self.show(effects)
            connection = self.connection
        _send(connection, effects)
        return effects

    def settle(self) -> bool:
        """Wait, with the lock held, until the session is settled; return whether there is a connection."""
        self._heard_at = asked_at = monotonic()
        losses = self._losses
        wait_until(self.changed, lambda: self.session.is_settled or self.is_lost or self.is_over_or_silent)
        if not (self.session.is_settled or self.is_lost or self.outcome):
            self.connection.give_up(SAYS_NOTHING)
            wait_until(self.changed, lambda: self._losses > losses)
        if self.session.has_said_much:
            self.session.has_said_much = False
            pause_s = self._pace.pause_s(monotonic() - asked_at, monotonic())
            wait_until(self.changed, lambda: self.is_lost or self.outcome is not None, pause_s)
        return not self.is_lost and self.outcome is None and self.session.is_settled

    def remark(self, item: Item) -> None:
        """Show a remark of the client's own. Any thread, without the lock."""
        with self.changed:
            self._screen.show(item)

    def put_off(self, texts: list[str], target: str | None = None) -> bool:
        """Keep messages for later if the connection is lost; return whether they were kept.

        They go to `target`, or to wherever the next line would go.
        """
        with self.changed:
            lost, session = self._lost, self.session
            target = target or where_text_goes(session)
            if lost is None or not texts or target is None:
                return False
            begin_text(session)
            is_kept = put_off(session, lost, target, texts)
            self.show(())
            return is_kept

    def leave(self) -> None:
        """Tell the tracker that we leave; without a connection, show the person what was never sent."""
        with self.changed:
            self._is_leaving = True
            self.show(self.session.noted(show_rest(self.session)))
            if self._lost is not None:
                self.show(unsaid_in(self._lost))
            read = marking.mark_last(self.session)
        _send(self.connection, read)
        with suppress(KeyboardInterrupt):  # a second Ctrl+C closes at once
            self.connection.quit()

    def close(self) -> None:
        """End the connection and all threads."""
        with self.changed:
            self._is_leaving = True
            comeback = self.comeback
        if comeback is not None:
            comeback.stop()
        self._alarm.stop()
        self.exporter.stop()
        self.connection.close()

    def tell_absence(self, text: str) -> None:
        """Show the progress of coming back. For `comeback`."""
        with self.changed:
            self._absence = text
            self.show(())

    def come_back(self, handshake: Handshake, welcome: Message, place: Place | None) -> None:
        """Continue on another connection, perhaps to another tracker. For `comeback`."""
        connection, before = handshake.connection, self.connection
        with self.changed:
            lost = None if self._is_leaving else self._lost
            if lost is not None:
                lost.is_resumed, lost.place = handshake.is_resumed, place.address if place else ""
                memory, shows_all, limits = self.session.memory, self.session.shows_all, handshake.limits
                nick, capabilities = welcome.params[0], handshake.capabilities
                self.session = Session(nick, capabilities, memory, lost, limits, shows_all=shows_all)
                self.connection = connection
                self._lost, self.comeback, self._absence = None, None, ""
        if lost is None:
            connection.quit()
        else:
            before.close()
            self.start(welcome)

    def stay_away(self, reason: str, *, is_over: bool) -> None:
        """End the visit; `is_over`: the chat itself has ended. For `comeback`."""
        with self.changed:
            if self._lost is not None:
                self.show(unsaid_in(self._lost))
            if is_over:
                self._screen.show(Told(reason))
            else:
                self.problem = f"{reason}; {HOW_TO_COME_BACK}"
            self._end(Outcome.SAID_GOODBYE if is_over else Outcome.BROKEN)

    def fail(self, fault: Exception) -> None:
        """End the visit because of an exception of our own. For `comeback`."""
        with self.changed:
            self.fault = fault
            self._end(Outcome.BROKEN)

    def _arrived(self, message: Message | None) -> None:
        """Handle one message, or the end of the connection. In the connection's reader."""
        effects: list[Effect] = []
        with self.changed:
            self._heard_at = self.session.clock.now = monotonic()
            connection = self.connection
            if message is None:
                self._lose()
            else:
                effects = receive(self.session, message)
                if not (self._is_leaving and message.command == "ERROR"):  # it only answers our QUIT
                    self.show(effects)
            self.changed.notify_all()
        _send(connection, effects)

    def _lose(self) -> None:
        """Handle the end of the connection, with the lock held: try to come back, or end the visit."""
        self._losses += 1
        session, connection = self.session, self.connection
        self.show(session.noted(show_rest(session)))
        self.fault = fault = self.fault or connection.fault
        login = self._login if self._screen.has_person and not (self._is_leaving or fault) else None
        ticket = login.whereabouts.ticket_after(session, connection.certificate) if login is not None else None
        if login is not None and ticket is not None:
            self._begin_comeback(login, ticket)
            return
        self.problem = "" if session.goodbye is not None else connection.end_reason
        self.show(unsaid_in(leave(session)) if not self._is_leaving else ())
        self._end(Outcome.BROKEN if is_passing(session.error) else Outcome.SAID_GOODBYE)

    def _begin_comeback(self, login: Login, ticket: Ticket) -> None:
        if self.session.goodbye is None:
            self._screen.show(Problem(self.connection.end_reason))
        if self.session.export is not None:
            self.exporter.take(WriteExport((), "", is_last=True))
        if self.session.memory.account is not None:
            login.use_account(*self.session.memory.account)
        self._lost = leave(self.session)
        is_silent = self.connection.end_reason == SAYS_NOTHING
        ending = ending_of(self.session.error)
        self.comeback = Comeback(login, ticket, self, ending=ending, is_silent=is_silent)
        self.comeback.start()

    def _ring(self) -> None:
        """Carry out what the session has scheduled. In the alarm's thread."""
        try:
            with self.changed:
                effects = self.session.carry_out(monotonic())
                self.show(effects)
                connection = self.connection
            _send(connection, effects)
        except Exception as fault:  # noqa: BLE001 - the main thread raises it when the terminal is restored
            self.fail(fault)

    def _end(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self._lost = self.comeback = None
        if not self._is_leaving:
            self._screen.wake()
        self.changed.notify_all()

    def _ask(self, message: Message) -> None:
        self.connection.send(message)

    def _end_export(self, reason: str) -> None:
        with self.changed:
            self.session.export = None
            self._screen.show(Problem(reason))

    def show(self, effects: Iterable[Effect]) -> None:
        """Show effects and update the status line, with the lock held."""
        self._showing.show(effects)
        arriving.plan(self.session)
        marking.plan(self.session)
        self._alarm.set(self.session.clock.next)
        self._screen.show_status(status_of(self.session)._replace(absence=self._absence))

    def _keep_quiet(self) -> None:
        """Save who is ignored and which rooms are muted, with the lock held."""
        if self._local is not None:
            keep_quiet(self.session.memory.quiet, self._local, self._screen)


def _send(connection: Connection, effects: Iterable[Effect]) -> None:
    messages = [effect for effect in effects if isinstance(effect, Message)]
    if messages:
        connection.send(*messages)
