"""Steps: what a command comes to once its client's own tracker has asked what only it can: a password, a disk.

A tracker alone takes the step at once, in the client's thread. Of several, all take it, in the order of their stream;
so a step is plain data, and what it comes to follows from that and from what all of them know.
"""

from __future__ import annotations

from typing import NamedTuple

from chatcore.state.credentials import Credentials
from chatcore.state.history import Utterance


class Admitted(NamedTuple):
    """The end of registration: all that others can know of a newcomer, who gets this nick if it is free.

    `proven` is the account that it has logged in to; `modes`, letters of user modes, are those of the visit that it
    takes up, whose nick was `resumed`; `metadata` is its own, set before. `invitation` is the id of that by which it
    comes.
    """

    nick: str
    user: str
    realname: str
    host: str
    port: int
    shown_host: str
    is_local: bool
    block: str
    site: str
    visit: str
    connected_at: float  # Unix time, s
    capabilities: int
    proven: Credentials | None = None
    modes: str = ""
    away: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    subscriptions: tuple[str, ...] = ()
    resumed: str = ""
    invitation: str = ""


class Opered(NamedTuple):
    """OPER: the client has proven to be the IRC operator of this name."""

    name: str


class LoggedIn(NamedTuple):
    """The client has logged in to an account; `is_new`: which it has just made."""

    proven: Credentials
    is_new: bool = False


class Negotiated(NamedTuple):
    """CAP, by somebody who is in: the capabilities that they have now."""

    capabilities: int


class Renaming(NamedTuple):
    """NICK, by somebody who is in."""

    nick: str


class Joining(NamedTuple):
    """JOIN: channels, each with the key that was given ('': none)."""

    channels: tuple[tuple[str, str], ...]


class Speaking(NamedTuple):
    """BATCH: the whole text of a message of several lines, PRIVMSG or NOTICE, and its client-only tags."""

    command: str
    target: str
    text: str
    tags: tuple[tuple[str, str], ...] = ()


class Redacting(NamedTuple):
    """REDACT: the message that was found. `partner` is with whom it was (an identity), '' for one in a channel."""

    target: str
    msgid: str
    reason: str
    found: Utterance
    partner: str = ""


class Quitting(NamedTuple):
    """QUIT, for this reason, which the client's rooms may hear or not."""

    text: str


Step = Admitted | Opered | LoggedIn | Negotiated | Renaming | Joining | Speaking | Redacting | Quitting
