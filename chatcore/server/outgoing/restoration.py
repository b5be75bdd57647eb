"""Delivery's view in a snapshot: what the registry has, and what only delivery knows.

Restoring tells nobody anything and writes nothing about rooms, because nothing has changed. Delivery's thread, or
before it runs.
"""

from __future__ import annotations

from typing import NamedTuple

from chatcore.protocol.names import casefold, format_address
from chatcore.server.archive.journal.records import LOCKS
from chatcore.server.outgoing.dialogs import DialogsState
from chatcore.server.outgoing.markers import MarkersState
from chatcore.server.outgoing.rendering.context import RenderContext
from chatcore.server.outgoing.rendering.registration import add_reader
from chatcore.server.outgoing.waiting import WaitingState
from chatcore.state.facts import Connected
from chatcore.state.history import LAST_INDEX
from chatcore.state.registry_state import ChannelState, ClientState, RegistryState


class ViewState(NamedTuple):
    """What cannot be derived from the registry: the latest time so far (Unix, s), and what belongs to identities.

    `present` has the clients of each identity with several clients here, in order of arrival.
    """

    peak: float = 0.0
    present: tuple[tuple[str, tuple[int, ...]], ...] = ()
    dialogs: DialogsState = DialogsState()
    waiting: WaitingState = ()
    markers: MarkersState = ()


def view_state(ctx: RenderContext) -> ViewState:
    """Return everything that a snapshot needs besides the registry."""
    shared = sorted((identity, readers) for identity, readers in ctx.view.present.items() if len(readers) > 1)
    return ViewState(
        ctx.peak,
        tuple((identity, tuple(reader.id for reader in readers)) for identity, readers in shared),
        ctx.view.dialogs.state(),
        ctx.waiting.state(),
        ctx.markers.state(),
    )


def restore_view(ctx: RenderContext, registry: RegistryState, state: ViewState, position: int) -> None:
    """Fill a new view from a snapshot made at a position in the stream.

    All its clients are connected to other trackers. The journal records which accounts are in which rooms at that
    position, so that they may read messages there; an archive that is further on ignores that.
    """
    view = ctx.view
    ctx.peak = state.peak
    ctx.serial = position, LAST_INDEX, ctx.sequence, ctx.peak
    view.profiles.restore({account_id: dict(said) for account_id, said in registry.profiles})
    for client in registry.clients:
        _restore_reader(ctx, client)
    for identity, clients in state.present:
        view.present[identity] = {view.readers[client]: None for client in clients}
    for channel in registry.channels:
        _restore_room(ctx, channel)
    for room in view.rooms.values():
        room.shared = sum(len(member.rooms) > 1 for member in room.members)
    view.dialogs.restore(state.dialogs)
    ctx.waiting.restore(state.waiting)
    ctx.markers.restore(state.markers)


def _restore_reader(ctx: RenderContext, client: ClientState) -> None:
    reader = add_reader(ctx, _connected(client))
    if reader is None:
        return
    reader.take_modes(frozenset(client.modes))
    reader.away, reader.subscriptions = client.away, client.subscriptions
    reader.metadata = ctx.view.profiles.of(reader.account_id) if reader.account_id else dict(client.metadata)
    ctx.view.by_nick[casefold(client.nick)] = reader
    ctx.view.identify(reader)
    for nick in client.monitored:
        reader.watched[casefold(nick)] = nick
        ctx.view.watchers.setdefault(casefold(nick), {})[reader] = None


def _connected(client: ClientState) -> Connected:
    account, account_id = (client.login.account, client.login.account_id) if client.login is not None else (None, "")
    return Connected(
        client.id,
        client.nick,
        client.user,
        client.shown_host,
        format_address(client.host, client.port),
        client.realname,
        client.capabilities,
        account,
        account_id,
        client.visit,
    )


def _restore_room(ctx: RenderContext, channel: ChannelState) -> None:
    state = channel.room
    members = {ctx.view.readers[id_]: letters for id_, letters in zip(channel.members, channel.letters, strict=True)}
    room = ctx.view.restore_room(state.name, state.instance, members, (identity for identity, _ in state.absent))
    room.topic, room.metadata = state.topic, dict(state.metadata)
    room.set_locks(LOCKS.intersection(state.flags) | LOCKS.intersection(letter for letter, _ in state.values))
    if not room.is_secret:
        room.address = ctx.host.open_room(room.name)
