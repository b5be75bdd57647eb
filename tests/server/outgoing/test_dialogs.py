"""Conversations: creation, order of use, and snapshots."""

from __future__ import annotations

import pytest

from chatcore.server.outgoing import dialogs
from chatcore.server.outgoing.dialogs import Dialogs
from chatcore.server.outgoing.memory_history import MemoryHistories


def _dialogs_between(*pairs: str) -> Dialogs:
    """Return conversations between identities that are letters; a name is the letter and the conversation's number."""
    talked = Dialogs(MemoryHistories(10))
    for number, (one, other) in enumerate(map(tuple, pairs)):
        talked.between(one, f"{one}{number}", other, f"{other}{number}")
    return talked


def _partners_of(talked: Dialogs, identity: str) -> list[tuple[str, dict[str, str]]]:
    return [(partner, dialog.nicks) for partner, dialog in talked.partners(identity)]


def test_a_snapshot_keeps_the_orders_of_use_and_of_creation(monkeypatch: pytest.MonkeyPatch) -> None:
    talked = _dialogs_between("ab", "ac", "bc", "aa", "ab")
    again = Dialogs(MemoryHistories(10))
    again.restore(talked.state())
    assert again.state() == talked.state()
    assert [partner for partner, _ in _partners_of(again, "a")] == ["b", "c", "a"]
    assert _partners_of(again, "a") == _partners_of(talked, "a")
    monkeypatch.setattr(dialogs, "_MAX_DIALOGS", 4)
    for each in (talked, again):
        each.between("b", "b", "d", "d")
        assert each.find("a", "c") is None
        assert each.find("a", "b") is not None


def test_forgotten_conversations_are_in_no_snapshot() -> None:
    forgetful = Dialogs(MemoryHistories(10))
    forgetful.between("visit 1", "x", "b", "b")
    forgetful.forget_visit("1")
    forgetful.between("a", "a0", "b", "b0")
    forgetful.between("a", "a1", "c", "c1")
    assert forgetful.state() == _dialogs_between("ab", "ac").state()
