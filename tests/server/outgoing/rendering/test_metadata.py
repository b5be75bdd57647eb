"""METADATA: who hears of changes, and what triggers a sync of all values."""

from __future__ import annotations

import pytest

from chatcore.config import Config, Limits
from chatcore.protocol.capabilities import BATCH, METADATA_3, METADATA_AWARE
from chatcore.protocol.message import Message
from chatcore.server.archive.journal.records import FactRecord, parse_record
from chatcore.server.outgoing.profiles import Profiles
from chatcore.server.outgoing.rendering.metadata import MAX_UNASKED_LINES
from chatcore.state import facts, requests
from tests.server.rendered import Rendered
from tests.support.batches import split_batches
from tests.support.readers import connected

_ANN, _BOB, _CAROL = 1, 2, 3
_REPLIES = ("761", "766", "774")


@pytest.fixture
def rendered() -> Rendered:
    """Ann and bob are in #a; ann has subscribed to url."""
    return _rendered()


def _rendered(config: Config | None = None) -> Rendered:
    rendered = Rendered(config)
    rendered.enter(_ANN, "ann", "#a", capabilities=METADATA_AWARE)
    rendered.enter(_BOB, "bob", "#a")
    rendered.apply(requests.SubscriptionsChanged(_ANN, ("url",)))
    rendered.read_all()
    return rendered


def _say(rendered: Rendered, who: int, value: str, room: str = "", key: str = "url") -> None:
    rendered.apply(facts.MetadataChanged(who, room, key, value))


def _told(messages: list[Message]) -> list[tuple[str, ...]]:
    """Return the metadata replies, without the reader's nick and the final text."""
    return [
        (message.command, *message.params[1:4:2], *message.params[4:])
        if message.command == "761"
        else (message.command, message.params[1])
        for message in messages
        if message.command in _REPLIES
    ]


def _batch(messages: list[Message]) -> tuple[str, list[tuple[str, ...]]]:
    """Return the parameter of the one batch, and the target and value of each line in it."""
    (batch,), _ = split_batches(messages)
    assert batch.kind == "metadata"
    assert {message.command for message in batch.inside} <= {"761"}
    return batch.opening.params[2], [(message.params[1], message.params[4]) for message in batch.inside]


def test_changes_reach_subscribed_members_except_their_author(rendered: Rendered) -> None:
    _say(rendered, _BOB, "x")
    _say(rendered, _BOB, "y", "#a")
    _say(rendered, _BOB, "", "#a")
    _say(rendered, _BOB, "z", key="note")
    seen = rendered.read_all()
    assert [message.params for message in seen.pop(_ANN)] == [
        ("ann", "bob", "url", "*", "x"),
        ("ann", "#a", "url", "*", "y"),
        ("ann", "#a", "url", "Key not set"),
    ]
    assert seen == {}
    _say(rendered, _ANN, "mine")
    assert rendered.read_all() == {}


def test_changes_reach_clients_that_monitor_the_nick(rendered: Rendered) -> None:
    """> to users that subscriber is currently monitoring"""
    rendered.enter(_CAROL, "carol")
    _say(rendered, _CAROL, "x")
    assert rendered.read(_ANN) == []
    rendered.apply(requests.MonitorChanged(_ANN, ("carol",), ()))
    assert _batch(rendered.read(_ANN)) == ("carol", [("carol", "x")])
    _say(rendered, _CAROL, "y")
    assert _told(rendered.read(_ANN)) == [("761", "carol", "*", "y")]


def test_monitoring_several_nicks_defers_the_sync(rendered: Rendered) -> None:
    rendered.enter(_CAROL, "carol")
    rendered.apply(requests.MonitorChanged(_ANN, ("carol", "bob"), ()))
    assert _told(rendered.read(_ANN)) == [("774", "*ALL")]
    rendered.apply(requests.MonitorChanged(_ANN, ("nobody",), ()))
    rendered.apply(requests.MonitorChanged(_BOB, ("ann",), ()))
    assert _told([*rendered.read(_ANN), *rendered.read(_BOB)]) == []


