"""CHATHISTORY: what is requested of delivery, and which requests are refused."""

from __future__ import annotations

import pytest

from chatcore.errors import ArchiveUnavailable
from chatcore.protocol.capabilities import BATCH, EVENT_PLAYBACK
from chatcore.state.facts import Joined
from chatcore.state.history import Conversation, HistoryQuery, Kinds, Past, Recorded, Reference, Seeker
from chatcore.state.requests import HistoryRequested, HistoryTargetsRequested
from tests.support.stage import Actor, Outcome, Stage
from tests.support.stage_services import StageArchive

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
def test_a_query_is_requested_of_delivery(alice: Actor, question: str, query: HistoryQuery) -> None:
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
def test_an_invalid_query_fails_with_a_code(stage: Stage, alice: Actor, question: str, code: str) -> None:
    stage.actor("bob", "#elsewhere")
    outcome = alice.says(f"CHATHISTORY {question}")
    assert outcome.events == ()
    assert [answer[:3] for answer in outcome.replies] == [("FAIL", "CHATHISTORY", code)]


def test_targets_are_taken_from_the_bound_named_first(alice: Actor) -> None:
    later, ms = "timestamp=2026-01-02T03:04:06.678Z", _MS + 1000
    first = alice.says(f"CHATHISTORY TARGETS {_TIME} {later} 7").events
    assert first == (HistoryTargetsRequested(alice.client.id, _MS, ms, 7),)
    latest = alice.says(f"CHATHISTORY targets {later} {_TIME} 7").events
    assert latest == (HistoryTargetsRequested(alice.client.id, _MS, ms, 7, from_latest=True),)


def test_a_conversation_is_with_a_client_or_an_account(stage: Stage, alice: Actor) -> None:
    stage.actor("bob")
    stage.services.keys.accounts["dora"] = "secret"

    def account_id(nick: str) -> str:
        (asked,) = alice.says(f"CHATHISTORY LATEST {nick} * 5").events
        assert isinstance(asked, HistoryRequested)
        assert asked.target == nick
        return asked.account_id

    assert [account_id(nick) for nick in ("bob", "nobody", "dora")] == ["", "", "id-of-dora"]
    stage.services.keys.is_unavailable = True
    assert account_id("bob") == "", "a connected client is found without the accounts"
    assert alice.says("CHATHISTORY LATEST dora * 5").codes == ["400"]


def test_the_limit_is_at_least_one_without_a_history() -> None:
    alice = Stage(history=0).actor("alice", "#Tea")
    assert alice.says("CHATHISTORY LATEST #Tea * 50").events == (
        HistoryRequested(alice.client.id, "#Tea", HistoryQuery("LATEST", 1)),
    )


class _Archive(StageArchive):
    """An archive that has one line."""

    def __init__(self, stage: Stage) -> None:
        line = Recorded(1, 2, 3, "bob!u@h", None, "", "PRIVMSG #Tea :before")
        super().__init__(found=(line,))
        stage.services.archive = self


@pytest.fixture
def archive(stage: Stage) -> _Archive:
    return _Archive(stage)


def _request(outcome: Outcome) -> HistoryRequested:
    (event,) = outcome.events
    assert isinstance(event, HistoryRequested)
    return event


def test_the_request_carries_the_archives_lines(stage: Stage, alice: Actor, archive: _Archive) -> None:
    query = HistoryQuery("LATEST", 5)
    event = _request(alice.says("CHATHISTORY LATEST #TEA * 5"))
    channel = stage.registry.channel("#tea")
    assert channel is not None
    assert event.past == Past(channel.instance, archive.found, 99)
    assert archive.pasts == [("#tea", query, Kinds.NONE)]


def test_events_need_a_client_that_understands_batches(alice: Actor, archive: _Archive) -> None:
    for capabilities, wanted in ((EVENT_PLAYBACK, Kinds.NONE), (EVENT_PLAYBACK | BATCH, Kinds.EVENTS)):
        alice.client.capabilities = capabilities
        alice.says("CHATHISTORY LATEST #tea * 5")
        assert archive.pasts[-1][2] is wanted


def test_a_conversation_is_looked_up_by_identity(stage: Stage, alice: Actor, archive: _Archive) -> None:
    bob = stage.actor("bob")
    stage.services.keys.accounts["carol"] = "pw"
    archive.partners = [Conversation("visit 2.9", "Dave", 5, 5)]
    for nick, identity in (("BOB", f"visit {bob.client.id}"), ("carol", "account id-of-carol"), ("dave", "visit 2.9")):
        past = _request(alice.says(f"CHATHISTORY LATEST {nick} * 5")).past
        assert past is not None
        assert past.place == frozenset((f"visit {alice.client.id}", identity))
    assert _request(alice.says("CHATHISTORY LATEST nobody * 5")).past is None


def test_an_archive_failure_is_not_an_empty_history(alice: Actor, archive: _Archive) -> None:
    archive.refusal = ArchiveUnavailable("The archive is busy")
    for question in ("LATEST #tea * 5", f"TARGETS {_TIME} {_TIME} 5"):
        outcome = alice.says(f"CHATHISTORY {question}")
        assert outcome.events == ()
        (reply,) = outcome.replies
        assert reply[:4:3] == ("FAIL", question.partition(" ")[0])
        assert reply[2] == "MESSAGE_ERROR"
        assert reply[-1] == "The archive is busy"


def test_a_member_removed_during_the_request_gets_an_error(
    stage: Stage, alice: Actor, archive: _Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatcore.commands.history.seeker_of", lambda ctx: Seeker("visit 1", "", {}))
    assert alice.says("CHATHISTORY LATEST #tea * 5").replies[0][2] == "INVALID_TARGET"
    assert archive.pasts == []


def test_targets_include_those_of_the_archive(alice: Actor, archive: _Archive) -> None:
    archive.times, archive.partners = {"#tea": (7, 8)}, [Conversation("account 1", "Bob", 5, 6)]
    (event,) = alice.says(f"CHATHISTORY TARGETS {_TIME} {_TIME} 7").events
    assert isinstance(event, HistoryTargetsRequested)
    assert (event.rooms, event.conversations) == ((("#tea", 7, 8),), tuple(archive.partners))


@pytest.mark.parametrize("is_there", [True, False])
def test_a_join_replays_the_last_messages_if_configured(is_there: bool) -> None:
    stage = Stage(replay=3)
    archive = _Archive(stage)
    if is_there:
        stage.actor("bob", "#tea")
    alice = stage.actor("alice")
    joined, shown = alice.says("JOIN #TEA").events
    channel = stage.registry.channel("#tea")
    assert channel is not None
    assert isinstance(joined, Joined)
    query = HistoryQuery("LATEST", 3)
    past = Past(channel.instance, archive.found, 99)
    assert shown == HistoryRequested(alice.client.id, channel.name, query, "", past)


def test_a_join_replays_from_memory_if_the_archive_fails() -> None:
    stage = Stage(replay=3)
    _Archive(stage).refusal = ArchiveUnavailable("The archive is busy")
    alice = stage.actor("alice")
    _, shown = alice.says("JOIN #tea").events
    assert shown == HistoryRequested(alice.client.id, "#tea", HistoryQuery("LATEST", 3))


def test_a_refused_join_replays_nothing() -> None:
    stage = Stage(replay=3)
    stage.actor("bob", "#tea").says("MODE #tea +i")
    assert stage.actor("alice").says("JOIN #tea").events == ()
