"""What an arriving message or a typed line can lead to: something to show or send, or a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from chatcore.protocol.message import Message


class Manner(Enum):
    """How something is said."""

    MESSAGE = "message"
    ACTION = "action"
    NOTICE = "notice"


class Quoted(NamedTuple):
    """What somebody answers: by whom it was said, and its first words; both '' if that is not known."""

    msgid: str
    nick: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote. `room` is None for a private message; `to` names the recipient of our own."""

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
    """Whether it is history that was said while the connection was lost, so that it is new here."""
    is_own: bool = False
    """Whether we have said it, be it with another program."""
    is_from_here: bool = False
    """Whether it was typed here."""
    found: tuple[str, ...] | None = None
    """The words that a search has found it by; None if it was not searched for."""
    rank: str = ""
    """The prefix of those of the room whom alone it is for (STATUSMSG); '' if it is for all."""
    msgid: str = ""
    answers: Quoted | None = None
    """What it is a reply to."""
    is_for_us: bool = field(default=False, compare=False)
    """Whether it is private, answers us, or names us (`noticing`)."""
    twin: int = 0
    """The speaker's number among the people of one hue there."""

    @property
    def place(self) -> str:
        """The view that it belongs to: a room, or the other of a private conversation."""
        return self.room or self.to or self.nick

    @property
    def is_seen_before(self) -> bool:
        """Whether it is shown once more, because somebody looks for it."""
        return self.found is not None or (self.is_history and not self.is_missed)


class Coming(NamedTuple):
    """Somebody has come to a room, or the chat, or gone."""

    nick: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened: a join, a new topic, a remark of the tracker's."""

    text: str
    time: datetime | None = None
    places: tuple[str, ...] = ()
    """The views that it belongs to; none if it is for whoever looks."""
    where: str = ""
    """In which room, as in `in #lobby`, if the text does not say it: for where there are no views."""
    about: str = ""
    """The id of the message whose words it has."""
    coming: Coming | None = None
    """Who has come or gone, if it says no more than that."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the answer to a question."""

    text: str
    places: tuple[str, ...] = ()
    """As of Told."""


Line = Said | Told | Answer
"""What views remember."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that did not work, and why."""

    text: str


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to know before continuing."""

    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the screen, with what follows. A pipe has none."""

    text: str
    is_new: bool = False
    """Whether what follows was not seen before."""


@dataclass(frozen=True, slots=True)
class Turned:
    """Another view is looked at from now on. A pipe shows only `told`, if there is something."""

    name: str
    lines: tuple[Line, ...] = ()
    """What was last shown of it."""
    new: int = 0
    """How many of these were not seen before."""
    unseen: int = 0
    """How many more were not seen, and are not remembered here."""
    told: str = ""


@dataclass(frozen=True, slots=True)
class AskPassword:
    """A password is to be asked for, and not to be seen; `take` says what comes of it, '' if none was given."""

    question: str
    take: Callable[[str], list[Effect]]


@dataclass(frozen=True, slots=True)
class PutBack:
    """A text goes back into the line that is typed, if that is empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Suggest:
    """A line that was probably meant; the arrow keys bring it back, as if it had been typed last."""

    line: str


@dataclass(frozen=True, slots=True)
class OpenExport:
    """A new file is to be made for an export, and `ask` to be sent once it is there.

    `path` is what was typed, if anything; if not, the file is named after the `subject`.
    """

    path: str
    subject: str
    ask: Message


@dataclass(frozen=True, slots=True)
class WriteExport:
    """Lines for the file of the export, and what is to be sent, if anything, once they are in it."""

    lines: tuple[str, ...]
    until: str
    """When the last of them was said, as the tracker writes it."""
    ask: Message | None = None
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """Somebody says something that is meant for us, and wants to be noticed. `is_here`: in the current view."""

    said: Said
    is_here: bool


@dataclass(frozen=True, slots=True)
class ClearScreen:
    """What is on the screen is to go out of sight."""


@dataclass(frozen=True, slots=True)
class TripBegun:
    """Something is being asked, and the time until `TripEnded` is to be measured."""


@dataclass(frozen=True, slots=True)
class TripEnded:
    """The answer has come; the time since `TripBegun` is to be shown."""


class Request(Enum):
    """What a typed line asks of the program itself."""

    LEAVE = "leave"
    LOGOUT = "logout"


Item = Line | Problem | Caution | Rule | Turned
"""What is shown."""


@dataclass(frozen=True, slots=True)
class KeepQuiet:
    """What the person has chosen not to be disturbed by is to be kept."""


Errand = Alert | PutBack | Suggest | KeepQuiet | ClearScreen | TripBegun | TripEnded | OpenExport | WriteExport
"""What is to be done beside showing and sending."""

Effect = Item | Message | Request | AskPassword | Errand
"""A `Message` among the effects is to be sent."""
