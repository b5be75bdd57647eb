"""A client leaves: for good or, if its connection was lost and it may resume, until it comes back."""

from __future__ import annotations

from chatcore.commands.context import Context
from chatcore.state.dormant import DormantRoom, dormant_of
from chatcore.state.facts import Quit
from chatcore.state.kept_visit import Seat
from chatcore.state.requests import RoomLaidDown


def leave(ctx: Context, reason: str, *, is_lost: bool, lays_down: bool = False) -> None:
    """Take the client out of its rooms, free its nick, and publish its departure. Raises StreamClosed.

    With `lays_down`, rooms that become empty stay dormant for their members, as after a restart. Called by the client's
    own thread or, with several trackers, by the thread that carries out shared steps.
    """
    client, registry = ctx.client, ctx.registry
    may_return = ctx.services.resumption.depart(client, is_lost=is_lost)
    waiting: list[DormantRoom] = []
    with registry.hold_channels_of(client) as channels:
        seats = [Seat(channel.name, channel.instance, channel.is_closed_locked()) for channel in channels]
        for channel in channels:
            letters = channel.members[client]
            channel.remove_locked(client, may_return=may_return)
            if lays_down and not channel.members:
                if client.account_id:
                    channel.absent[client.account_id] = letters
                waiting.append(dormant_of(channel, ctx.services.now()))
        laid_down = (RoomLaidDown(room.name) for room in waiting)
        left = Quit(client.id, reason, is_lost, may_return)
        registry.release_nick(client, lambda: ctx.publish_departure((*laid_down, left)))
    client.has_left = True
    registry.lay_down(waiting)
    if may_return:
        ctx.services.resumption.note_seats(client, seats)
