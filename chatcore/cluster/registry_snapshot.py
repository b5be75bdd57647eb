"""Convert the registry to plain data and back. Delivery's thread, or before it starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter

from chatcore.protocol.names import casefold
from chatcore.state.channel import Channel
from chatcore.state.client import Client
from chatcore.state.dormant import DormantRoom
from chatcore.state.metadata import NONE, Metadata, Profile
from chatcore.state.registry import Registry
from chatcore.state.registry_state import ChannelState, ClientState, DormantState, Pairs, RegistryState, RoomState

MakeClient = Callable[[int, str, int], Client]
"""Makes a client of its id, host and port: whoever calls knows what credit it has."""


def registry_state(registry: Registry) -> RegistryState:
    """Return all that the registry has, the same data for the same state. Nobody may be changing it."""
    clients = sorted(registry.clients(), key=attrgetter("id"))
    at_addresses = {client.id for client in registry.clients_at_addresses()}
    channels = sorted(registry.channels(), key=attrgetter("key_name"))
    dormant = sorted(registry.dormant_rooms(), key=lambda room: casefold(room.name))
    profiles = sorted((each.account_id, _pairs(each.values)) for each in registry.profiles() if each.values)
    return RegistryState(
        registry.next_instance,
        tuple([_client_state(client, client.id in at_addresses) for client in clients]),
        tuple(map(_channel_state, channels)),
        tuple(map(_dormant_state, dormant)),
        tuple(profiles),
        registry.whowas.state(),
        registry.taken_back.state(),
    )


def restore_registry(registry: Registry, state: RegistryState, make_client: MakeClient) -> None:
    """Restore a new registry. `make_client` makes every client; none has a turn in progress or owes tokens."""
    registry.keep_metadata({account_id: _metadata(said) for account_id, said in state.profiles})
    registry.lay_down(map(_dormant_room, state.dormant))
    clients = {each.id: _client(registry, each, make_client) for each in state.clients}
    registry.restore(
        ((clients[each.id], each.is_at_address) for each in state.clients),
        (_channel(each, clients) for each in state.channels),
        state.next_instance,
    )
    registry.whowas.restore(state.whowas)
    registry.taken_back.restore(state.taken_back)


def _client_state(client: Client, is_at_address: bool) -> ClientState:
    login, modes = client.login, client.modes
    return ClientState(
        client.id,
        client.visit,
        client.host,
        client.port,
        client.shown_host,
        client.is_local,
        client.block,
        client.site,
        client.nick,
        client.user,
        client.realname,
        client.capabilities,
        login,
        "".join(sorted(modes)) if modes else "",
        tuple(client.monitored.values()),
        () if login is not None and login.account_id else _pairs(client.said_of_itself),
        client.subscriptions,
        client.away,
        client.connected_at,
        client.active_at,
        is_at_address,
    )


def _client(registry: Registry, state: ClientState, make: MakeClient) -> Client:
    client = make(state.id, state.host, state.port)
    client.visit, client.shown_host, client.is_local = state.visit, state.shown_host, state.is_local
    client.block, client.site = state.block, state.site
    client.user, client.realname, client.login = state.user, state.realname, state.login
    client.name(state.nick)
    client.capabilities, client.modes = state.capabilities, frozenset(state.modes)
    client.monitored = {casefold(nick): nick for nick in state.monitored}
    if client.account_id:
        client.metadata = registry.profile(client.account_id)
    elif state.metadata:
        client.metadata = Profile(values=_metadata(state.metadata))
    client.subscriptions, client.away = state.subscriptions, state.away
    client.connected_at, client.active_at = state.connected_at, state.active_at
    client.is_registered = True
    return client


def _channel_state(channel: Channel) -> ChannelState:
    with channel.lock:
        lists = ((letter, tuple(entries.values())) for letter, entries in channel.lists.items() if entries)
        return ChannelState(
            RoomState(
                channel.name,
                channel.instance,
                channel.created_at,
                "".join(sorted(channel.flags)),
                tuple(sorted(channel.values.items())),
                tuple(sorted(lists)),
                channel.topic,
                _pairs(channel.absent),
                channel.former_names,
                _pairs(channel.metadata),
            ),
            tuple([member.id for member in channel.members]),
            tuple(channel.members.values()),
            tuple(channel.invited),
            channel.slow_mode.state(),
            channel.renamed_at,
        )


def _channel(state: ChannelState, clients: Mapping[int, Client]) -> Channel:
    room = state.room
    channel = Channel(room.name, room.created_at, room.instance)
    with channel.lock:
        for client_id, letters in zip(state.members, state.letters, strict=True):
            channel.members[clients[client_id]] = letters
            clients[client_id].enter_locked(channel.key_name)
        channel.topic, channel.metadata = room.topic, _metadata(room.metadata)
        channel.absent, channel.former_names = dict(room.absent), room.former_names
        channel.invited, channel.renamed_at = dict.fromkeys(state.invited), state.renamed_at
        kept = dict(room.lists)
        lists = {letter: {casefold(each.mask): each for each in kept.get(letter, ())} for letter in channel.lists}
        channel.set_all_locked(set(room.flags), dict(room.values), lists)
        channel.slow_mode.restore(state.spoken)
    return channel


def _dormant_state(room: DormantRoom) -> DormantState:
    return DormantState(
        RoomState(
            room.name,
            room.instance,
            room.created_at,
            "".join(sorted(room.flags)),
            tuple(sorted(room.values.items())),
            tuple(sorted((letter, tuple(entries)) for letter, entries in room.lists.items() if entries)),
            room.topic,
            _pairs(room.accounts),
            room.former_names,
            _pairs(room.metadata),
        ),
        room.since,
    )


def _dormant_room(state: DormantState) -> DormantRoom:
    room = state.room
    return DormantRoom(
        room.name,
        room.instance,
        room.created_at,
        frozenset(room.flags),
        dict(room.values),
        dict(room.lists),
        room.topic,
        dict(room.absent),
        state.since,
        room.former_names,
        _metadata(room.metadata),
    )


def _pairs(values: Mapping[str, str]) -> Pairs:
    """Return what is under each key, in the order in which it was set first."""
    return tuple(values.items())


def _metadata(pairs: Pairs) -> Metadata:
    return dict(pairs) if pairs else NONE
