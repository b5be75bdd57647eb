"""IRCv3 capabilities as bits (https://ircv3.net/specs/extensions/capability-negotiation).

A recipient's set of bits decides how an event is written for it; `NEGOTIABLE` is what CAP LS shows.
"""

from __future__ import annotations

SERVER_TIME = 1 << 0
MESSAGE_TAGS = 1 << 1
ECHO_MESSAGE = 1 << 2
BATCH = 1 << 3
CHATHISTORY = 1 << 4
EVENT_PLAYBACK = 1 << 5
LABELED_RESPONSE = 1 << 6
ACCOUNT_TAG = 1 << 7
ACCOUNT_NOTIFY = 1 << 8
EXTENDED_JOIN = 1 << 9
AWAY_NOTIFY = 1 << 10
SETNAME = 1 << 11
INVITE_NOTIFY = 1 << 12
MULTI_PREFIX = 1 << 13
USERHOST_IN_NAMES = 1 << 14
EXTENDED_MONITOR = 1 << 15
NO_IMPLICIT_NAMES = 1 << 16
STANDARD_REPLIES = 1 << 17
CAP_NOTIFY = 1 << 18
SASL = 1 << 19

NEGOTIABLE = {
    "account-notify": ACCOUNT_NOTIFY,
    "account-tag": ACCOUNT_TAG,
    "away-notify": AWAY_NOTIFY,
    "batch": BATCH,
    "cap-notify": CAP_NOTIFY,
    "draft/chathistory": CHATHISTORY,
    "draft/event-playback": EVENT_PLAYBACK,
    "echo-message": ECHO_MESSAGE,
    "extended-join": EXTENDED_JOIN,
    "extended-monitor": EXTENDED_MONITOR,
    "invite-notify": INVITE_NOTIFY,
    "labeled-response": LABELED_RESPONSE,
    "message-tags": MESSAGE_TAGS,
    "multi-prefix": MULTI_PREFIX,
    "no-implicit-names": NO_IMPLICIT_NAMES,
    "sasl": SASL,
    "server-time": SERVER_TIME,
    "setname": SETNAME,
    "standard-replies": STANDARD_REPLIES,
    "userhost-in-names": USERHOST_IN_NAMES,
}

IMPLIED_BY_302 = CAP_NOTIFY
"""CAP LS 302 turns this on, and then it cannot be turned off again."""

TAG_MASK = SERVER_TIME | MESSAGE_TAGS | ACCOUNT_TAG
"""The capabilities that decide which tags a recipient sees in front of a message."""


def capability_names(bits: int) -> list[str]:
    """Return the names of the capabilities in `bits`, in the order of the table."""
    return [name for name, bit in NEGOTIABLE.items() if bits & bit]
