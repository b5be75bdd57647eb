"""Steps: the part of a command that remains after the client's own tracker has checked passwords or read its disk.

A single tracker takes the step at once, in the client's thread. With several trackers, all of them take it, in the
order of their stream; so a step is plain data, and its effect follows from that and from what all trackers know.
"""

from __future__ import annotations

from typing import NamedTuple

from chatcore.state.credentials import Credentials
from chatcore.state.history import Utterance


class Admitted(NamedTuple):
    """The end of registration: everything that others may know about a newcomer, who gets this nick if it is free.

    `proven` is the account that it has logged in to. `resumed` is the nick of the visit that it resumes, and `modes`
    are that visit's user modes (letters). `metadata` is what it has set so far. `invitation` is the id of the
    invitation that it uses.
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
    """OPER: the client has authenticated as the IRC operator of this name."""

    name: str


class LoggedIn(NamedTuple):
    """The client has logged in to an account; `is_new`: it has just created it."""

    proven: Credentials
    is_new: bool = False


class Negotiated(NamedTuple):
    """CAP after registration: the client's new capabilities."""

    capabilities: int


class Renaming(NamedTuple):
    """NICK after registration."""

    nick: str


class Joining(NamedTuple):
    """JOIN: channels, each with its key ('' for none)."""

    channels: tuple[tuple[str, str], ...]


class Speaking(NamedTuple):
    """BATCH: the whole text of a multiline PRIVMSG or NOTICE, and its client-only tags."""

    command: str
    target: str
    text: str
    tags: tuple[tuple[str, str], ...] = ()


class Redacting(NamedTuple):
    """REDACT: the message that was found. `partner` is the other identity, '' for a message in a channel."""

    target: str
    msgid: str
    reason: str
    found: Utterance
    partner: str = ""


class Quitting(NamedTuple):
    """QUIT with this reason, which the client's rooms are not always shown."""

    text: str


Step = Admitted | Opered | LoggedIn | Negotiated | Renaming | Joining | Speaking | Redacting | Quitting
