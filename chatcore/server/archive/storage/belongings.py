"""The stored state of accounts, which survives a restart, in the file of `rooms`: one field for each rows module."""

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
    """The messages that wait for each account (by id), its METADATA, and its read markers."""

    waiting: Mapping[str, Sequence[Recorded]] = MappingProxyType({})
    metadata: Mapping[str, Metadata] = MappingProxyType({})
    markers: Mapping[str, Sequence[KeptMarker]] = MappingProxyType({})


def load(connection: sqlite3.Connection, accounts: Collection[str] | None) -> Belongings:
    """Return the state of these accounts (ids), and delete that of all others; None stands for all accounts."""
    return Belongings(
        waiting_rows.load(connection, accounts),
        metadata_rows.load(connection, accounts),
        marker_rows.load(connection, accounts),
    )
