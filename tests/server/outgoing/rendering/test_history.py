"""Earlier messages (https://ircv3.net/specs/extensions/chathistory)."""

from __future__ import annotations

import pytest

from chatcore.protocol.capabilities import BATCH, CHATHISTORY, EVENT_PLAYBACK, MESSAGE_TAGS, SERVER_TIME
from chatcore.protocol.message import Message
from chatcore.state import facts, requests
from chatcore.state.history import Conversation, HistoryQuery, Past, Recorded, Reference
from chatcore.state.history_identity import account_identity, visit_identity
from tests.server.rendered import Rendered
from tests.support.irc import commands, only
from tests.support.readers import connected

_READS = BATCH | CHATHISTORY | MESSAGE_TAGS | SERVER_TIME
_LATEST = HistoryQuery("LATEST", 50)


@pytest.fixture
def rendered() -> Rendered:
    """Ann (1) reads history and bob (2) does not; both are in #room."""
    rendered = Rendered()
    rendered.enter(1, "ann", "#room", capabilities=_READS)
    rendered.enter(2, "bob", "#room")
    return rendered


def _say(rendered: Rendered, client: int, *texts: str) -> None:
    for text in texts:
        rendered.apply(facts.Said(client, "#room", "PRIVMSG", text))


def _recall(rendered: Rendered, target: str = "#room", query: HistoryQuery = _LATEST, client: int = 1) -> list[Message]:
    """Ask for history; return the contents of the batch."""
    rendered.read_all()
    rendered.apply(requests.HistoryRequested(client, target, query))
    opening, *messages, closing = rendered.read(client)
    assert opening.params[1:] == ("chathistory", target)
    assert closing.params == ("-" + opening.params[0][1:],)
    assert all(message.tags["batch"] == opening.params[0][1:] for message in messages)
    return messages


def _texts(messages: list[Message]) -> list[str]:
    return [message.params[-1] for message in messages]


def test_recalled_messages_keep_their_times_and_ids(rendered: Rendered) -> None:
    _say(rendered, 2, "one", "two")
    first_heard = only(rendered.read(1), "PRIVMSG")
    recalled = _recall(rendered)
    assert _texts(recalled) == ["one", "two"]
    for now, then in zip(recalled, first_heard, strict=True):
        assert {**now.tags, "batch": ""} == {**then.tags, "batch": ""}
        assert now.source == then.source


def test_ids_seen_by_readers_work_as_references(rendered: Rendered) -> None:
    _say(rendered, 2, "one", "two", "three")
    ids = [message.tags["msgid"] for message in _recall(rendered)]
    assert _texts(_recall(rendered, query=HistoryQuery("BEFORE", 5, Reference(ids[2])))) == ["one", "two"]
    assert _texts(_recall(rendered, query=HistoryQuery("AFTER", 1, Reference(ids[0])))) == ["two"]


def test_an_id_of_another_run_counts_as_older_than_everything_kept(rendered: Rendered) -> None:
    _say(rendered, 2, "one", "two")
    rendered.histories.sequence = "0123abcdef"
    foreign = Reference(f"{2**40:012x}0000ffffffffff")
    for subcommand, texts in (("AFTER", ["one", "two"]), ("LATEST", ["one", "two"]), ("BEFORE", [])):
        assert _texts(_recall(rendered, query=HistoryQuery(subcommand, 5, foreign))) == texts


def test_without_batches_history_arrives_as_notices(rendered: Rendered) -> None:
    _say(rendered, 1, "one")
    rendered.read_all()
    rendered.apply(requests.HistoryRequested(2, "#room", _LATEST))
    (notice,) = rendered.read(2)
    assert notice.command == "NOTICE"
    assert notice.params[0] == "#room"
    assert notice.params[1].startswith("[1970-01-01T00:00:0")
    assert notice.params[1].endswith("Z] <ann> one")


def test_outsiders_cannot_read_a_rooms_history(rendered: Rendered) -> None:
    _say(rendered, 2, "secret")
    rendered.enter(3, "eve", capabilities=_READS)
    assert _recall(rendered, client=3) == []


def test_an_empty_room_forgets_its_history(rendered: Rendered) -> None:
    _say(rendered, 2, "secret")
    rendered.apply(facts.Parted(1, "#room", ""), facts.Parted(2, "#room", ""))
    rendered.apply(facts.Joined(1, "#room", "o"))
    assert _recall(rendered) == []


