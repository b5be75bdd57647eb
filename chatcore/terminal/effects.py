"""What an arriving message or a typed line can lead to: something to show or send, or a request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from chatcore.protocol.message import Message


class Manner(Enum):
    """How something is said."""

    MESSAGE = "message"
    ACTION = "action"
    NOTICE = "notice"


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
    """Whether it is for the current room, or private."""
    is_history: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened: a join, a new topic, a remark of the tracker's."""

    text: str
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the answer to a question."""

    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that did not work, and why."""

    text: str


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to know before continuing."""

    text: str


class Request(Enum):
    """What a typed line asks of the program itself."""

    LEAVE = "leave"
    LOGOUT = "logout"


Item = Said | Told | Answer | Problem | Caution
"""What is shown."""

Effect = Item | Message | Request
"""A `Message` among the effects is to be sent."""
