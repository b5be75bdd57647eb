"""The state of a visit, and what a person can say in it. Knows no socket, thread, clock or terminal.

`received` and `typed` change a session and yield effects; their callers hold one lock around both.

**Settled.** What is typed after `/join` belongs in the new room, so it has to wait for the tracker's answer.
Therefore a PING follows each command, and the session is settled once its PONG has come: the tracker answers
in order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from chatcore.protocol.ctcp import DELIMITER, action
from chatcore.protocol.message import Message
from chatcore.protocol.modes import PREFIXES
from chatcore.protocol.multiline import BREAK
from chatcore.protocol.names import DEFAULT_CHANNEL, casefold, is_channel
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.protocol.wrap import wrap_text
from chatcore.terminal.session import seeing
from chatcore.terminal.session.absence import Absence, Memory
from chatcore.terminal.session.clock import Clock
from chatcore.terminal.session.effects import Effect, Manner, Problem, Said
from chatcore.terminal.session.export import Export
from chatcore.terminal.session.folding import Folding
from chatcore.terminal.session.looking import Looking
from chatcore.terminal.session.lookup import Lookup
from chatcore.terminal.session.multiline import ONE_LINE, Compositions, Limits, batch, divide
from chatcore.terminal.session.outbox import Outbox, Sent
from chatcore.terminal.session.recall import Recall
from chatcore.terminal.session.rooms import Room, Rooms
from chatcore.terminal.session.search import Search
from chatcore.terminal.session.supported import Supported
from chatcore.terminal.session.typists import TELLING, Typists

REGISTRATION = "draft/account-registration"
RESUME = "chatcore/resume"
TRACKERS = "chatcore/trackers"
ARRIVAL = "arrival"
"""The PING that is sent ahead, before the welcome: its PONG comes after the welcome."""

LINES_BETWEEN_PINGS = 64
"""How many messages may be in flight before the sender waits: a pasted book must not outrun the tracker."""

MOST_OPEN_BATCHES = 16
MOST_HELD_CHARS = 1 << 22
"""How much memory batches may take until their end; beyond that, parts of them are shown early."""

_PREFIXES = "".join(PREFIXES.values())
_WELCOME = "the end of the welcome"


class Batch(Protocol):
    """An incomplete batch, or the part of it that has not been dealt with yet."""

    commands: tuple[str, ...]
    """The commands it may contain."""
    held_chars: int

    def take(self, session: Session, message: Message) -> int:
        """Keep a message; return roughly how many characters of memory it takes."""

    def part(self, session: Session) -> Iterator[Effect]:
        """Deal early with the messages kept so far, because they take too much memory."""

    def end(self, session: Session) -> Iterator[Effect]:
        """Deal with the messages kept, at the end of the batch."""


class Session:
    """One visit, from the tracker's welcome on. Not thread-safe."""

    def __init__(
        self,
        nick: str,
        capabilities: Collection[str] = (),
        memory: Memory | None = None,
        absence: Absence | None = None,
        limits: Limits = ONE_LINE,
        *,
        shows_all: bool = True,
    ) -> None:
        """`memory` and `absence` come from the previous session when coming back.

        `shows_all`: show the lines of all views, as in a pipe, and not only those of the current one.
        """
        self.nick = nick
        self.memory = memory or Memory()
        self.views = self.memory.views
        self.outbox = Outbox()
        self.answered = ""
        """The label of the request that the current message answers."""
        self.absence = absence
        """What remains to be done after a lost connection; None if nothing."""
        self.entrance: tuple[str, ...] = (DEFAULT_CHANNEL,)
        """The room to begin in and its key, if it has one."""
        self.token = ""
        """The tracker's token for resuming this visit; '' if it gave none."""
        self.registering = ""
        """The password of an account whose registration is pending."""
        self.user_and_host: str | None = None
        """What follows our nick in the source that others see; None until our own JOIN has shown it."""
        self.supported = Supported()
        self.rooms = Rooms()
        self.clock = Clock()
        self.typists = Typists()
        self.foldings: dict[str, Folding] = {}
        """Reactions being folded, by the message they are about."""
        self.looking = Looking()
        self.lookup: Lookup | None = None
        self.batches: dict[str, Batch] = {}
        """Open batches by reference, oldest first; their messages have `batch` tags."""
        self.compositions = Compositions()
        self.limits = limits
        """The limits of a multi-line message."""
        self.search: Search | None = None
        """The pending search."""
        self.recall: Recall | None = None
        """The pending history that takes several requests."""
        self.export: Export | None = None
        self.exports_begun = 0
        self.rooms_listed = 0
        """How many rooms the answer to LIST has named so far."""
        self.private_to: str | None = None
        """Where the next typed line goes, after a line that only named the target."""
        self.asked_for = ""
        """The slash command that asked for a room's modes, or for one of its lists."""
        self.listed = 0
        """How many lines its answer has had so far."""
        self.otherwise = ""
        """What to show if the last command has had no effect by the time the session is settled."""
        self.trip = ""
        """The token of a pending PING that is being timed."""
        self.goodbye: str | None = None
        """The text of the tracker's ERROR, as shown to people."""
        self.error = ""
        """The text of the tracker's ERROR, as received."""
        self.has_arrived = False
        """Whether the welcome is over, and with it the tracker's chance to put us into a room."""
        self.is_moving = False
        """Whether the last command may enter or leave a room."""
        self.has_said_much = False
        """Whether so many messages were in flight that a PING had to follow. The sender resets it."""
        self.is_held = False
        """Whether the trackers cannot reach each other, so that a PONG does not confirm earlier messages."""
        self.is_refusing = False
        """Whether a message was refused. Reset before several are sent at once."""
        self.trackers_told: list[TrackerAddress] = []
        """An incomplete list of the chat's trackers."""
        self._capabilities = frozenset(capabilities)
        self._pings = 0
        self._batches = 0
        self._awaited: str | None = _WELCOME
        self._said_before = 0  # messages sent before the PING that is awaited
        self._lines_since_ping = 0
        self.shows_all = shows_all
        self._last_problem = ""  # since the last PING

    @property
    def is_settled(self) -> bool:
        """Whether all commands have been answered, so that the next line can be interpreted."""
        return self._awaited is None

    @property
    def can_be_spoken_in(self) -> bool:
        """Whether it is certain where a line of text goes, even if a command has not been answered yet."""
        is_here = self.has_arrived and self.absence is None and self.views.current is not None
        return is_here and not (self.is_moving or self.has_said_much)

    @property
    def is_being_welcomed(self) -> bool:
        """Whether the tracker's welcome is still going on."""
        return self._awaited == _WELCOME

    @property
    def room(self) -> Room | None:
        """The current room; None if the current view is a conversation, or if there is no view."""
        view = self.views.current
        return None if view is None else self.rooms.get(view.name)

    def has(self, capability: str) -> bool:
        return capability in self._capabilities

    def is_me(self, nick: str) -> bool:
        return casefold(nick) == casefold(self.nick)

    def ping(self) -> Message:
        """Return a PING; when its PONG comes the session is settled again."""
        self._pings += 1
        self._awaited = f"settled-{self._pings}"
        self._said_before = self.outbox.count
        self._lines_since_ping = 0
        self._last_problem = ""
        return Message("PING", (self._awaited,))

    def begin_trip(self) -> Message:
        """Return a PING that only measures the round trip."""
        self._pings += 1
        self.trip = f"trip-{self._pings}"
        return Message("PING", (self.trip,))

    def take_pong(self, token: str) -> None:
        if token == self._awaited or (token == ARRIVAL and not self.has_arrived):
            self._awaited = None
            self.search = None
            self.asked_for = ""
            if not self.is_held:
                self.outbox.clear(self._said_before)
            self.is_moving = False

    def take_refused(self, target: str) -> str | None:
        """Return the text that the tracker has refused to send to `target`; None if none was on its way there."""
        refused = self.outbox.take_refused(self.answered, target)
        self.is_refusing |= refused is not None
        return refused.text if refused else None

    def noted(self, effects: Iterable[Effect]) -> list[Effect]:
        """Add lines to their views; return the effects without lines that are not shown now."""
        return list(seeing.noted(effects, self.nick, self.memory, shows_all=self.shows_all))

    def carry_out(self, now: float) -> list[Effect]:
        """Carry out what is scheduled up to `now`."""
        return self.noted(self.clock.due(now))

    def is_new_problem(self, text: str) -> bool:
        """Return whether a refusal differs from the last one: a command of two messages is refused twice."""
        is_new = self.is_settled or text != self._last_problem
        self._last_problem = text
        return is_new

    def divide(self, target: str, lines: list[str]) -> list[str]:
        """Return the texts of the messages that say these lines: as few as the tracker allows, of one line or more."""
        if not self.limits.lines or any(DELIMITER in line for line in lines):
            return [line for line in lines if line.strip()]
        return divide(lines, self.limits, self._text_bytes(target, Manner.MESSAGE))

    def say(
        self, target: str, text: str, manner: Manner = Manner.MESSAGE, place: str | None = None
    ) -> Iterator[Effect]:
        """Send `text` to a room, nick or ip:port, in as many messages as it takes; several lines are one message.

        It was typed in the view `place`, by default the current one.
        """
        if place is None:
            place = self.views.current.name if self.views.current else ""
        if BREAK in text:
            self._batches += 1
            messages = batch(text, target, self._text_bytes(target, manner), f"said-{self._batches}")
            yield from self._send_said(Sent(target, text, manner, place), list(messages))
            return
        command = "NOTICE" if manner is Manner.NOTICE else "PRIVMSG"
        for piece in wrap_text(text, self._text_bytes(target, manner)):
            body = action(piece) if manner is Manner.ACTION else piece
            yield from self._send_said(Sent(target, piece, manner, place), [Message(command, (target, body))])

    def _send_said(self, sent: Sent, messages: list[Message]) -> Iterator[Effect]:
        if self.has("echo-message"):
            label = self.outbox.add(sent)
            if self.has("labeled-response"):
                messages[0] = messages[0]._replace(tags={**messages[0].tags, "label": label})
            yield from messages
        else:
            yield from messages
            yield self.said_of(sent)
        self.clock.cancel(TELLING)
        self._lines_since_ping += len(messages)
        if self._lines_since_ping >= LINES_BETWEEN_PINGS:
            self.has_said_much = True
            yield self.ping()

    def say_here(self, text: str, manner: Manner = Manner.MESSAGE) -> Iterator[Effect]:
        """Send `text` to the current view."""
        view = self.views.current
        if view is None:
            yield Problem("you are not in any room; /join ROOM enters one")
        else:
            yield from self.say(view.name, text, manner)

    def said_of(self, sent: Sent) -> Said:
        """Return a message of our own as it is shown."""
        name = sent.target.lstrip(_PREFIXES)
        room, to, rank = (name, None, sent.target.removesuffix(name)) if is_channel(name) else (None, sent.target, "")
        is_here = self.views.is_current(name)
        return Said(
            self.nick, sent.text, room, to, sent.manner, is_here=is_here, is_own=True, is_from_here=True, rank=rank
        )

    def _text_bytes(self, target: str, manner: Manner) -> int:
        """Return the longest text, in bytes, for which the line that others receive stays within the limit."""
        return self.supported.text_bytes(self.nick, self.user_and_host, target, manner)