def test_events_are_recalled_with_event_playback(rendered: Rendered) -> None:
    _say(rendered, 2, "one")
    rendered.apply(facts.TopicChanged(2, "#room", "tea", "bob", 1))
    _say(rendered, 2, "two")
    assert commands(_recall(rendered)) == ["PRIVMSG", "PRIVMSG"]
    rendered.apply(requests.CapabilitiesChanged(1, _READS | EVENT_PLAYBACK))
    assert commands(_recall(rendered))[-3:] == ["PRIVMSG", "TOPIC", "PRIVMSG"]


def test_only_its_two_partners_can_recall_a_conversation(rendered: Rendered) -> None:
    rendered.apply(requests.CapabilitiesChanged(2, _READS))
    rendered.enter(3, "eve", capabilities=_READS)
    rendered.apply(facts.SaidPrivately(1, 2, "PRIVMSG", "psst"), facts.SaidPrivately(2, 1, "PRIVMSG", "what?"))
    assert _texts(_recall(rendered, "bob")) == ["psst", "what?"]
    assert _texts(_recall(rendered, "ann", client=2)) == ["psst", "what?"]
    for target in ("ann", "bob", "eve"):
        assert _recall(rendered, target, client=3) == []


def test_taking_over_a_nick_reveals_no_conversations(rendered: Rendered) -> None:
    rendered.apply(facts.SaidPrivately(1, 2, "PRIVMSG", "psst"))
    rendered.apply(facts.Quit(2, "bye", False), requests.Closed(2))
    rendered.enter(3, "bob", capabilities=_READS)
    assert _recall(rendered, "ann", client=3) == []
    assert _recall(rendered, "bob") == []


def test_an_account_finds_its_conversation_again(rendered: Rendered) -> None:
    def come(client: int) -> None:
        rendered.apply(
            connected(client, f"carol{client}", capabilities=_READS)._replace(account="carol", account_id="c1")
        )
        rendered.read_all()

    come(3)
    rendered.apply(facts.SaidPrivately(1, 3, "PRIVMSG", "psst"))
    rendered.apply(facts.Quit(3, "bye", True), requests.Closed(3))
    come(4)
    assert _texts(_recall(rendered, "ann", client=4)) == ["psst"]
    assert _texts(_recall(rendered, "carol4")) == ["psst"]


def test_targets_are_the_places_active_between_two_times(rendered: Rendered) -> None:
    _say(rendered, 2, "one")
    said_at = rendered.position * 1000
    rendered.apply(facts.SaidPrivately(1, 2, "PRIVMSG", "psst"))
    rendered.read_all()

    def targets(after_ms: int, before_ms: int, limit: int) -> list[tuple[str, ...]]:
        rendered.apply(requests.HistoryTargetsRequested(1, after_ms, before_ms, limit))
        return [message.params[1:] for message in only(rendered.read(1), "CHATHISTORY")]

    everything = targets(0, 10**9, 10)
    assert [name for name, _ in everything] == ["#room", "bob"]
    assert targets(0, 10**9, 1) == everything[:1]
    assert targets(said_at, 10**9, 10) == everything[1:]
    assert targets(0, said_at, 10) == []


def _targets(rendered: Rendered, client: int) -> list[str]:
    rendered.read_all()
    rendered.apply(requests.HistoryTargetsRequested(client, 0, 10**9, 50))
    return [message.params[1] for message in only(rendered.read(client), "CHATHISTORY")]


def test_targets_follow_a_change_of_nick(rendered: Rendered) -> None:
    rendered.apply(facts.SaidPrivately(1, 2, "PRIVMSG", "psst"), facts.Renamed(2, "robert"))
    rendered.enter(3, "bob", capabilities=_READS)
    assert _targets(rendered, 1) == ["robert"]
    assert _texts(_recall(rendered, "robert")) == ["psst"]
    assert _recall(rendered, "bob") == []
    assert _targets(rendered, 3) == []


