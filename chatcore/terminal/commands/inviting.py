"""`/invite-link`: a link by which others come in without the password. Pure.

The tracker makes it (INVITELINK, docs/irc-reference.md), for IRC operators and accounts that may.
"""

from __future__ import annotations

from collections.abc import Iterator

from chatcore.protocol.invitations import id_meant
from chatcore.protocol.message import Message
from chatcore.terminal.commands.actions import UsageError, room_name
from chatcore.terminal.session.effects import Effect
from chatcore.terminal.session.session import Session

REVOKE = "REVOKE"


def handle_invite_link(session: Session, text: str) -> Iterator[Effect]:
    """Ask for a link to a room, that of the view if none is named; in a conversation for one to the chat.

    Or have one let in nobody any more: `revoke ID`.
    """
    word, _, which = text.partition(" ")
    if word.lower() == REVOKE.lower():
        if not (invitation_id := id_meant(which)):
            raise UsageError("which? invitations are called by the id that was told with the link")
        yield Message("INVITELINK", (REVOKE, invitation_id))
        return
    room = room_name(text) if text else session.room.name if session.room else ""
    yield Message("INVITELINK", (room,) if room else ())
