"""INVITELINK: invitations to the chat (docs/irc-reference.md). For invitations to a room see `channel.handle_invite`.

For IRC operators, and for accounts with the right to invite.
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
"""The longest link that fits one line. A link that would be longer leaves the room out."""


def handle_invitelink(ctx: Context, message: Message) -> None:
    """INVITELINK [<channel>|REVOKE <id>]: make an invitation and reply with its links, or revoke one."""
    _check_right(ctx)
    if message.params and message.params[0].upper() == REVOKE:
        _revoke(ctx, message.params[1] if len(message.params) > 1 else "")
        return
    room, key = _room(ctx, message.params[0]) if message.params else ("", "")
    if not ctx.services.keys.needs_password:
        _tell(ctx, None, room, key, ("*", "*"), "Anybody can come in by this link, because there is no password")
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
    """Revoke one of the client's own invitations or, for an IRC operator, anybody's."""
    invitation_id, by = id_meant(text) or "", _maker(ctx)
    room = ctx.services.invitations.revoke(invitation_id, None if ctx.client.is_operator else by)
    if room is None:
        words = "You have no valid invitation with that id"
        raise CommandError("FAIL", "INVITELINK", "NO_SUCH_INVITATION", invitation_id or "*", words)
    words = f"Invitation {invitation_id} is revoked; people who came by it stay"
    is_program = ctx.client.capabilities & STANDARD_REPLIES
    told = ("NOTE", "INVITELINK", "REVOKED", invitation_id) if is_program else ("NOTICE", ctx.client.nick)
    ctx.reply(*told, words)
    ctx.publish(invitation_revoked(invitation_id, room, by))


def _maker(ctx: Context) -> str:
    """Return the name to record as the inviter: the client's account, or the nick of an IRC operator without one."""
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
        words = "Only IRC operators, and accounts with the right to invite, can make links"
        raise CommandError("FAIL", "INVITELINK", "NO_PRIVILEGES", "*", words)


def _room(ctx: Context, name: str) -> tuple[str, str]:
    """Return the name of a room that the client is in, and its key ('': none) if the client is its operator.

    Raises the same CommandError for a room that does not exist, so that nobody can probe for secret rooms.
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
    """Reply with an invitation (None if nobody needs one), in a form for programs or as links for people."""
    if ctx.client.capabilities & STANDARD_REPLIES:
        keys = (key,) if key else ()
        text = invitation.text if invitation else "*"
        ctx.reply("NOTE", "INVITELINK", "INVITATION", text, room or "*", *bounds, *keys, words)
        return
    ctx.reply("NOTICE", ctx.client.nick, f"{words}:")
    for link in ctx.services.links(ctx.client, invitation, room, key):
        is_short = len(link.text) <= MAX_LINK_BYTES
        ctx.reply("NOTICE", ctx.client.nick, (link if is_short else link._replace(room="", room_key="")).text)