def test_targets_show_an_accounts_nick_or_its_name_when_offline(rendered: Rendered) -> None:
    for client in (3, 4):
        rendered.apply(
            connected(client, f"carol{client}", capabilities=_READS)._replace(account="carol", account_id="c1")
        )
    rendered.apply(facts.SaidPrivately(1, 4, "PRIVMSG", "psst"))
    assert _targets(rendered, 1) == ["carol3"], "two clients of one account are one conversation"
    assert _texts(_recall(rendered, "carol3")) == ["psst"]
    rendered.apply(facts.Quit(3, "bye", True), requests.Closed(3))
    assert _targets(rendered, 1) == ["carol4"]
    rendered.apply(facts.Quit(4, "bye", True), requests.Closed(4))
    rendered.enter(5, "carol4", capabilities=_READS)
    assert _targets(rendered, 1) == ["carol"]
    assert _texts(_recall(rendered, "carol")) == ["psst"]
    rendered.enter(6, "Carol", capabilities=_READS)  # if the account has been removed since
    assert _targets(rendered, 1) == [], "the name now belongs to somebody else"


def test_logging_in_or_out_changes_the_identity_in_history(rendered: Rendered) -> None:
    rendered.enter(3, "carol")
    rendered.apply(facts.AccountChanged(3, "carol", "c1"), facts.SaidPrivately(1, 3, "PRIVMSG", "psst"))
    rendered.apply(facts.Renamed(3, "dora"))
    assert _targets(rendered, 1) == ["dora"]
    rendered.apply(facts.AccountChanged(3, None))
    assert _targets(rendered, 1) == ["carol"]
    rendered.apply(facts.Quit(3, "bye", False), requests.Closed(3))
    assert _targets(rendered, 1) == ["carol"]


def _archived(*texts: str, target: str = "#room") -> tuple[Recorded, ...]:
    """Return what the archive has from before the first event."""
    return tuple(
        Recorded(number, 5, 5, "zoe!u@h", None, "", f"PRIVMSG {target} :{text}") for number, text in enumerate(texts)
    )


def _recall_with(rendered: Rendered, target: str, past: Past, account_id: str = "") -> list[str]:
    rendered.read_all()
    rendered.apply(requests.HistoryRequested(1, target, _LATEST, account_id, past))
    return _texts(rendered.read(1)[1:-1])


def test_archived_messages_precede_those_in_memory(rendered: Rendered) -> None:
    _say(rendered, 2, "now")
    past = Past(rendered.view.rooms["#room"].instance, _archived("once", "later"), 1)
    assert _recall_with(rendered, "#room", past) == ["once", "later", "now"]
    assert _recall_with(rendered, "#room", past._replace(place=99)) == ["now"], (
        "the archive's lines are from another room of that name"
    )
    assert _recall_with(rendered, "#elsewhere", past) == [], "the reader is not in #elsewhere"


def test_a_conversation_missing_from_memory_comes_from_the_archive(rendered: Rendered) -> None:
    bob, carol = (
        frozenset((visit_identity("1"), visit_identity("2"))),
        frozenset((visit_identity("1"), account_identity("c"))),
    )
    found = _archived("hello", target="ann")
    assert _recall_with(rendered, "bob", Past(bob, found, 9)) == ["hello"]
    assert _recall_with(rendered, "bob", Past(carol, found, 9)) == [], (
        "the archive's lines are from another conversation"
    )
    assert _recall_with(rendered, "carol", Past(carol, found, 9), "c") == ["hello"]
    assert _recall_with(rendered, "dave", Past(carol, found, 9)) == ["hello"], (
        "dave may be the former nick of a client that has left"
    )


def test_archived_targets_are_shown_under_current_nicks(rendered: Rendered) -> None:
    _say(rendered, 2, "x")
    rendered.apply(connected(3, "carol")._replace(account="Carol", account_id="c"))
    rendered.read_all()
    rooms = (("#room", 10**13, 10**13), ("#gone", 5000, 5000))
    conversations = (
        Conversation(account_identity("c"), "Caro", 5000, 6000),
        Conversation(account_identity("d"), "Dora", 7000, 7000),
        Conversation(account_identity("e"), "BOB", 8000, 8000),
    )
    rendered.apply(requests.HistoryTargetsRequested(1, 0, 10**14, 9, False, rooms, conversations))
    found = [message.params[1:] for message in only(rendered.read(1), "CHATHISTORY")]
    assert found == [
        ("carol", "1970-01-01T00:00:06.000Z"),
        ("Dora", "1970-01-01T00:00:07.000Z"),
        ("#room", "2286-11-20T17:46:40.000Z"),
    ]
