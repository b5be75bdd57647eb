"""`/invite-link`: a link that lets others in without the password. Pure.

The tracker creates it (INVITELINK, docs/irc-reference.md), for IRC operators and accounts that have the right.
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
    """Ask for a link to the room named, or else to the current one; in a conversation, to the chat.

    `revoke ID` revokes an invitation.
    """
    word, _, which = text.partition(" ")
    if word.lower() == REVOKE.lower():
        if not (invitation_id := id_meant(which)):
            raise UsageError("which one? Give the id that was shown with the link")
        yield Message("INVITELINK", (REVOKE, invitation_id))
        return
    room = room_name(text) if text else session.room.name if session.room else ""
    yield Message("INVITELINK", (room,) if room else ())
