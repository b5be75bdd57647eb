"""Rooms from before a restart, for tests."""

from __future__ import annotations

from typing import Any

from chatcore.state.dormant import DormantRoom


def dormant(name: str, **changed: Any) -> DormantRoom:
    """Return a dormant room, with a new room's modes by default."""
    fields: dict[str, Any] = {
        "instance": 9,
        "created_at": 1000,
        "flags": frozenset("nt"),
        "values": {},
        "lists": {},
        "topic": None,
        "accounts": {},
        "since": 2000.0,
    }
    return DormantRoom(name, **(fields | changed))
