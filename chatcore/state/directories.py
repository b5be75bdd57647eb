"""The registry's data: directories of clients, channels and profiles, with counts over them.

`restore` fills them from a snapshot; all other operations are in `registry`.
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
        """Number the instances of channels from `first_instance`, which is above all that were ever given."""
        self._unix_time = unix_time
        self._next_instance = first_instance
        self._nicks: StripedDict[str, Client] = StripedDict()
        self._addresses: StripedDict[str, Client] = StripedDict()
        self._channels: StripedDict[str, Channel] = StripedDict()
        self._dormant: StripedDict[str, DormantRoom] = StripedDict()  # changed under the lock of a channel of that name
        self._profiles: StripedDict[str, Profile] = StripedDict()  # by account id
        self.whowas = Whowas(_WHOWAS_ENTRIES)
        self.compositions = Compositions()
        self.taken_back = TakenBack()
        self.listed_count = 0
        """How many entries the lists (bans and the like) of all channels have, without dormant ones."""
        self.metadata_bytes = 0
        """How much memory the metadata of clients, accounts and channels takes, without dormant channels."""
        self._counting = threading.Lock()  # guards listed_count, metadata_bytes and _next_instance

    def profile(self, account_id: str) -> Profile:
        """Return an account's metadata: one object shared by all its clients."""
        return self._profiles.get(account_id) or self._profiles.put_if_absent(account_id, Profile(account_id))

    def keep_metadata(self, kept: Mapping[str, Metadata]) -> None:
        """Restore the metadata that accounts (by id) had before a restart. Before any client connects."""
        for account_id, values in kept.items():
            profile = Profile(account_id, values)
            if self._profiles.put_if_absent(account_id, profile) is profile:
                self.count_metadata(size_bytes(values))

    def count_metadata(self, change_bytes: int) -> None:
        """Adjust the count of the memory that metadata takes."""
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
        """Return the accounts' metadata; some of it may be empty."""
        return self._profiles.snapshot()

    def clients_at_addresses(self) -> list[Client]:
        """Return the clients that can be found by their addresses: nearly all of them."""
        return self._addresses.snapshot()

    def restore(self, clients: Iterable[tuple[Client, bool]], channels: Iterable[Channel], next_instance: int) -> None:
        """Fill the directories with these clients and channels. Before any client connects, after the profiles.

        With each client comes whether it is the one that can be found by its address.
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
