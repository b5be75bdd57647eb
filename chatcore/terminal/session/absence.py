"""What is remembered of the chat while the connection is lost, until all that was missed has come. Pure.

`returning` is what becomes of it.
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
_CHARS_EACH = 200  # of memory, besides its text


class ByName:
    """A text for each room or person, by casefolded name. Only those noted last are kept."""

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
    """What outlives a lost connection."""

    latest: ByName = field(default_factory=ByName)
    """The msgid of what was last shown of a room or private conversation."""
    keys: ByName = field(default_factory=ByName)
    """What rooms were entered with."""
    fetched: ByName = field(default_factory=lambda: ByName(2 * MOST_REMEMBERED))
    """Messages that have come with what was missed, by msgid: they may still come as new ones."""
    talkers: Talkers = field(default_factory=Talkers)
    """Who has spoken last."""
    quotes: Quotes = field(default_factory=Quotes)
    """What was said lately."""
    views: Views = field(default_factory=Views)
    markers: ByName = field(default_factory=ByName)
    """Up to when it has been read, as the tracker writes times."""
    history_on_arrival: int | None = None
    """How many messages from before we came a room shows; 0: only how many there are; None: not even that."""
    tells_typing: bool = False
    """Whether others are told that we are typing."""
    quiet: Quiet = field(default_factory=Quiet)
    folds_joins: bool = True
    """Whether those who come and go in a room without a word are told together."""
    heard_at: str = ""
    """The tracker's time (server-time) as it was last heard."""
    welcome: dict[str, None] = field(default_factory=dict)
    """The lines of the last welcome."""
    account: tuple[str, str] | None = None
    """The account that was registered in this chat, with its password."""
    trackers: tuple[TrackerAddress, ...] = ()
    """Where else the chat can be reached."""
    repeated: tuple[str, datetime | None] | None = None
    """By whom and when what came last was said, if it had been fetched before."""

    def has_fetched(self, said: Said, msgid: str) -> bool:
        """Return whether something new has come with what was missed. Of a message's lines only the first has an id."""
        by = said.nick, said.time
        if msgid:
            self.repeated = by if self.fetched.get(msgid) else None
        return self.repeated == by


class Held(NamedTuple):
    """Something said while what was said before it is yet to come."""

    said: Said
    msgid: str


@dataclass
class Absence:
    """From the end of one connection until what was missed has come on another."""

    rooms: dict[str, str]
    """Those in which we were, by casefolded name."""
    current: str | None
    """The view that was written to, as its casefolded name."""
    unsaid: list[Sent]
    """What was on its way, and has not come back."""
    waiting: list[Sent] = field(default_factory=list)
    """What was said meanwhile."""
    not_entered: frozenset[str] = frozenset()
    """The rooms that were not entered again yet when the connection was lost once more, by casefolded name."""
    place: str = ""
    """The address of the tracker to which we have gone, if it is another."""
    is_resumed: bool = False
    """Whether the tracker has taken us for the same visit; else we are somebody new to it."""
    steps: deque[Message] = field(default_factory=deque)
    """What is to be sent before we are back, a few at a time."""
    has_asked: bool = False
    """Whether all rooms are entered, and asked for what was missed."""
    asked: dict[str, str] = field(default_factory=dict)
    """Of whom or what an answer is awaited, by label; '' for the names of conversations."""
    questions: int = 0
    known: set[str] = field(default_factory=set)
    """The casefolded names of rooms and people of whom all has come that was missed."""
    held: list[Held] = field(default_factory=list)
    held_chars: int = 0

    def hold(self, said: Said, msgid: str) -> Iterator[Held]:
        """Keep something until what was missed has come; yield all that is kept if it is too much."""
        self.held.append(Held(said, msgid))
        self.held_chars += len(said.text) + _CHARS_EACH
        if self.held_chars > MOST_HELD_CHARS:
            yield from self.release()

    def release(self) -> list[Held]:
        """Return what is kept; it is kept no longer."""
        held, self.held, self.held_chars = self.held, [], 0
        return held

    def forget(self, msgid: str) -> None:
        """Drop what is kept of a message that was taken back."""
        self.held = [held for held in self.held if held.msgid != msgid]

    def take_own(self, target: str, text: str) -> None:
        """Note that a message of ours has arrived after all."""
        for unsaid in self.unsaid:
            if casefold(unsaid.target) == casefold(target) and unsaid.text == text:
                self.unsaid.remove(unsaid)
                return

    def is_known(self, target: str) -> bool:
        """Return whether a message to `target` that has not come certainly never arrived."""
        return self.is_resumed and casefold(target.lstrip(_PREFIXES)) in self.known
