"""Effects of an arriving message or a typed line: something to show or send, or a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from chatcore.protocol.message import Message


class Manner(Enum):
    """The kind of message that somebody wrote."""

    MESSAGE = "message"
    ACTION = "action"
    NOTICE = "notice"


class Quoted(NamedTuple):
    """The message that a reply answers: its author and first words, both '' if unknown."""

    msgid: str
    nick: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A message. `room` is None for a private one; `to` names the recipient of one of our own."""

    nick: str
    text: str
    room: str | None = None
    to: str | None = None
    manner: Manner = Manner.MESSAGE
    time: datetime | None = None
    is_here: bool = True
    """Whether it belongs to the current view."""
    is_history: bool = False
    is_missed: bool = False
    """Whether it is history from a lost connection, and therefore new here."""
    is_own: bool = False
    """Whether we wrote it, here or in another program."""
    is_from_here: bool = False
    """Whether it was typed here."""
    found: tuple[str, ...] | None = None
    """The search words that found it; None if it is not a search result."""
    rank: str = ""
    """The prefix of the members it is limited to (STATUSMSG); '' if it is for everybody."""
    msgid: str = ""
    answers: Quoted | None = None
    """The message it replies to."""
    is_for_us: bool = field(default=False, compare=False)
    """Whether it is private, replies to us, or names us (`noticing`)."""
    twin: int = 0
    """The author's number among the people with the same hue there."""

    @property
    def place(self) -> str:
        """The view it belongs to: a room, or the other person in a private conversation."""
        return self.room or self.to or self.nick

    @property
    def is_seen_before(self) -> bool:
        """Whether it is shown again because it was asked for."""
        return self.found is not None or (self.is_history and not self.is_missed)


class Coming(NamedTuple):
    """Somebody has entered or left a room or the chat."""

    nick: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened: a join, a new topic, a line from the tracker."""

    text: str
    time: datetime | None = None
    places: tuple[str, ...] = ()
    """The views it belongs to; if empty, it is shown in the current one."""
    where: str = ""
    """The room, as in `in #lobby`, for a pipe, if the text does not name it."""
    about: str = ""
    """The id of the message that it quotes."""
    coming: Coming | None = None
    """The person who came or went, if it says no more than that."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the answer to a question."""

    text: str
    places: tuple[str, ...] = ()
    """See Told.places."""


Line = Said | Told | Answer
"""The items that views remember."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that failed, and why."""

    text: str


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to know before continuing."""

    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the screen that announces what follows. Not shown in a pipe."""

    text: str
    is_new: bool = False
    """Whether what follows is unread."""


@dataclass(frozen=True, slots=True)
class Turned:
    """Another view has become current. A pipe shows only `told`, if it is not ''."""

    name: str
    lines: tuple[Line, ...] = ()
    """Its last lines."""
    new: int = 0
    """How many of these are unread."""
    unseen: int = 0
    """How many more are unread and no longer remembered."""
    told: str = ""


@dataclass(frozen=True, slots=True)
class AskPassword:
    """Ask for a password without echo; `take` returns the effects of the answer, which is '' if none was given."""

    question: str
    take: Callable[[str], list[Effect]]


@dataclass(frozen=True, slots=True)
class PutBack:
    """Put a text back into the input line, if that is empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Suggest:
    """Offer a line that was probably meant: the arrow keys bring it back as if it had been typed last."""

    line: str


@dataclass(frozen=True, slots=True)
class OpenExport:
    """Create the file of an export, then send `ask`.

    `path` is what was typed; if it is '', the file is named after the `subject`.
    """

    path: str
    subject: str
    ask: Message


@dataclass(frozen=True, slots=True)
class WriteExport:
    """Write lines to the file of the export, then send `ask`, if there is one."""

    lines: tuple[str, ...]
    until: str
    """The time of the last line, as the tracker writes it."""
    ask: Message | None = None
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """Alert the person to a message meant for them. `is_here`: it is in the current view."""

    said: Said
    is_here: bool


@dataclass(frozen=True, slots=True)
class ClearScreen:
    """Clear the screen."""


@dataclass(frozen=True, slots=True)
class TripBegun:
    """Start measuring the time until `TripEnded`."""


@dataclass(frozen=True, slots=True)
class TripEnded:
    """Show the time since `TripBegun`."""


class Request(Enum):
    """What a typed line asks the program itself to do."""

    LEAVE = "leave"
    LOGOUT = "logout"


Item = Line | Problem | Caution | Rule | Turned
"""Effects that are shown."""


@dataclass(frozen=True, slots=True)
class KeepQuiet:
    """Save whom the person ignores and which rooms are muted."""


Errand = Alert | PutBack | Suggest | KeepQuiet | ClearScreen | TripBegun | TripEnded | OpenExport | WriteExport
"""Effects that are neither shown nor sent."""

Effect = Item | Message | Request | AskPassword | Errand
"""Any effect; a `Message` is sent."""
