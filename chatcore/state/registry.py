"""Who is here, and which channels exist: the tracker's directories."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from chatcore.protocol.modes import SECRET
from chatcore.protocol.names import casefold, format_address, parse_address
from chatcore.state.channel import Channel
from chatcore.state.client import Client
from chatcore.state.directories import Directories
from chatcore.state.dormant import DormantRoom, waking
from chatcore.state.history import Called
from chatcore.state.metadata import size_bytes
from chatcore.state.whowas import Departed


class Registry(Directories):
    """Finds clients by nick or address and channels by name. Every method may be called by any thread."""

    def claim_nick(self, client: Client, nick: str, publish: Callable[[], None] = lambda: None) -> bool:
        """Make `nick` the client's, at the end of registration; return False if it is taken.

        `publish` puts the arrival into the stream before anybody else can find the client. Like that of `rename` and
        `release_nick`, it must not look anybody up in the registry.
        """

        def arrive() -> None:
            client.name(nick)
            if self._addresses.put_if_absent(client.address, client, publish) is not client:
                publish()  # two clients behind a proxy may have the same address

        return self._nicks.put_if_absent(casefold(nick), client, arrive) is client

    def rename(self, client: Client, nick: str, publish: Callable[[], None] = lambda: None) -> bool:
        """Change the client's nick; return False if another has it. The caller holds its channels' locks.

        `publish` puts the change into the stream before another client can claim the old nick.
        """
        departed = self._departed(client)

        def change() -> None:
            client.name(nick)
            publish()

        if not self._nicks.move(casefold(client.nick), casefold(nick), client, change):
            return False
        self.whowas.add(departed)
        return True

    def release_nick(self, client: Client, publish: Callable[[], None] = lambda: None) -> None:
        """Give the client's nick back; `publish` puts that into the stream before another client can claim it."""

        def depart() -> None:
            if not self._addresses.remove_if(client.address, client, publish):
                publish()

        self.whowas.add(self._departed(client))
        self._nicks.remove_if(casefold(client.nick), client, depart)
        if client.metadata is not None and not client.metadata.account_id:
            self.count_metadata(-size_bytes(client.metadata.values))

    def client(self, nick: str) -> Client | None:
        """Return the client with this nick."""
        return self._nicks.get(casefold(nick))

    def client_at(self, target: str) -> Client | None:
        """Return the client with this nick or this address (`ip:port`)."""
        address = parse_address(target)
        return self._addresses.get(format_address(*address)) if address else self.client(target)

    def clients(self) -> list[Client]:
        """Return all registered clients."""
        return self._nicks.snapshot()

    def client_count(self) -> int:
        """Return how many clients are registered."""
        return len(self._nicks)

    def channel(self, name: str) -> Channel | None:
        """Return the channel of this name. Lock it and look at `is_dead` before relying on it."""
        return self._channels.get(casefold(name))

    def channels(self) -> list[Channel]:
        """Return all channels."""
        return self._channels.snapshot()

    def channels_of(self, client: Client) -> list[Channel]:
        """Return the channels that the client is in. Treat each like one returned by `channel`."""
        found = map(self._channels.get, _ascending(client.channels))
        return [channel for channel in found if channel is not None]

    def channel_count(self) -> int:
        """Return how many channels there are."""
        return len(self._channels)

    def public_channel_count(self) -> int:
        """Return how many channels are not secret. Looks at all channels."""
        count = 0
        for channel in self.channels():
            with channel.lock:
                count += not channel.is_dead and not channel.has_locked(SECRET)
        return count

    def is_hidden(self, name: str, client: Client) -> bool:
        """Return whether a channel of this name exists but must stay hidden from the client."""
        channel = self.channel(name)
        if channel is None:
            return False
        with channel.lock:
            return not (channel.is_dead or channel.is_visible_to_locked(client) or client.seat in channel.absent)

    @contextmanager
    def hold(self, names: Iterable[str], *, create: bool = False) -> Iterator[Mapping[str, Channel]]:
        """Lock the channels of these names for one command; yield them by casefolded name.

        Locks are taken in ascending order of the casefolded names. With `create`, missing channels are made; a dormant
        room becomes a channel that is asleep. A channel that is empty at the end is marked dead under its lock, and
        removed by identity afterwards; one that is asleep wakes if it has a member by then.
        """
        wanted = {casefold(name): name for name in names}
        held = self._lock_all(wanted, create)
        listed = sum(channel.listed_locked() for channel in held.values() if not channel.is_asleep)
        metadata = sum(channel.metadata_bytes_locked() for channel in held.values() if not channel.is_asleep)
        try:
            yield held
        finally:
            for folded, channel in held.items():
                channel.is_dead = not channel.members
                if channel.is_asleep and channel.members:
                    self._wake_locked(folded, channel)
                listed -= channel.listed_locked()
                metadata -= channel.metadata_bytes_locked()
                channel.lock.release()
                if channel.is_dead:
                    self._channels.remove_if(folded, channel)
            if listed:
                with self._counting:
                    self.listed_count -= listed
            if metadata:
                self.count_metadata(-metadata)

    @contextmanager
    def hold_channels_of(self, client: Client) -> Iterator[list[Channel]]:
        """Lock every channel that the client is in, so that it joins and leaves none meanwhile (NICK, QUIT)."""
        while True:
            before = client.channels
            with self.hold(before) as held:
                if client.channels == before:
                    yield list(held.values())
                    return

    def lay_down(self, rooms: Iterable[DormantRoom]) -> None:
        """Add rooms from before a restart, to be woken by the first client to enter. Before any client connects."""
        for room in rooms:
            self._dormant.put_if_absent(casefold(room.name), room)

    def dormant_rooms(self) -> list[DormantRoom]:
        """Return the dormant rooms."""
        return self._dormant.snapshot()

    def dormant_count(self) -> int:
        """Return how many rooms are dormant."""
        return len(self._dormant)

    def names_of(self, instances: Collection[int]) -> dict[int, str]:
        """Return the names of the channels with these instances, without dormant ones. Looks at all channels."""
        return {channel.instance: channel.name for channel in self.channels() if channel.instance in instances}

    def has_seat(self, name: str, identity: str) -> bool:
        """Return whether this identity may return to the channel of this name, dormant or not."""
        channel, room = self.channel(name), self._dormant.get(casefold(name))
        if channel is None:
            return room is not None and identity in room.accounts
        with channel.lock:
            return identity in channel.absent

    def clear_seat(self, name: str, identity: str) -> None:
        """Remove this identity's seat in the channel of this name, dormant or not."""
        if not self.past_of(name)[0]:
            return
        with self.hold([name], create=True) as held:
            held[casefold(name)].absent.pop(identity, None)
            room = self._dormant.get(casefold(name))
            if room is not None:
                room.accounts.pop(identity, None)

    def past_of(self, name: str) -> tuple[int, Called]:
        """Return the instance of the room with this name, dormant or not, and its names; 0 if there is none."""
        found = self._channels.get(casefold(name)) or self._dormant.get(casefold(name))
        return (found.instance, Called(found.name, found.former_names)) if found is not None else (0, Called(name))

    def forget_dormant(self, room: DormantRoom, publish: Callable[[], None]) -> bool:
        """End a dormant room and publish that; return False if it has already been woken or ended."""
        folded = casefold(room.name)
        with self.hold([folded], create=True):
            if self._dormant.get(folded) is not room:
                return False
            publish()
            return self._dormant.remove_if(folded, room)

    def _wake_locked(self, folded: str, channel: Channel) -> None:
        channel.is_asleep = False
        room = self._dormant.get(folded)
        assert room is not None, "it is removed under this lock only"
        self._dormant.remove_if(folded, room)

    def _departed(self, client: Client) -> Departed:
        return Departed(client.nick, client.user, client.shown_host, client.realname, self._unix_time())

    def _lock_all(self, wanted: Mapping[str, str], create: bool) -> dict[str, Channel]:
        while True:
            held: dict[str, Channel] = {}
            for folded in _ascending(wanted):
                channel = self._lock_one(folded, wanted[folded], create)
                if channel is not None:
                    held[folded] = channel
            if not any(channel.is_dead for channel in held.values()):
                return held
            for folded, channel in held.items():
                channel.is_dead |= not channel.members  # also a channel that was just made here
                channel.lock.release()
                if channel.is_dead:  # so that the next lookup does not wait for the thread that emptied it
                    self._channels.remove_if(folded, channel)

    def _lock_one(self, folded: str, name: str, create: bool) -> Channel | None:
        """Return the channel, locked."""
        while True:
            channel = self._channels.get(folded)
            if channel is not None:
                channel.lock.acquire()
                return channel
            if not create:
                return None
            room = self._dormant.get(folded)
            channel = waking(room) if room else Channel(name, int(self._unix_time()), self._new_instance())
            channel.lock.acquire()  # before anybody can find it, so that nobody ever sees it without members
            if self._channels.put_if_absent(folded, channel) is channel:
                if room is None or self._dormant.get(folded) is room:
                    return channel
                channel.is_dead = True  # another thread woke the room meanwhile, and the channel has ended
                self._channels.remove_if(folded, channel)
            channel.lock.release()


def _ascending(names: Collection[str]) -> Collection[str]:
    """Return names in order. Sorting takes 3 KB of stack, and each client's thread keeps every page it ever touched."""
    return sorted(names) if len(names) > 1 else names
