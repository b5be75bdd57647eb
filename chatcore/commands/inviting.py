"""INVITELINK: invitations to the chat (docs/irc-reference.md). For invitations to a room see `channel.handle_invite`.

For IRC operators, and for accounts that the operator lets do so.
"""

from __future__ import annotations

from chatcore.commands.context import Context
from chatcore.commands.refusals import ACCOUNTS_REFUSAL, not_on_channel
from chatcore.errors import AccountsUnavailable, ChatError, CommandError
from chatcore.protocol.capabilities import STANDARD_REPLIES
from chatcore.protocol.invitations import Invitation, id_meant
from chatcore.protocol.message import Message
from chatcore.protocol.modes import KEY
from chatcore.protocol.timestamp import format_time
from chatcore.state.credentials import Right
from chatcore.state.notes import invitation_made, invitation_revoked

REVOKE = "REVOKE"
MAX_LINK_BYTES = 380
"""That a line has room for. A longer link, to a room of a long name, leaves the room out."""


def handle_invitelink(ctx: Context, message: Message) -> None:
    """INVITELINK [<channel>|REVOKE <id>]: make an invitation and reply with its links, or revoke one."""
    _check_right(ctx)
    if message.params and message.params[0].upper() == REVOKE:
        _revoke(ctx, message.params[1] if len(message.params) > 1 else "")
        return
    room, key = _room(ctx, message.params[0]) if message.params else ("", "")
    if not ctx.services.keys.needs_password:
        _tell(ctx, None, room, key, ("*", "*"), "Everybody can come in by this link, as there is no password")
        return
    config, by = ctx.config, _maker(ctx)
    uses = config.invitation_uses
    try:
        invitation, until = ctx.services.invitations.make(by, room, uses, config.invitation_hours)
    except ChatError as error:
        raise CommandError("FAIL", "INVITELINK", "NOT_MADE", room or "*", str(error)) from None
    how_many = "One person" if uses == 1 else f"{uses} people"
    day, _, time = format_time(until)[:16].partition("T")
    words = f"{how_many} can come in by this link until {day} {time} UTC"
    _tell(ctx, invitation, room, key, (str(uses), format_time(until)), f"{words} (invitation {invitation.id})")
    ctx.publish(invitation_made(invitation.id, room, by, uses, until))


def _revoke(ctx: Context, text: str) -> None:
    """Revoke an invitation: one's own or, as an IRC operator, anybody's."""
    invitation_id, by = id_meant(text) or "", _maker(ctx)
    room = ctx.services.invitations.revoke(invitation_id, None if ctx.client.is_operator else by)
    if room is None:
        words = "There is no invitation of yours with that id that could be used"
        raise CommandError("FAIL", "INVITELINK", "NO_SUCH_INVITATION", invitation_id or "*", words)
    words = f"Invitation {invitation_id} lets in nobody any more; who came by it stays"
    is_program = ctx.client.capabilities & STANDARD_REPLIES
    told = ("NOTE", "INVITELINK", "REVOKED", invitation_id) if is_program else ("NOTICE", ctx.client.nick)
    ctx.reply(*told, words)
    ctx.publish(invitation_revoked(invitation_id, room, by))


def _maker(ctx: Context) -> str:
    """Return who makes the client's invitation: its account, or an IRC operator without one."""
    return ctx.client.account or ctx.client.nick


def _check_right(ctx: Context) -> None:
    """Raise CommandError unless the client may invite."""
    client = ctx.client
    try:
        may = client.is_operator or (
            client.login is not None and ctx.services.keys.has_right(client.login, Right.INVITE)
        )
    except AccountsUnavailable:
        raise CommandError("FAIL", "INVITELINK", "TEMPORARILY_UNAVAILABLE", "*", ACCOUNTS_REFUSAL) from None
    if not may:
        words = "Only IRC operators, and accounts that the operator lets do so, make links"
        raise CommandError("FAIL", "INVITELINK", "NO_PRIVILEGES", "*", words)


def _room(ctx: Context, name: str) -> tuple[str, str]:
    """Return the name of a room that the client is in, and its key ('': none) if the client is its operator.

    Raises CommandError, also for a room that there is not: whoever is not in a secret one must not learn of it.
    """
    channel = ctx.registry.channel(name)
    if channel is None:
        raise not_on_channel(name)
    with channel.lock:
        if ctx.client not in channel.members:
            raise not_on_channel(name)
        is_operator = ctx.client.is_operator or channel.is_operator_locked(ctx.client)
        return channel.name, channel.values.get(KEY.letter, "") if is_operator else ""


def _tell(
    ctx: Context, invitation: Invitation | None, room: str, key: str, bounds: tuple[str, str], words: str
) -> None:
    """Reply with an invitation (None: nobody needs one): for programs, or with the links for people."""
    if ctx.client.capabilities & STANDARD_REPLIES:
        keys = (key,) if key else ()
        text = invitation.text if invitation else "*"
        ctx.reply("NOTE", "INVITELINK", "INVITATION", text, room or "*", *bounds, *keys, words)
        return
    ctx.reply("NOTICE", ctx.client.nick, f"{words}:")
    for link in ctx.services.links(ctx.client, invitation, room, key):
        is_short = len(link.text) <= MAX_LINK_BYTES
        ctx.reply("NOTICE", ctx.client.nick, (link if is_short else link._replace(room="", room_key="")).text)