def test_an_arrivals_values_reach_clients_that_monitor_the_nick(rendered: Rendered) -> None:
    rendered.apply(requests.MonitorChanged(_ANN, ("carol",), ()))
    rendered.read_all()
    rendered.apply(connected(_CAROL, "carol"), facts.MetadataChanged(_CAROL, "", "url", "x"))
    seen = rendered.read(_ANN)
    assert _batch(seen) == ("carol", [])
    assert _told(seen) == [("761", "carol", "*", "x")]


def test_joining_syncs_values_in_both_directions(rendered: Rendered) -> None:
    _say(rendered, _BOB, "bob's")
    _say(rendered, _ANN, "room's", "#a")
    _say(rendered, _ANN, "not asked for", key="note")
    rendered.enter(_CAROL, "carol", capabilities=METADATA_AWARE)
    rendered.apply(requests.SubscriptionsChanged(_CAROL, ("url",)))
    _say(rendered, _CAROL, "carol's")
    rendered.read_all()
    rendered.apply(facts.Joined(_CAROL, "#a", ""))
    seen = rendered.read_all()
    assert _batch(seen[_CAROL]) == ("#a", [("#a", "room's"), ("bob", "bob's"), ("carol", "carol's")])
    assert _told(seen[_ANN]) == [("761", "carol", "*", "carol's")]
    assert _told(seen[_BOB]) == []


@pytest.mark.parametrize("capabilities", [0, BATCH, METADATA_3])
def test_joining_syncs_nothing_without_the_capabilities(rendered: Rendered, capabilities: int) -> None:
    _say(rendered, _ANN, "room's", "#a")
    rendered.enter(_CAROL, "carol", capabilities=capabilities)
    rendered.apply(facts.Joined(_CAROL, "#a", ""))
    assert {message.command for message in rendered.read(_CAROL)} == {"JOIN", "353", "366"}


def test_a_large_sync_on_join_is_deferred(rendered: Rendered) -> None:
    for number in range(MAX_UNASKED_LINES + 1):
        rendered.enter(10 + number, f"n{number}", "#b")
        _say(rendered, 10 + number, "x")
    rendered.read_all()
    rendered.apply(facts.Joined(_ANN, "#b", ""))
    assert _told(rendered.read(_ANN)) == [("774", "#b")]
    rendered.apply(requests.MetadataRequested(_ANN, "#b"))
    assert len(_batch(rendered.read(_ANN))[1]) == MAX_UNASKED_LINES + 1


def test_a_sync_of_everything_lists_each_room_member_and_monitored_nick_once(rendered: Rendered) -> None:
    rendered.enter(_CAROL, "carol")
    rendered.apply(requests.MonitorChanged(_ANN, ("carol", "bob", "nobody"), ()))
    rendered.apply(facts.Joined(_ANN, "#b", "o"), facts.Joined(_BOB, "#b", ""))
    for who, value, room in ((_ANN, "1", ""), (_BOB, "2", ""), (_CAROL, "3", ""), (_ANN, "4", "#b")):
        _say(rendered, who, value, room)
    rendered.read_all()
    rendered.apply(requests.MetadataRequested(_ANN, "*ALL"))
    assert _batch(rendered.read(_ANN)) == ("*ALL", [("#b", "4"), ("ann", "1"), ("bob", "2"), ("carol", "3")])


@pytest.mark.parametrize(("target", "found"), [("#b", []), ("#none", []), ("nobody", []), ("BOB", [("bob", "x")])])
def test_a_sync_of_one_target_respects_membership(
    rendered: Rendered, target: str, found: list[tuple[str, str]]
) -> None:
    """Ann is not in #b."""
    rendered.enter(_CAROL, "carol", "#b")
    _say(rendered, _CAROL, "secret", "#b")
    _say(rendered, _BOB, "x")
    rendered.read_all()
    rendered.apply(requests.MetadataRequested(_ANN, target))
    assert _batch(rendered.read(_ANN)) == (target, found)


def test_an_answer_takes_at_most_half_of_the_outbox() -> None:
    rendered = _rendered(Config(limits=Limits(max_sendq_bytes=4000)))
    for number in range(100):
        rendered.enter(10 + number, f"n{number}", "#a")
        _say(rendered, 10 + number, "x" * 50)
    rendered.read_all()
    rendered.apply(requests.MetadataRequested(_ANN, "#a"))
    assert 10 <= len(_batch(rendered.read(_ANN))[1]) <= 20


