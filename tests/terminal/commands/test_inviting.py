"""`/invite-link`: what it asks the tracker for, and how a missing ID is reported."""

from __future__ import annotations

import pytest

from chatcore.terminal.commands.typed import type_line
from tests.terminal.visits import in_lobby, sent, shown, welcomed


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("/invite-link", "INVITELINK #lobby"),
        ("/invite-link dev", "INVITELINK #dev"),
        ("/invite-link REVOKE K3x9q2", "INVITELINK REVOKE k3x9q2"),
    ],
)
def test_it_asks_for_a_link_to_a_room(line: str, asked: str) -> None:
    assert sent(type_line(in_lobby(), line)) == [asked]


def test_revoking_needs_an_id() -> None:
    effects = type_line(in_lobby(), "/invite-link revoke")
    assert sent(effects) == []
    assert shown(effects)[0].startswith("error: which one?")


def test_outside_any_room_it_asks_for_a_link_to_the_chat() -> None:
    assert sent(type_line(welcomed(), "/invite-link")) == ["INVITELINK"]
