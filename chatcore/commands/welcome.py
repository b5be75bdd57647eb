"""The end of registration: the events that let a client in, including its welcome.

https://modern.ircdocs.horse/#connection-registration
"""

from __future__ import annotations

from chatcore.commands.context import Context
from chatcore.commands.profiles import own_values
from chatcore.commands.resumption import away_lines, token_lines
from chatcore.commands.server_info import welcome_lines
from chatcore.commands.tracker_list import trackers_wanted
from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import RESUME
from chatcore.protocol.modes import ModeChange
from chatcore.state.client import Client
from chatcore.state.events import Event
from chatcore.state.facts import AwayChanged, Connected, MetadataChanged
from chatcore.state.notes import Noted, NoteKind, invited
from chatcore.state.requests import (
    Replied,
    RepliedInBatch,
    Reply,
    SubscriptionsChanged,
    UserModesChanged,
    WaitingRequested,
)
from chatcore.state.steps import Admitted


def welcome(ctx: Context, nick: str) -> list[Reply]:
    """Return the welcome for a client that is about to get this nick.

    Hold no lock: this counts people, and writes to a file. Raises Leave if another connection resumes the visit.
    """
    tokens = token_lines(ctx, nick) if ctx.client.capabilities & RESUME else []
    return [*welcome_lines(ctx, nick), *away_lines(ctx), *tokens]


def arrival(ctx: Context, step: Admitted, changed: tuple[MetadataChanged, ...]) -> tuple[Event, ...]:
    """Return the events of a client's arrival. It has its nick, and its welcome is among the response's replies.

    On another tracker than its own there are no replies. `changed` are the metadata that it brings.
    """
    client = ctx.client
    subscribed = (SubscriptionsChanged(client.id, client.subscriptions),) if client.subscriptions else ()
    away = (AwayChanged(client.id, client.away),) if client.away is not None else ()
    waiting = (WaitingRequested(client.id),) if client.account_id else ()
    wanted = trackers_wanted(client, client.capabilities)
    come = (*_resumed(client, step), _connected(client), *_invited(client, step))
    return (*come, *changed, *subscribed, *_told(ctx), *_modes(client), *away, *waiting, *wanted)


def _told(ctx: Context) -> tuple[Replied | RepliedInBatch, ...]:
    """Return what the client is told: its own metadata before RPL_ENDOFMOTD, as draft/metadata-3 wants it.

    The number of events is the same on all trackers, because it numbers the lines of the log.
    """
    client, replies = ctx.client, tuple(ctx.response.replies)
    values = own_values(ctx)
    if values is None:
        return (Replied(client.id, replies),)
    end = next((at for at, reply in enumerate(replies) if reply[0] == num.RPL_ENDOFMOTD), 0)
    return Replied(client.id, replies[:end]), values, Replied(client.id, replies[end:])


def _resumed(client: Client, step: Admitted) -> tuple[Noted, ...]:
    """Return the note for the log about a client that resumes a visit."""
    return (Noted(NoteKind.RESUME, (step.resumed, client.address, client.nick)),) if step.resumed else ()


def _invited(client: Client, step: Admitted) -> tuple[Noted, ...]:
    """Return the note for the log about a client that comes by an invitation."""
    return (invited(client.nick, client.address, step.invitation),) if step.invitation else ()


def _modes(client: Client) -> tuple[UserModesChanged, ...]:
    """Return the user modes of the visit that a client resumes; other clients have none yet."""
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
