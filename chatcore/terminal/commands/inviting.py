"""`/invite-link`: a link by which others come in without the password. Pure.

The tracker makes it (INVITELINK, docs/irc-reference.md), for IRC operators and accounts that may.
"""

from __future__ import annotations

from collections.abc import Iterator

from chatcore.protocol.message import Message
from chatcore.terminal.commands.actions import room_name
from chatcore.terminal.session.effects import Effect
from chatcore.terminal.session.session import Session


def handle_invite_link(session: Session, text: str) -> Iterator[Effect]:
    """Ask for a link to a room, that of the view if none is named; in a conversation for one to the chat."""
    room = room_name(text) if text else session.room.name if session.room else ""
    yield Message("INVITELINK", (room,) if room else ())
