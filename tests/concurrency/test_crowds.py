"""The cost of one client must not grow with the number of others."""

from __future__ import annotations

from time import monotonic

import pytest

from chatcore.state.client import Client
from tests.support.trackers import Hosted


def test_a_welcome_does_not_count_all_clients_each_time(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    """The welcome tells the number of clients; when thousands return at once, each must not count them all."""
    clients = hosted.tracker.registry.clients
    looks = 0

    def clients_counted() -> list[Client]:
        nonlocal looks
        looks += 1
        return clients()

    monkeypatch.setattr(hosted.tracker.registry, "clients", clients_counted)
    began = monotonic()
    for number in range(60):
        hosted.client(f"client{number}")
    assert looks <= monotonic() - began + 1
    hosted.client("asker").command("LUSERS")
    assert looks > 0
