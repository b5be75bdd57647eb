"""What belongs to accounts and outlives a run of the tracker, in the file of `rooms`. One field a module of rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from chatcore.server.archive.storage import marker_rows, metadata_rows, waiting_rows
from chatcore.server.archive.storage.marker_rows import KeptMarker
from chatcore.state.history import Recorded
from chatcore.state.metadata import Metadata


class Belongings(NamedTuple):
    """By account (id): messages that wait for it, what it says of itself, and where it has read to."""

    waiting: Mapping[str, Sequence[Recorded]] = MappingProxyType({})
    metadata: Mapping[str, Metadata] = MappingProxyType({})
    markers: Mapping[str, Sequence[KeptMarker]] = MappingProxyType({})


def load(connection: sqlite3.Connection, accounts: Collection[str] | None) -> Belongings:
    """Return what belongs to these accounts (ids), and delete the rest; None stands for all."""
    return Belongings(
        waiting_rows.load(connection, accounts),
        metadata_rows.load(connection, accounts),
        marker_rows.load(connection, accounts),
    )
