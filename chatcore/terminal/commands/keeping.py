"""Which typed lines may be kept in a file for the next start of the client. Pure.

Passwords, room keys, invitations and anything private are not kept. Neither are unknown commands, which may be mistyped
secrets, nor commands that leave, as they would come back first. While the client runs, the arrow keys bring back more
(`is_secret`).
"""

from __future__ import annotations

import re

from chatcore.protocol.names import is_channel
from chatcore.terminal.commands.slash import find
from chatcore.terminal.commands.typed import TO, asks_to_leave, is_path, is_secret
from chatcore.terminal.session.session import Session

MOST_CHARS_KEPT = 4000

KEPT = (
    *("join", "leave", "send", "me", "reply", "react", "unreact", "unsay", "topic", "away", "name"),
    *("who", "names", "rooms", "history", "search", "export", "ping", "clear", "help"),
    *(
        "invite",
        "invite-link",
        "ignore",
        "unignore",
        "kick",
        "ban",
        "unban",
        "mute",
        "unmute",
        "slow",
        "mode",
        "kill",
        "kline",
        "unkline",
    ),
)
"""The commands whose arguments are no secret. All others are not kept."""

_SECRET = re.compile(r"\binv-[0-9a-z]{6}|\b(?:invite|room-key)=", re.IGNORECASE)


def may_be_kept(session: Session, line: str) -> bool:
    """Return whether a line that is about to be carried out may be kept."""
    view = session.views.current
    if session.private_to is not None or (view is not None and not view.is_room) or is_secret(line):
        return False
    if line.startswith(TO) or asks_to_leave(line) or not _is_harmless(line):
        return False
    return not line.startswith("/") or line.startswith("//") or is_path(line) or _is_kept_command(line)


def may_text_be_kept(destination: str | None, text: str) -> bool:
    """Return whether a text of several lines that is about to be sent may be kept."""
    return destination is not None and is_channel(destination) and _is_harmless(text)


def _is_harmless(text: str) -> bool:
    return bool(text.strip()) and len(text) <= MOST_CHARS_KEPT and not _SECRET.search(text)


def _is_kept_command(line: str) -> bool:
    name, *words = line[1:].split() or [""]
    command = find(name)
    if command is None or command.name not in KEPT:
        return False
    has_key = (command.name == "join" and len(words) > 1) or (command.name == "mode" and "k" in "".join(words[:1]))
    return not has_key
