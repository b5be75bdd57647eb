"""Who is told where else the chat can be reached (docs/trackers.md)."""

from __future__ import annotations

from chatcore.protocol.capabilities import TRACKERS
from chatcore.state.client import Client
from chatcore.state.requests import TrackersRequested


def trackers_wanted(client: Client, capabilities: int) -> tuple[TrackersRequested, ...]:
    """Return what has a client told of the other trackers that has, from now on, these capabilities."""
    return (TrackersRequested(client.id),) if capabilities & TRACKERS else ()
