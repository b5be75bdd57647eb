"""Private conversations by identity: found again, bounded, and forgotten with their visit."""

from __future__ import annotations

import pytest

from chatcore.server.outgoing import dialogs
from chatcore.server.outgoing.dialogs import Dialogs
from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.memory_history import MemoryHistories
from chatcore.state.history_identity import account_identity, visit_identity

ALICE, BOB, CAROL = account_identity("Alice"), visit_identity("2"), visit_identity("3")


def _begin(kept: Dialogs, one: str, other: str) -> None:
    dialog = kept.begin(one, other)
    dialog.nicks.update({one: f"nick of {one}", other: f"nick of {other}"})


def _partners(kept: Dialogs, identity: str) -> list[str]:
    return [partner for partner, _ in kept.partners(identity)]


def test_identities_of_visits_and_accounts_differ() -> None:
    assert account_identity("2") != visit_identity("2")


def test_conversation_is_the_same_from_both_sides() -> None:
    kept = Dialogs(MemoryHistories(10))
    assert kept.find(ALICE, BOB) is None
    assert kept.begin(ALICE, BOB) is kept.begin(BOB, ALICE) is kept.find(BOB, ALICE)
    assert kept.begin(ALICE, ALICE) is kept.find(ALICE, ALICE)
    assert kept.find(BOB, BOB) is None


def test_everybody_has_their_own_partners() -> None:
    kept = Dialogs(MemoryHistories(10))
    for one, other in ((ALICE, BOB), (CAROL, ALICE), (ALICE, ALICE)):
        _begin(kept, one, other)
    assert _partners(kept, ALICE) == [BOB, CAROL, ALICE]
    assert _partners(kept, BOB) == [ALICE]
    assert _partners(kept, visit_identity("99")) == []


def test_end_of_a_visit_ends_only_its_conversations() -> None:
    kept = Dialogs(MemoryHistories(10))
    for one, other in ((ALICE, BOB), (CAROL, ALICE), (BOB, CAROL), (BOB, BOB)):
        _begin(kept, one, other)
    kept.forget_visit("2")
    assert _partners(kept, ALICE) == [CAROL]
    assert _partners(kept, BOB) == []
    kept.forget_visit("2")
    kept.forget_visit("3")
    assert _partners(kept, ALICE) == []
    assert kept.find(ALICE, CAROL) is None


def test_oldest_conversation_is_forgotten_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogs, "_MAX_DIALOGS", 3)
    kept = Dialogs(MemoryHistories(10))
    for number in (1, 2, 3, 1, 4):
        _begin(kept, ALICE, visit_identity(str(number)))
    assert set(_partners(kept, ALICE)) == {visit_identity(str(number)) for number in (3, 1, 4)}
    assert _partners(kept, visit_identity("2")) == []
    kept.forget_visit("2")
    assert kept.find(ALICE, visit_identity("1")) is not None


def test_forgotten_conversations_free_their_memory() -> None:
    histories = MemoryHistories(10)
    kept = Dialogs(histories)
    _begin(kept, ALICE, BOB)
    dialog = kept.begin(ALICE, BOB)
    dialog.history.add_said(Line(":alice PRIVMSG bob :hi", 1.0, (1, 0, "", 1.0)))
    dialog.history.add_event(Line(":alice TAGMSG bob", 1.0, (2, 0, "", 1.0), (("+draft/persist", "x" * 100),)))
    assert histories.used_bytes > 600
    kept.forget_visit("2")
    assert histories.used_bytes == 0
