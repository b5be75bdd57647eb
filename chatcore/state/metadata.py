"""What people and rooms say of themselves: values by key (https://ircv3.net/specs/extensions/metadata).

A mapping is replaced as a whole and never changed, so whoever has it may read it without a lock.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import MappingProxyType

Metadata = Mapping[str, str]
"""Values, none of them empty, by key, in the order in which they were set first."""

ALL = "*ALL"
"""In place of a target, all that a client is told of: its rooms, their members, and those whom it monitors."""

NONE: Metadata = MappingProxyType({})

_OVERHEAD_BYTES = 250  # of the objects that a value takes, in the registry and in delivery's view


def with_value(metadata: Metadata, key: str, value: str) -> Metadata:
    """Return metadata in which a key has another value, or none ('')."""
    changed = {**metadata, key: value}
    if not value:
        del changed[key]
    return changed


def size_bytes(metadata: Metadata) -> int:
    """Return about how much memory it takes."""
    return sum(len(key) + len(value.encode()) + _OVERHEAD_BYTES for key, value in metadata.items())


class Profile:
    """What one person says: a visit's, or an account's, which all its visits share.

    `values` are changed under `lock` by any of its clients' threads, together with the append that tells of it.
    """

    __slots__ = ("account_id", "lock", "values")

    def __init__(self, account_id: str = "", values: Metadata = NONE) -> None:
        self.account_id = account_id  # '' is a visit's
        self.lock = threading.Lock()
        self.values = values
