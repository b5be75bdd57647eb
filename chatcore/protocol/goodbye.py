"""ERROR, the last line to a client (https://modern.ircdocs.horse/#error-message), and what it says has ended."""

from __future__ import annotations

import re
from enum import Enum

TRACKER_LEFT = "the tracker has left"
BACK_SOON = "the tracker will be back soon"
_WORDS = "Closing link: "
_LINE_START = f"ERROR :{_WORDS}".encode()
_PASSING = re.compile(
    r"(Ping timeout|Write timeout|SendQ exceeded|Registration timed out|TLS handshake timed out|Connection closed)\b"
    r"|.*, try again in a moment$"
)


class Ending(Enum):
    """What ends with a connection. After `RUN`, clients reconnect by themselves (see also `is_passing`)."""

    VISIT = "this connection, and no other"
    CHAT = "the chat"
    RUN = "the tracker, which is started again"


def goodbye(reason: str) -> tuple[str, str]:
    """Return the command and parameter that tell a client why its connection ends."""
    return "ERROR", _WORDS + reason


def goodbye_to_all(reason: str) -> tuple[str, str]:
    """Return the same for all clients when the tracker ends. TRACKER_LEFT stands alone, because clients look for it."""
    return goodbye(reason) if reason == BACK_SOON else ("ERROR", reason)


def tracker_ending(reason: str) -> Ending:
    """Return what ends when the tracker ends for this reason."""
    return Ending.RUN if reason == BACK_SOON else Ending.CHAT


def ending_of(text: str) -> Ending:
    """Return what has ended, according to the parameter of an ERROR.

    The words must stand alone, because the reason of a kick or a QUIT may contain them.
    """
    reason = text.removeprefix(_WORDS)
    return {TRACKER_LEFT: Ending.CHAT, BACK_SOON: Ending.RUN}.get(reason, Ending.VISIT)


def is_passing(text: str) -> bool:
    """Return whether a client should reconnect by itself after an ERROR with this parameter ('': without an ERROR)."""
    if ending_of(text) is not Ending.VISIT:
        return ending_of(text) is Ending.RUN
    return not text or _PASSING.match(text.removeprefix(_WORDS)) is not None


def shown(text: str) -> str:
    """Return an ERROR's text for a person; if the tracker has ended, only the words for that, in either form."""
    return text if ending_of(text) is Ending.VISIT else text.removeprefix(_WORDS)


def goodbye_reason(line: bytes) -> str:
    """Return the reason in a line that tells the end of a connection; '' for any other line."""
    return line.removeprefix(_LINE_START).decode() if line.startswith(_LINE_START) else ""
