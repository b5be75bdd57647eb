"""Reconnecting after a lost connection, in a thread of its own, with growing pauses between attempts.

The result goes to `link`. Nothing is asked meanwhile, so that the person can go on typing. After a loss it tries for as
long as it takes: a network may be down for a night. An obstacle that needs a person's decision waits for Enter.
"""

from __future__ import annotations

import math
import random
import threading
from enum import Enum, auto
from time import monotonic
from typing import Protocol

from chatcore.errors import ChatError
from chatcore.protocol.goodbye import TRACKER_LEFT, Ending, ending_of, is_passing, shown
from chatcore.protocol.message import Message
from chatcore.terminal.connecting.awake import Awake
from chatcore.terminal.connecting.connection import Connection
from chatcore.terminal.connecting.elsewhere import Place, Route
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.connecting.ticket import Ticket
from chatcore.terminal.connecting.turned_away import Ended, NickRefused, WrongPassword, may_pass
from chatcore.terminal.session.effects import Item, Problem

AWAITED_S = 600.0
"""How long to wait for a tracker that said it would be back soon; sleep does not count."""

PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0, 25.0)
"""The last one repeats. Each varies by up to a fifth, so that lost clients do not all come back at once."""

UNTOLD_NICK_REFUSALS = 5
"""A tracker may take this many attempts to notice that the connection that holds our name is dead."""

MOST_ATTEMPT_S = 240.0
"""No attempt takes longer, as each of its stages has a deadline."""

MOST_ROUNDS_WHEN_GONE = 3
"""How often to try the other trackers after ours has shut down; then they count as gone, too."""

UNTOLD_FAILURES = 3
MOST_TOLD_REASONS = 10

_STOP_S = 0.5
_TICK_S = 1.0
_LOST = "no connection"
_AWAITED = "back soon"
_NOT_LET_IN = "not let in (Enter: try again)"
_NAME_TAKEN = "; /name OTHER comes back under another one"


class Chatting(Protocol):
    """What a comeback reports to. All methods are called in its thread."""

    def tell_absence(self, text: str) -> None:
        """Show the progress."""

    def remark(self, item: Item) -> None:
        """Show an item."""

    def come_back(self, handshake: Handshake, welcome: Message, place: Place | None) -> None:
        """Continue on this connection; it leads to another tracker if there is a `place`."""

    def stay_away(self, reason: str, *, is_over: bool) -> None:
        """Give up; `is_over`: the chat itself has ended."""

    def fail(self, fault: Exception) -> None:
        """End the visit because of an exception of our own."""


class _Turn(Enum):
    """What to do after a pause."""

    NEXT = auto()
    FRESH = auto()  # start over with the shortest pause
    NONE = auto()


