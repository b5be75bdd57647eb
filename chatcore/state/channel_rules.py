"""What a channel's modes demand of clients that want to enter or speak: one rule for each mode.

A rule applies while its mode is set, and is checked under the channel's lock.
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
"""Standings in a channel. VOICED are the members with any membership mode."""


class Ruled(Protocol):
    """The parts of a channel that its rules look at."""

    members: dict[Client, str]
    values: dict[str, str]

    def effects_locked(self, client: Client) -> frozenset[Effect]:
        """Return what the ban list does to the client, minus its exceptions."""

    def is_visible_to_locked(self, client: Client) -> bool:
        """Return whether the client may see that the channel exists."""

    def is_listed_locked(self, mode: Mode, client: Client) -> bool:
        """Return whether a mask on a list matches the client."""

    def wait_locked(self, client: Client) -> float:
        """Return how many seconds the client still has to wait in a slow channel; 0 or less if it may speak now."""


class JoinRule(NamedTuple):
    """What a mode demands of clients that want to enter. `refuses` gets the key that came with JOIN.

    A rule may spare invited clients, clients whose account was in the room before the tracker restarted (returning),
    and visits that were in it when they lost their connection (resumed).
    """

    mode: Mode
    numeric: str
    words: str
    refuses: Callable[[Ruled, Client, str], bool]
    spares_invited: bool = False
    spares_returning: bool = False
    spares_resumed: bool = False


class SpeechRule(NamedTuple):
    """What a mode demands of clients of the standing `binds` or a lower one that want to speak.

    `objection` gets the text and returns why it may not be said, in words, or ''.
    """

    mode: Mode
    binds: int
    objection: Callable[[Ruled, Client, str], str]


def _is_ctcp(text: str) -> bool:
    """Return whether a text may pass for CTCP other than ACTION: the grammar requires a kind, some clients do not."""
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
"""In the order in which they are checked."""

SPEECH_RULES = [
    SpeechRule(
        SECRET,
        OUTSIDE,  # messaging answers that there is no such channel
        lambda channel, client, text: "" if channel.is_visible_to_locked(client) else "This room is secret",
    ),
    SpeechRule(NO_OUTSIDERS, OUTSIDE, lambda channel, client, text: "You are not in this room"),
    SpeechRule(
        NO_CTCP,
        VOICED,
        lambda channel, client, text: "CTCP is not allowed in this room" if _is_ctcp(text) else "",
    ),
    SpeechRule(MODERATED, INSIDE, lambda channel, client, text: "Only voiced members may speak in this room"),
    SpeechRule(BAN, INSIDE, lambda channel, client, text: words_for(channel.effects_locked(client))),
    SpeechRule(SLOW, INSIDE, lambda channel, client, text: words_for_wait(channel.wait_locked(client)) if text else ""),
]
"""In the order in which they are checked. A rule about the text alone binds VOICED, and so everybody."""
