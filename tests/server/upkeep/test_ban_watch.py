"""A client banned on another tracker leaves this one too."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from chatcore.cluster.shelves import Shelves
from chatcore.server.access.shared.bans import SharedBans
from chatcore.server.roster import Roster
from chatcore.server.upkeep.ban_watch import BanWatch
from tests.support.shelf import LocalShelf


def test_a_ban_on_another_tracker_ends_visits_here_unlogged() -> None:
    ended: list[str] = []
    published: list[object] = []
    visit: Any = SimpleNamespace(
        client=SimpleNamespace(nick="ann", host="192.0.2.1"),
        is_ending=lambda: bool(ended),
        end=lambda reason, is_lost: ended.append(reason),
    )
    shelf = LocalShelf("bans", Shelves())
    bans, told = SharedBans(shelf), list[str]()
    watch = BanWatch(bans, cast("Roster", SimpleNamespace(all=lambda: [visit])), 60.0, published.append, told.append)
    watch.tick()
    assert ended == []
    shelf.put((("ann", b""),))
    watch.tick()
    watch.tick()
    assert ended == ["Banned by the operator"]
    assert (published, told) == ([], [])
