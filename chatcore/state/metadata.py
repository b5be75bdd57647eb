"""Metadata of users and rooms: values by key (https://ircv3.net/specs/extensions/metadata).

A mapping is replaced as a whole and never changed, so any thread that has it may read it without a lock.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import MappingProxyType

Metadata = Mapping[str, str]
"""Values, none of them empty, by key, in the order in which they were first set."""

ALL = "*ALL"
"""Instead of a target: everything a client is notified of, i.e. its rooms, their members and the nicks it monitors."""

NONE: Metadata = MappingProxyType({})

_OVERHEAD_BYTES = 250  # for the objects of one value, in the registry and in delivery's view


def with_value(metadata: Metadata, key: str, value: str) -> Metadata:
    """Return a copy in which a key has this value, or none ('')."""
    changed = {**metadata, key: value}
    if not value:
        del changed[key]
    return changed


def size_bytes(metadata: Metadata) -> int:
    """Return about how much memory the metadata takes."""
    return sum(len(key) + len(value.encode()) + _OVERHEAD_BYTES for key, value in metadata.items())


class Profile:
    """One user's metadata: a visit's, or an account's, which all its visits share.

    `values` are replaced under `lock` by any of its clients' threads, together with the append that announces it.
    """

    __slots__ = ("account_id", "lock", "values")

    def __init__(self, account_id: str = "", values: Metadata = NONE) -> None:
        self.account_id = account_id  # '' for a visit's
        self.lock = threading.Lock()
        self.values = values
