"""IRCv3 capabilities as bits (https://ircv3.net/specs/extensions/capability-negotiation).

A recipient's set of bits decides how an event is written for it; `NEGOTIABLE` is what CAP LS shows.
"""

from __future__ import annotations

SERVER_TIME = 1 << 0
MESSAGE_TAGS = 1 << 1
ECHO_MESSAGE = 1 << 2
BATCH = 1 << 3
CHATHISTORY = 1 << 4

NEGOTIABLE = {
    "server-time": SERVER_TIME,
    "message-tags": MESSAGE_TAGS,
    "echo-message": ECHO_MESSAGE,
    "batch": BATCH,
    "draft/chathistory": CHATHISTORY,
}

TAG_MASK = SERVER_TIME | MESSAGE_TAGS
"""The capabilities that decide which tags a recipient sees in front of a message."""


def capability_names(bits: int) -> list[str]:
    """Return the names of the capabilities in `bits`, in the order of the table."""
    return [name for name, bit in NEGOTIABLE.items() if bits & bit]
