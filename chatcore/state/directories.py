"""What the registry consists of: directories, and what is counted of all that is in them.

`restore` fills them with what a snapshot has. What can be done with them otherwise, `registry` says.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping

from chatcore.protocol.names import casefold
from chatcore.state.channel import Channel
from chatcore.state.client import Client
from chatcore.state.compositions import Compositions
from chatcore.state.dormant import DormantRoom
from chatcore.state.metadata import Metadata, Profile, size_bytes
from chatcore.state.striped import StripedDict
from chatcore.state.taken_back import TakenBack
from chatcore.state.whowas import Whowas

_WHOWAS_ENTRIES = 200


class Directories:
    """Every method may be called by any thread, unless it says otherwise."""

    def __init__(self, unix_time: Callable[[], float], first_instance: int = 1) -> None:
        """Channels get their instances counted from `first_instance`, which is over all that were ever given."""
        self._unix_time = unix_time
        self._next_instance = first_instance
        self._nicks: StripedDict[str, Client] = StripedDict()
        self._addresses: StripedDict[str, Client] = StripedDict()
        self._channels: StripedDict[str, Channel] = StripedDict()
        self._dormant: StripedDict[str, DormantRoom] = StripedDict()  # changed under the lock of a channel of that name
        self._profiles: StripedDict[str, Profile] = StripedDict()  # of accounts, by id
        self.whowas = Whowas(_WHOWAS_ENTRIES)
        self.compositions = Compositions()
        self.taken_back = TakenBack()
        self.listed_count = 0
        """How many entries the lists (bans and the like) of all channels have, dormant ones apart."""
        self.metadata_bytes = 0
        """How much memory the metadata of all people who are in, accounts and channels takes, dormant ones apart."""
        self._counting = threading.Lock()  # guards listed_count, metadata_bytes and _next_instance

    def profile(self, account_id: str) -> Profile:
        """Return what an account says of itself: one object for all its clients."""
        return self._profiles.get(account_id) or self._profiles.put_if_absent(account_id, Profile(account_id))

    def keep_metadata(self, kept: Mapping[str, Metadata]) -> None:
        """Have accounts (ids) say what they said before the tracker was started. Before anybody is here."""
        for account_id, values in kept.items():
            profile = Profile(account_id, values)
            if self._profiles.put_if_absent(account_id, profile) is profile:
                self.count_metadata(size_bytes(values))

    def count_metadata(self, change_bytes: int) -> None:
        """Count how much more memory metadata takes, or how much less."""
        with self._counting:
            self.metadata_bytes += change_bytes

    def _new_instance(self) -> int:
        with self._counting:
            instance = self._next_instance
            self._next_instance += 1
            return instance

    @property
    def next_instance(self) -> int:
        """Return the instance that the next channel gets."""
        return self._next_instance

    def profiles(self) -> list[Profile]:
        """Return what accounts say of themselves, some of which say nothing."""
        return self._profiles.snapshot()

    def clients_at_addresses(self) -> list[Client]:
        """Return the clients that are found at their addresses: nearly all."""
        return self._addresses.snapshot()

    def restore(self, clients: Iterable[tuple[Client, bool]], channels: Iterable[Channel], next_instance: int) -> None:
        """Have these clients and channels be here, and nobody else. Before anybody is here, after the profiles.

        With each client comes whether it is the one that is found at its address.
        """
        for client, is_at_address in clients:
            self._nicks.put_if_absent(casefold(client.nick), client)
            if is_at_address:
                self._addresses.put_if_absent(client.address, client)
            if client.metadata is not None and not client.metadata.account_id:
                self.count_metadata(size_bytes(client.metadata.values))
        for channel in channels:
            self._channels.put_if_absent(channel.key_name, channel)
            with channel.lock:
                self.listed_count += channel.listed_locked()
                self.count_metadata(channel.metadata_bytes_locked())
        self._next_instance = next_instance