def test_losing_a_capability_ends_the_subscriptions(rendered: Rendered) -> None:
    rendered.apply(requests.CapabilitiesChanged(_ANN, METADATA_3))
    rendered.apply(requests.CapabilitiesChanged(_ANN, METADATA_AWARE))
    _say(rendered, _BOB, "x")
    assert rendered.read_all() == {}


def test_an_accounts_change_is_reported_for_each_of_its_nicks(rendered: Rendered) -> None:
    for client, nick in ((_CAROL, "carol"), (4, "cat")):
        rendered.apply(connected(client, nick, capabilities=METADATA_AWARE)._replace(account="c", account_id="id"))
        rendered.apply(requests.SubscriptionsChanged(client, ("url",)), facts.Joined(client, "#a", ""))
    rendered.read_all()
    _say(rendered, _CAROL, "x")
    seen = rendered.read_all()
    assert _told(seen[_ANN]) == [("761", "carol", "*", "x"), ("761", "cat", "*", "x")]
    assert _told(seen[4]) == [("761", "carol", "*", "x"), ("761", "cat", "*", "x")]
    assert _CAROL not in seen


def test_logging_in_switches_to_the_accounts_values(rendered: Rendered) -> None:
    rendered.apply(connected(_CAROL, "carol")._replace(account="c", account_id="id"))
    _say(rendered, _CAROL, "the account's")
    _say(rendered, _BOB, "bob's")
    _say(rendered, _BOB, "gone", key="note")
    rendered.apply(requests.SubscriptionsChanged(_ANN, ("url", "note")))
    rendered.read_all()
    rendered.apply(facts.AccountChanged(_BOB, "c", "id"))
    assert _told(rendered.read(_ANN)) == [("761", "bob", "*", "the account's"), ("766", "bob")]


def test_values_of_accounts_and_rooms_are_recorded_but_not_those_of_visits(rendered: Rendered) -> None:
    rendered.records.clear()
    _say(rendered, _BOB, "x")
    assert rendered.records == []
    rendered.apply(facts.AccountChanged(_BOB, "b", "id"))
    rendered.records.clear()
    _say(rendered, _BOB, "y")
    _say(rendered, _ANN, "z", "#a")
    _say(rendered, _ANN, "", "#a")
    written = [parse_record(record.decode().rstrip("\n")) for record in rendered.records]
    assert [record.data for record in written if isinstance(record, FactRecord)] == [
        {"fact": "said", "account": "id", "key": "url", "value": "y"},
        {"fact": "rooms", "changes": [["metadata", 0, "url", "z"]]},
        {"fact": "rooms", "changes": [["metadata", 0, "url", ""]]},
    ]
    ids = [record.id for record in written if isinstance(record, FactRecord)]
    assert ids == sorted(set(ids))


def test_kept_profiles_are_loaded_and_can_be_changed() -> None:
    profiles = Profiles(kept={"id": {"url": "x"}})
    assert profiles.of("id") == {"url": "x"}
    profiles.change("id", "note", "y", 1)
    assert profiles.of("id") == {"url": "x", "note": "y"}
    for key in ("url", "note"):
        profiles.change("id", key, "", 2)
    assert profiles.of("id") == profiles.of("other") == profiles.of("") == {}


def test_a_restored_room_keeps_its_values(rendered: Rendered) -> None:
    rendered.apply(facts.RoomRestored("#old", 9, (), None, (), (("url", "x"),)), facts.Joined(_ANN, "#old", "o", 9))
    assert _batch(rendered.read(_ANN)) == ("#old", [("#old", "x")])


def test_answers_to_departed_clients_are_dropped_and_batches_are_optional(rendered: Rendered) -> None:
    rendered.apply(requests.RepliedInBatch(99, ("metadata", "x"), (("761", "x", "url", "*", "x"),)))
    assert rendered.read_all() == {}
    rendered.apply(requests.RepliedInBatch(_BOB, ("metadata", "bob"), (("761", "bob", "url", "*", "x"),)))
    assert _told(rendered.read(_BOB)) == [("761", "bob", "*", "x")], "a client without batches must get the bare line"