class Comeback:
    """One absence. `start`, `hurry`, `rename`, `stop` and `has_wrong_password` may be used by any other thread."""

    def __init__(
        self, login: Login, ticket: Ticket, chat: Chatting, *, ending: Ending = Ending.VISIT, is_silent: bool = False
    ) -> None:
        """`ending` is what the tracker said has ended; after CHAT it is gone, so there must be other trackers.

        `is_silent`: the tracker stopped answering and was given up.
        """
        self.login = login
        """Takes another password, if one is needed."""
        self._ticket = ticket
        self._chat = chat
        self._is_awaited = ending is Ending.RUN
        self._is_gone = ending is Ending.CHAT
        self._route = Route(
            ticket.elsewhere, is_here_gone=self._is_gone, is_awaited=self._is_awaited, is_silent=is_silent
        )
        self._awake = Awake()
        self._nick_refusals = 0
        self._failures = 0
        self._told: set[str] = set()
        self._obstacle: ChatError | None = None
        self._changed = threading.Condition()  # guards the four below
        self._is_hurried = False
        self._is_stopping = False
        self._new_nick: str | None = None
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="comeback", daemon=True)

    @property
    def has_wrong_password(self) -> bool:
        """Whether another password is needed, to be given to `login` before `hurry`."""
        return isinstance(self._obstacle, WrongPassword)

    def start(self) -> None:
        self._thread.start()

    def hurry(self) -> None:
        """End the current pause and try now, whatever the obstacle."""
        with self._changed:
            self._is_hurried = True
            self._changed.notify_all()

    def rename(self, nick: str) -> None:
        """Try now to come back under this name."""
        with self._changed:
            self._new_nick = nick
        self.hurry()

    def stop(self) -> None:
        """Stop trying."""
        with self._changed:
            self._is_stopping = True
            connection = self._connection
            self._changed.notify_all()
        if connection is not None:
            connection.give_up("we leave")
        if self._thread is not threading.current_thread():
            self._thread.join(_STOP_S)  # it may be waiting for a DNS lookup

    def _run(self) -> None:
        """Try until it is over. Runs in a thread of its own."""
        try:
            self._try_on()
        except Exception as fault:  # noqa: BLE001 - the main thread raises it when the terminal is restored
            self._chat.fail(fault)

    def _try_on(self) -> None:
        rounds, turn = 1, self._pause(0)
        while turn is not _Turn.NONE:
            if turn is _Turn.FRESH:
                rounds = 1
                self._route.restart()
            if not self._try(self._route.next()):
                return
            has_slept = self._awake.tick(MOST_ATTEMPT_S)
            if has_slept:
                turn = _Turn.FRESH
            elif self._route.is_round_over or self._obstacle is not None:
                turn = self._end_round(rounds)
                rounds += 1
            else:
                turn = self._begin_attempt(_Turn.NEXT)

    def _try(self, place: Place | None) -> bool:
        """Try once, at `place` or where we were; return whether to go on trying."""
        to = "" if place is None else f" to {place.address}"
        self._chat.tell_absence(f"{self._state}; connecting{to}...")
        try:
            handshake, welcome = self.login.come_back(self._ticket, self._watch, place)
        except ChatError as error:
            return self._can_go_on(error, place)
        self._chat.come_back(handshake, welcome, place)
        return False

    def _end_round(self, rounds: int) -> _Turn:
        """Pause after trying every place, or give up if all trackers are gone."""
        if self._is_gone and rounds >= MOST_ROUNDS_WHEN_GONE and self._obstacle is None:
            self._chat.stay_away(TRACKER_LEFT, is_over=True)
            return _Turn.NONE
        return self._pause(rounds)

    @property
    def _state(self) -> str:
        return _AWAITED if self._is_awaited else _LOST

    def _pause(self, attempt: int) -> _Turn:
        """Wait before an attempt, showing the time left; return what to do then."""
        pause_s = PAUSES_S[min(attempt, len(PAUSES_S) - 1)] * random.uniform(0.8, 1.2)
        until, turn = monotonic() + pause_s, _Turn.NEXT
        while turn is _Turn.NEXT and (left_s := until - monotonic() if self._obstacle is None else math.inf) > 0:
            if self._is_awaited and self._awake.seconds >= AWAITED_S:
                self._chat.stay_away(f"the tracker did not come back in {AWAITED_S / 60:.0f} minutes", is_over=False)
                return _Turn.NONE
            when = f"{self._state}; again in {math.ceil(left_s)} s (Enter: now)" if left_s < math.inf else ""
            self._chat.tell_absence(when or _NOT_LET_IN)
            turn = self._wait(min(left_s, _TICK_S))
        return self._begin_attempt(turn)

    def _wait(self, within_s: float) -> _Turn:
        """Wait for a moment; return FRESH if the person wants to try now or the machine has slept."""
        with self._changed:
            is_wanted = self._changed.wait_for(lambda: self._is_hurried or self._is_stopping, within_s)
        has_slept = self._awake.tick() and self._obstacle is None
        return _Turn.FRESH if is_wanted or has_slept else _Turn.NEXT

    def _begin_attempt(self, turn: _Turn) -> _Turn:
        """Apply what was asked for during the pause."""
        self._obstacle = None
        with self._changed:
            self._is_hurried = False
            if self._new_nick is not None:
                self._ticket = self._ticket._replace(nick=self._new_nick, is_renamed=True)
                self._new_nick = None
            return _Turn.NONE if self._is_stopping else turn

    def _watch(self, connection: Connection) -> None:
        with self._changed:
            self._connection = connection
            is_stopping = self._is_stopping
        if is_stopping:
            connection.give_up("we leave")

    def _can_go_on(self, error: ChatError, place: Place | None = None) -> bool:
        """Return whether another attempt may succeed: a client that was refused must not keep trying."""
        if isinstance(error, Ended) and ending_of(error.error) is Ending.CHAT and self._ticket.elsewhere:
            if place is None:
                self._is_gone = True
                self._route.leave_out_here()
            return True
        if place is not None and _is_of_place(error):
            self._note_failure(error)
            return True
        if isinstance(error, Ended) and not is_passing(error.error):
            is_over = ending_of(error.error) is Ending.CHAT
            self._chat.stay_away(shown(error.error) if is_over else str(error), is_over=is_over)
            return False
        if isinstance(error, Ended):
            self._is_awaited |= ending_of(error.error) is Ending.RUN
        if isinstance(error, NickRefused):
            if error.is_ban:
                self._chat.stay_away(f"{self._ticket.nick}: {error}", is_over=False)
                return False
            self._nick_refusals += 1
            if self._nick_refusals >= UNTOLD_NICK_REFUSALS:
                self._tell(f"{self._ticket.nick}: {error}{_NAME_TAKEN}")
        elif may_pass(error):
            self._note_failure(error)
        else:
            self._obstacle = error
            with self._changed:
                self._is_hurried = False  # an Enter pressed before the obstacle was shown does not count
            self._chat.remark(Problem(str(error)))
        return True

    def _note_failure(self, error: ChatError) -> None:
        """Count one failure per round, and show one that persists."""
        if not self._route.is_round_over:
            return
        self._failures += 1
        if self._failures >= UNTOLD_FAILURES:
            self._tell(str(error))

    def _tell(self, reason: str) -> None:
        """Show, once, a reason for not being back yet."""
        if reason not in self._told and len(self._told) < MOST_TOLD_REASONS:
            self._told.add(reason)
            self._chat.remark(Problem(reason))


def _is_of_place(error: ChatError) -> bool:
    """Return whether another tracker might answer differently: all of them know the same people, passwords and bans."""
    if isinstance(error, Ended):
        return is_passing(error.error)
    return not isinstance(error, NickRefused | WrongPassword)
