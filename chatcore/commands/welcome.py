"""The end of registration: the events that let a client in, and its welcome among them.

https://modern.ircdocs.horse/#connection-registration
"""

from __future__ import annotations

from chatcore.commands.context import Context
from chatcore.commands.profiles import own_values
from chatcore.commands.resumption import away_lines, token_lines
from chatcore.commands.server_info import welcome_lines
from chatcore.commands.tracker_list import trackers_wanted
from chatcore.protocol import numerics as num
from chatcore.protocol.modes import ModeChange
from chatcore.state.client import Client
from chatcore.state.events import Event
from chatcore.state.facts import AwayChanged, Connected, MetadataChanged
from chatcore.state.notes import Noted, NoteKind, invited
from chatcore.state.requests import (
    Replied,
    Reply,
    SubscriptionsChanged,
    UserModesChanged,
    WaitingRequested,
)


def welcome(ctx: Context, nick: str) -> list[Reply]:
    """Return the welcome of a client that is about to have this nick.

    Without a lock: this counts people, and writes to a file. Raises Leave if another connection takes its visit up.
    """
    return [*welcome_lines(ctx, nick), *away_lines(ctx), *token_lines(ctx, nick)]


def arrival(ctx: Context, changed: tuple[MetadataChanged, ...]) -> tuple[Event, ...]:
    """Return what happens as a client comes in that has its nick and has been told its welcome (`ctx.reply`).

    `changed` is what it says of itself by that. Its own thread.
    """
    client = ctx.client
    subscribed = (SubscriptionsChanged(client.id, client.subscriptions),) if client.subscriptions else ()
    away = (AwayChanged(client.id, client.away),) if client.away is not None else ()
    waiting = (WaitingRequested(client.id),) if client.account_id else ()
    wanted = trackers_wanted(client, client.capabilities)
    come = (*_resumed(ctx), _connected(client), *_invited(ctx))
    return (*come, *changed, *subscribed, *_told(ctx), *_modes(client), *away, *waiting, *wanted)


def _told(ctx: Context) -> tuple[Event, ...]:
    """Return what the client is told: its own metadata before RPL_ENDOFMOTD, as draft/metadata-3 wants it."""
    client, replies = ctx.client, tuple(ctx.response.replies)
    values = own_values(ctx)
    if values is None:
        return (Replied(client.id, replies),)
    end = next(at for at, reply in enumerate(replies) if reply[0] == num.RPL_ENDOFMOTD)
    return Replied(client.id, replies[:end]), values, Replied(client.id, replies[end:])


def _resumed(ctx: Context) -> tuple[Noted, ...]:
    """Return what the log has to hear first of a client that takes a visit up again."""
    resumed, client = ctx.registration.resumed, ctx.client
    return (Noted(NoteKind.RESUME, (resumed.nick, client.address, client.nick)),) if resumed is not None else ()


def _invited(ctx: Context) -> tuple[Noted, ...]:
    """Return what the log has to hear of a client that comes by an invitation."""
    client, invitation = ctx.client, ctx.registration.invitation
    return (invited(client.nick, client.address, invitation),) if invitation else ()


def _modes(client: Client) -> tuple[UserModesChanged, ...]:
    """Return the user modes of the visit that a client takes up; others have none yet."""
    if not client.modes:
        return ()
    return (UserModesChanged(client.id, tuple(ModeChange(True, letter) for letter in sorted(client.modes))),)


def _connected(client: Client) -> Connected:
    return Connected(
        client.id,
        client.nick,
        client.user,
        client.shown_host,
        client.address,
        client.realname,
        client.capabilities,
        client.account,
        client.account_id,
        client.visit,
    )
