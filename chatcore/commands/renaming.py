"""RENAME: give a room another name (https://ircv3.net/specs/extensions/channel-rename)."""

from __future__ import annotations

from chatcore.commands.bounds import MAX_NAMES_TOLD, MAX_REASON_CHARS, RENAME_INTERVAL_S
from chatcore.commands.context import Context
from chatcore.commands.powers import check_power_locked
from chatcore.commands.refusals import no_such_channel
from chatcore.commands.targets import known_locked
from chatcore.errors import CommandError
from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import CHANNEL_RENAME
from chatcore.protocol.message import Message
from chatcore.protocol.names import casefold, channel_problem
from chatcore.state.channel import Channel
from chatcore.state.facts import RoomRenamed
from chatcore.state.history import line_id


def handle_rename(ctx: Context, message: Message) -> None:
    """RENAME: give a channel another name. Everything else stays as it is.

    The old name is free at once, and does not redirect: whoever creates a room first must not send people elsewhere.
    """
    old, new = message.params[:2]
    reason = message.params[2][:MAX_REASON_CHARS] if len(message.params) > 2 else ""
    problem = channel_problem(new)
    if problem:
        raise CommandError(num.ERR_NOSUCHCHANNEL, new, problem)
    if ctx.registry.channel(old) is None:  # otherwise `hold` would create it
        raise no_such_channel(old)
    with ctx.registry.hold([old, new], create=True) as held:
        channel, place = known_locked(ctx, held, old), held[casefold(new)]
        if not channel.members:  # `hold` has just created it, or it is from before a restart
            raise no_such_channel(old)
        notes = check_power_locked(ctx, channel)
        had = channel.name
        _check_locked(ctx, channel, place, new)
        if place is channel:
            channel.name = new
        else:
            place.take_over_locked(channel)
        place.renamed_at = ctx.services.monotonic()
        ctx.publish(*notes, RoomRenamed(ctx.client.id, had, new, reason))
        if place is not channel:
            place.note_former_locked(had, line_id(ctx.position + 1, 0) - 1)


def _check_locked(ctx: Context, channel: Channel, place: Channel, new: str) -> None:
    """Check that the channel can have the new name, now the name of `place`. Raises CommandError.

    The refusal of a name in use reveals no more than a JOIN would.
    """
    if channel.name == new:
        raise _failure("CANNOT_RENAME", channel.name, new, "The room already has that name")
    if place is not channel and (place.members or place.is_asleep):
        raise _failure("CHANNEL_NAME_IN_USE", channel.name, new, "There is already a room of that name")
    strangers = sum(not member.capabilities & CHANNEL_RENAME for member in channel.members)
    if place is not channel and strangers * len(channel.members) > MAX_NAMES_TOLD:
        raise _failure("CANNOT_RENAME", channel.name, new, "There are too many people in that room to tell them all")
    since = channel.renamed_at
    if since is not None and ctx.services.monotonic() - since < RENAME_INTERVAL_S:
        words = f"That room was renamed less than {RENAME_INTERVAL_S} seconds ago"
        raise _failure("CANNOT_RENAME", channel.name, new, words)


def _failure(code: str, old: str, new: str, words: str) -> CommandError:
    return CommandError("FAIL", "RENAME", code, old, new, words)
