"""What the modes of a channel ask of those who want to enter or to speak: a rule each.

A rule is asked while its mode is set, under the channel's lock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from chatcore.protocol import numerics as num
from chatcore.protocol.ctcp import ACTION, DELIMITER, split_ctcp
from chatcore.protocol.extbans import Effect
from chatcore.protocol.modes import (
    BAN,
    INVITE_EXCEPTION,
    INVITE_ONLY,
    KEY,
    LIMIT,
    MODERATED,
    NO_CTCP,
    NO_OUTSIDERS,
    SECRET,
    SLOW,
    Mode,
)
from chatcore.state.ban_effects import words_for
from chatcore.state.client import Client
from chatcore.state.slow_mode import words_for_wait

OUTSIDE, INSIDE, VOICED = range(3)
"""Standings in a channel; the last is that of members with a membership mode."""


class Ruled(Protocol):
    """A channel, as far as its rules look at it."""

    members: dict[Client, str]
    values: dict[str, str]

    def effects_locked(self, client: Client) -> frozenset[Effect]:
        """Return what bans, and no exceptions, do to the client."""

    def is_visible_to_locked(self, client: Client) -> bool:
        """Return whether the client may know of the channel."""

    def is_listed_locked(self, mode: Mode, client: Client) -> bool:
        """Return whether a mask of a list matches the client."""

    def wait_locked(self, client: Client) -> float:
        """Return for how many seconds a slow channel has the client wait yet, 0 or less if it may speak now."""


class JoinRule(NamedTuple):
    """What a mode that is set asks of those who want to enter. `refuses` is given the key that came with JOIN.

    It may spare those who are invited, and those whose accounts were in the room before the tracker was started again,
    and visits that were in it when they lost their connection.
    """

    mode: Mode
    numeric: str
    words: str
    refuses: Callable[[Ruled, Client, str], bool]
    spares_invited: bool = False
    spares_returning: bool = False
    spares_resumed: bool = False


class SpeechRule(NamedTuple):
    """What a mode that is set asks of those of a standing or a lower one.

    `objection` is given what they want to say; it returns in words why they may not, or ''.
    """

    mode: Mode
    binds: int
    objection: Callable[[Ruled, Client, str], str]


def _is_ctcp(text: str) -> bool:
    """Return whether a client may take a text for CTCP other than ACTION: the grammar wants a kind, not all do."""
    return text.startswith(DELIMITER) and split_ctcp(text)[0] != ACTION


JOIN_RULES = [
    JoinRule(
        INVITE_ONLY,
        num.ERR_INVITEONLYCHAN,
        "This room is by invitation only",
        lambda channel, client, key: not channel.is_listed_locked(INVITE_EXCEPTION, client),
        spares_invited=True,
        spares_returning=True,
        spares_resumed=True,
    ),
    JoinRule(
        KEY,
        num.ERR_BADCHANNELKEY,
        "This room needs its key",
        lambda channel, client, key: key != channel.values[KEY.letter],
        spares_resumed=True,
    ),
    JoinRule(
        LIMIT,
        num.ERR_CHANNELISFULL,
        "This room is full",
        lambda channel, client, key: len(channel.members) >= int(channel.values[LIMIT.letter]),
        spares_invited=True,
        spares_returning=True,
        spares_resumed=True,
    ),
    JoinRule(
        BAN,
        num.ERR_BANNEDFROMCHAN,
        "You are banned from this room",
        lambda channel, client, key: Effect.BAN in channel.effects_locked(client),
        spares_invited=True,
    ),
]
"""In the order in which they are asked."""

SPEECH_RULES = [
    SpeechRule(
        SECRET,
        OUTSIDE,  # messaging says that there is none
        lambda channel, client, text: "" if channel.is_visible_to_locked(client) else "This room is secret",
    ),
    SpeechRule(NO_OUTSIDERS, OUTSIDE, lambda channel, client, text: "You are not in this room"),
    SpeechRule(
        NO_CTCP,
        VOICED,
        lambda channel, client, text: "CTCP does not go to this room" if _is_ctcp(text) else "",
    ),
    SpeechRule(MODERATED, INSIDE, lambda channel, client, text: "Only some may speak in this room"),
    SpeechRule(BAN, INSIDE, lambda channel, client, text: words_for(channel.effects_locked(client))),
    SpeechRule(SLOW, INSIDE, lambda channel, client, text: words_for_wait(channel.wait_locked(client)) if text else ""),
]
"""In the order in which they are asked. One about the text alone binds the voiced, and so all."""
