"""CHATHISTORY: what is asked of delivery, and what is no question."""

from __future__ import annotations

import pytest

from chatcore.state.history import HistoryQuery, Reference
from chatcore.state.requests import HistoryRequested, HistoryTargetsRequested
from tests.support.stage import Actor, Stage

_ID = "0" * 20
_TIME = "timestamp=2026-01-02T03:04:05.678Z"
_MS = 1767323045678


@pytest.fixture
def stage() -> Stage:
    return Stage(history=100)


@pytest.fixture
def alice(stage: Stage) -> Actor:
    return stage.actor("alice", "#Tea")


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("LATEST #TEA * 50", HistoryQuery("LATEST", 50)),
        (f"latest #tea msgid={_ID} 5000", HistoryQuery("LATEST", 100, Reference(_ID))),
        (f"BEFORE #tea {_TIME} 1", HistoryQuery("BEFORE", 1, Reference(ms=_MS))),
        ("AFTER #tea timestamp=2026-01-02T03:04:05.678 9", HistoryQuery("AFTER", 9, Reference(ms=_MS))),
        (f"AROUND #tea msgid={_ID} 9", HistoryQuery("AROUND", 9, Reference(_ID))),
        (f"BETWEEN #tea msgid={_ID} {_TIME} 9", HistoryQuery("BETWEEN", 9, Reference(_ID), Reference(ms=_MS))),
    ],
)
def test_a_question_goes_to_delivery(alice: Actor, question: str, query: HistoryQuery) -> None:
    outcome = alice.says(f"CHATHISTORY {question}")
    assert (outcome.replies, outcome.events) == ([], (HistoryRequested(alice.client.id, "#Tea", query),))


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("FIRST #tea * 5", "INVALID_PARAMS"),
        ("LATEST #tea *", "INVALID_PARAMS"),
        ("LATEST #tea * 5 6", "INVALID_PARAMS"),
        ("BEFORE #tea * 5", "INVALID_PARAMS"),
        ("BEFORE #tea msgid=x 5", "INVALID_PARAMS"),
        ("BEFORE #tea timestamp=yesterday 5", "INVALID_PARAMS"),
        ("LATEST #tea * 0", "INVALID_PARAMS"),
        ("LATEST #tea * many", "INVALID_PARAMS"),
        ("LATEST #elsewhere * 5", "INVALID_TARGET"),
        ("LATEST #nope * 5", "INVALID_TARGET"),
        (f"TARGETS {_TIME} msgid={_ID} 5", "INVALID_PARAMS"),
        (f"TARGETS {_TIME} 5", "INVALID_PARAMS"),
    ],
)
def test_what_is_no_question_fails_by_name(stage: Stage, alice: Actor, question: str, code: str) -> None:
    stage.actor("bob", "#elsewhere")
    outcome = alice.says(f"CHATHISTORY {question}")
    assert outcome.events == ()
    assert [answer[:3] for answer in outcome.replies] == [("FAIL", "CHATHISTORY", code)]


def test_targets_count_from_the_end_that_is_named_first(alice: Actor) -> None:
    later, ms = "timestamp=2026-01-02T03:04:06.678Z", _MS + 1000
    first = alice.says(f"CHATHISTORY TARGETS {_TIME} {later} 7").events
    assert first == (HistoryTargetsRequested(alice.client.id, _MS, ms, 7),)
    latest = alice.says(f"CHATHISTORY targets {later} {_TIME} 7").events
    assert latest == (HistoryTargetsRequested(alice.client.id, _MS, ms, 7, from_latest=True),)


def test_a_conversation_is_with_whoever_is_here_or_with_an_account(stage: Stage, alice: Actor) -> None:
    stage.actor("bob")
    stage.services.keys.accounts["dora"] = "secret"

    def account_id(nick: str) -> str:
        (asked,) = alice.says(f"CHATHISTORY LATEST {nick} * 5").events
        assert isinstance(asked, HistoryRequested)
        assert asked.target == nick
        return asked.account_id

    assert [account_id(nick) for nick in ("bob", "nobody", "dora")] == ["", "", "id-of-dora"]
    stage.services.keys.is_unavailable = True
    assert account_id("bob") == "", "nobody needs the accounts for that"
    assert alice.says("CHATHISTORY LATEST dora * 5").codes == ["400"]


def test_where_nothing_is_kept_one_is_the_least_to_ask_for() -> None:
    alice = Stage(history=0).actor("alice", "#Tea")
    assert alice.says("CHATHISTORY LATEST #Tea * 50").events == (
        HistoryRequested(alice.client.id, "#Tea", HistoryQuery("LATEST", 1)),
    )
