"""The powers over a room of its members, its operators and, in every room, IRC operators.

An IRC operator may do what a room's operators may, without being in it. These powers do not include speaking or
entering against the room's modes: an IRC operator has to change the modes first, which the members see.
"""

from __future__ import annotations

from chatcore.commands.context import Context
from chatcore.commands.refusals import not_on_channel, not_operator
from chatcore.state.channel import Channel
from chatcore.state.notes import Noted, NoteKind


def check_power_locked(ctx: Context, channel: Channel, *, of_operators: bool = True) -> tuple[Noted, ...]:
    """Check that the client has the powers of the channel's operators or, without `of_operators`, of its members.

    Return the note for the log if only being an IRC operator gives the client that power. Raises CommandError.
    """
    client = ctx.client
    is_member = client in channel.members
    if channel.is_operator_locked(client) or (is_member and not of_operators):
        return ()
    if client.is_operator:
        return (Noted(NoteKind.OVERRIDE, (channel.name, client.nick)),)
    raise not_operator(channel.name) if is_member else not_on_channel(channel.name)


def speech_refusal_locked(ctx: Context, channel: Channel, text: str) -> tuple[str, ...] | None:
    """Check that a member may set a text other than a message: a topic or a parting reason. Return a refusal, or None.

    Otherwise muted people would speak in parting reasons, and people in a slow room would leave and come back instead
    of waiting.
    """
    client = ctx.client
    client.active_at = ctx.services.monotonic()
    refusal = channel.speech_refusal_locked(client, text)
    if refusal is None and channel.slow_mode.interval_s:
        channel.note_speech_locked(client)
    return refusal
