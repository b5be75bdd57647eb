"""The request to tell a client the addresses of the other trackers (docs/trackers.md)."""

from __future__ import annotations

from chatcore.protocol.capabilities import TRACKERS
from chatcore.state.client import Client
from chatcore.state.requests import TrackersRequested


def trackers_wanted(client: Client, capabilities: int) -> tuple[TrackersRequested, ...]:
    """Return the event that tells a client, newly with these capabilities, the other trackers; () if it is not told."""
    return (TrackersRequested(client.id),) if capabilities & TRACKERS else ()
