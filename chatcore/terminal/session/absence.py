"""What a session remembers while the connection is lost, until everything missed has arrived. Pure.

`returning` uses it to come back.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from chatcore.protocol.message import Message
from chatcore.protocol.modes import PREFIXES
from chatcore.protocol.names import casefold
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.terminal.session.effects import Said
from chatcore.terminal.session.outbox import Sent
from chatcore.terminal.session.places import Views
from chatcore.terminal.session.quiet import Quiet
from chatcore.terminal.session.quotes import Quotes
from chatcore.terminal.session.talkers import Talkers

MOST_REMEMBERED = 500
MOST_HELD_CHARS = 1 << 20
_PREFIXES = "".join(PREFIXES.values())
_CHARS_EACH = 200  # of memory for each message, besides its text


class ByName:
    """A text for each room or person, by casefolded name. Only the latest are kept."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._most = most

    def get(self, name: str) -> str:
        """Return the text, '' if there is none."""
        return self._texts.get(casefold(name), "")

    def note(self, name: str, text: str) -> None:
        self._texts[casefold(name)] = text
        self._texts.move_to_end(casefold(name))
        if len(self._texts) > self._most:
            self._texts.popitem(last=False)


@dataclass
class Memory:
    """The part of a session that survives a lost connection."""

    latest: ByName = field(default_factory=ByName)
    """The msgid of the last message shown in each room or conversation."""
    keys: ByName = field(default_factory=ByName)
    """The keys that rooms were entered with."""
    fetched: ByName = field(default_factory=lambda: ByName(2 * MOST_REMEMBERED))
    """Missed messages that were fetched, by msgid: they may arrive once more as new ones."""
    talkers: Talkers = field(default_factory=Talkers)
    """Who spoke last."""
    quotes: Quotes = field(default_factory=Quotes)
    """Recent messages."""
    views: Views = field(default_factory=Views)
    markers: ByName = field(default_factory=ByName)
    """The time up to which each view has been read, as the tracker writes it."""
    history_on_arrival: int | None = None
    """How many earlier messages to show on entering a room; 0: only their number; None: nothing."""
    tells_typing: bool = False
    """Whether others are told that we are typing."""
    quiet: Quiet = field(default_factory=Quiet)
    folds_joins: bool = True
    """Whether silent comings and goings are folded into one line."""
    heard_at: str = ""
    """The tracker's latest server-time."""
    welcome: dict[str, None] = field(default_factory=dict)
    """The lines of the last welcome."""
    account: tuple[str, str] | None = None
    """The account registered during this visit, and its password."""
    trackers: tuple[TrackerAddress, ...] = ()
    """Other trackers of the chat."""
    repeated: tuple[str, datetime | None] | None = None
    """Author and time of the message that came last, if it had been fetched before."""

    def has_fetched(self, said: Said, msgid: str) -> bool:
        """Return whether a new message was fetched before. Of a message's lines, only the first has an id."""
        by = said.nick, said.time
        if msgid:
            self.repeated = by if self.fetched.get(msgid) else None
        return self.repeated == by


class Held(NamedTuple):
    """A live message held until the messages before it have arrived."""

    said: Said
    msgid: str


@dataclass
class Absence:
    """The time from the end of one connection until everything missed has arrived on another."""

    rooms: dict[str, str]
    """The rooms we were in, by casefolded name."""
    current: str | None
    """The casefolded name of the current view."""
    unsaid: list[Sent]
    """Messages that were on their way and not confirmed."""
    waiting: list[Sent] = field(default_factory=list)
    """Messages typed during the absence."""
    not_entered: frozenset[str] = frozenset()
    """Casefolded names of rooms not yet entered again when the connection was lost once more."""
    place: str = ""
    """The address of the tracker we have moved to; '' if it is the same one."""
    is_resumed: bool = False
    """Whether the tracker has resumed our visit; otherwise we are a new visitor."""
    steps: deque[Message] = field(default_factory=deque)
    """Messages to send before we are back, a few at a time."""
    has_asked: bool = False
    """Whether all rooms were entered and what was missed was asked for."""
    asked: dict[str, str] = field(default_factory=dict)
    """The room or person of each pending request, by label; '' for the list of conversations."""
    questions: int = 0
    known: set[str] = field(default_factory=set)
    """Casefolded names of rooms and people for which everything missed has arrived."""
    held: list[Held] = field(default_factory=list)
    held_chars: int = 0

    def hold(self, said: Said, msgid: str) -> Iterator[Held]:
        """Hold a message until what was missed has arrived; yield everything held if it is too much."""
        self.held.append(Held(said, msgid))
        self.held_chars += len(said.text) + _CHARS_EACH
        if self.held_chars > MOST_HELD_CHARS:
            yield from self.release()

    def release(self) -> list[Held]:
        """Return everything held, and hold it no longer."""
        held, self.held, self.held_chars = self.held, [], 0
        return held

    def forget(self, msgid: str) -> None:
        """Drop a held message that was taken back."""
        self.held = [held for held in self.held if held.msgid != msgid]

    def take_own(self, target: str, text: str) -> None:
        """Note that a message of ours did arrive."""
        for unsaid in self.unsaid:
            if casefold(unsaid.target) == casefold(target) and unsaid.text == text:
                self.unsaid.remove(unsaid)
                return

    def is_known(self, target: str) -> bool:
        """Return whether an unconfirmed message to `target` certainly never arrived."""
        return self.is_resumed and casefold(target.lstrip(_PREFIXES)) in self.known
