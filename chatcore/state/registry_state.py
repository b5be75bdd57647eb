"""The registry's state as plain data: what a snapshot stores, and what delivery's view is rebuilt from. Pure.

It has only what follows from the stream. Locks, credit, a command's cost so far, and unfinished multiline messages
belong to one tracker and are left out. Unordered collections are sorted, so that equal states are equal data on all
trackers.
"""

from __future__ import annotations

from typing import NamedTuple

from chatcore.state.channel import Listed, Topic
from chatcore.state.credentials import Credentials
from chatcore.state.history import FormerName
from chatcore.state.whowas import Departed

Pairs = tuple[tuple[str, str], ...]


class ClientState(NamedTuple):
    """A registered client.

    `metadata` is its own if it has no account; an account's is among the profiles. `is_at_address`: whether this client
    is the one found by its address.
    """

    id: int
    visit: str
    host: str
    port: int
    shown_host: str
    is_local: bool
    block: str
    site: str
    nick: str
    user: str
    realname: str
    capabilities: int
    login: Credentials | None
    modes: str
    monitored: tuple[str, ...]
    metadata: Pairs
    subscriptions: tuple[str, ...]
    away: str | None
    connected_at: float
    active_at: float
    is_at_address: bool


class RoomState(NamedTuple):
    """The state that channels and dormant rooms have in common."""

    name: str
    instance: int
    created_at: int
    flags: str
    values: Pairs
    lists: tuple[tuple[str, tuple[Listed, ...]], ...]
    topic: Topic | None
    absent: Pairs
    former_names: tuple[FormerName, ...]
    metadata: Pairs


class ChannelState(NamedTuple):
    """A channel. `members` are in order of joining; `letters` has the mode letters of each."""

    room: RoomState
    members: tuple[int, ...]
    letters: tuple[str, ...]
    invited: tuple[int, ...]
    spoken: tuple[tuple[str, float], ...]
    renamed_at: float | None


class DormantState(NamedTuple):
    """A room that has been dormant since this time (Unix, s)."""

    room: RoomState
    since: float


class RegistryState(NamedTuple):
    """The whole registry. `profiles` are the accounts', by id."""

    next_instance: int
    clients: tuple[ClientState, ...]
    channels: tuple[ChannelState, ...]
    dormant: tuple[DormantState, ...]
    profiles: tuple[tuple[str, Pairs], ...]
    whowas: tuple[Departed, ...]
    taken_back: tuple[int, ...]
