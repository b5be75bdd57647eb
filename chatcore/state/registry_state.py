"""All that the registry has, as plain data: what a snapshot has of it, and delivery's view is made of again. Pure.

Only what follows from the stream is in it. Locks, credit, what a command has cost so far, and the messages of several
lines that somebody has begun are one tracker's. Whatever has no order of its own is sorted, so that the same state is
the same data everywhere.
"""

from __future__ import annotations

from typing import NamedTuple

from chatcore.state.channel import Listed, Topic
from chatcore.state.credentials import Credentials
from chatcore.state.history import FormerName
from chatcore.state.whowas import Departed

Pairs = tuple[tuple[str, str], ...]


class ClientState(NamedTuple):
    """A client that is in.

    `metadata` is what a visit without an account says of itself; an account's is among the profiles. `is_at_address`:
    whether this client is the one that is found at its address.
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
    """What a channel has, and also one to which nobody has come back yet."""

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
    """A channel with members, in order of joining; `letters` has the mode letters of each."""

    room: RoomState
    members: tuple[int, ...]
    letters: tuple[str, ...]
    invited: tuple[int, ...]
    spoken: tuple[tuple[str, float], ...]
    renamed_at: float | None


class DormantState(NamedTuple):
    """A room to which nobody has come back yet, since this time (Unix, s)."""

    room: RoomState
    since: float


class RegistryState(NamedTuple):
    """All of it. `profiles` are those of accounts, by id."""

    next_instance: int
    clients: tuple[ClientState, ...]
    channels: tuple[ChannelState, ...]
    dormant: tuple[DormantState, ...]
    profiles: tuple[tuple[str, Pairs], ...]
    whowas: tuple[Departed, ...]
    taken_back: tuple[int, ...]
