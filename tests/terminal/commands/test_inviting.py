"""`/invite-link`: what it asks for, and how a refusal is told."""

from __future__ import annotations

import pytest

from chatcore.terminal.commands.typed import type_line
from tests.terminal.visits import in_lobby, sent, welcomed


@pytest.mark.parametrize(
    ("line", "asked"),
    [("/invite-link", "INVITELINK #lobby"), ("/invite-link dev", "INVITELINK #dev")],
)
def test_it_asks_for_a_link_to_a_room(line: str, asked: str) -> None:
    assert sent(type_line(in_lobby(), line)) == [asked]


def test_in_no_room_it_asks_for_one_to_the_chat() -> None:
    assert sent(type_line(welcomed(), "/invite-link")) == ["INVITELINK"]
