"""NAMES, LIST, WHOWAS, USERHOST, ISON: who and what is found, and what stays hidden."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from chatcore.commands.queries import MAX_LISTED, is_room_name
from chatcore.config import Limits
from chatcore.state.requests import NamesRequested
from tests.support.stage import Actor, Stage, reply


class _House(NamedTuple):
    stage: Stage
    alice: Actor
    bob: Actor


@pytest.fixture
def house() -> _House:
    """Alice is in #tea with bob, and alone in #milk and the secret #safe; #old was made an hour before."""
    stage = Stage(limits=Limits(max_targets=4))
    old = stage.actor("carol", "#old")
    stage.services.time += 3600
    old.says("TOPIC #old :of old")
    alice, bob = stage.actor("alice", "#tea", "#milk", "#safe"), stage.actor("bob", "#Tea")
    alice.says("MODE #safe +s")
    return _House(stage, alice, bob)


def test_names_requests_only_visible_rooms(house: _House) -> None:
    bob = house.bob.client.id
    assert house.bob.says("NAMES #TEA,#safe,#nope").events == (NamesRequested(bob, "#tea,#safe,#nope", ("#tea",)),)
    assert house.alice.says("NAMES #safe").events[0] == NamesRequested(house.alice.client.id, "#safe", ("#safe",))
    assert house.bob.says("NAMES").replies == [reply("366 * :End of names")]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("LIST", ["#milk", "#old", "#tea"]),
        ("LIST :", ["#milk", "#old", "#tea"]),
        ("LIST #tea,#safe,#nope", ["#tea"]),
        ("LIST >1", ["#tea"]),
        ("LIST <2,m*", []),
        ("LIST <2,#m*", ["#milk"]),
        ("LIST !#m*", ["#old", "#tea"]),
        ("LIST C>30", ["#old"]),
        ("LIST C<30", ["#milk", "#tea"]),
        ("LIST T<5", ["#old"]),
        ("LIST T>5", []),
        ("LIST #tea,>1", ["#tea"]),
    ],
)
def test_rooms_are_listed_by_name_and_filter(house: _House, question: str, found: list[str]) -> None:
    outcome = house.bob.says(question)
    assert [line[1] for line in outcome.replies if line[0] == "322"] == found
    assert (outcome.codes[0], outcome.codes[-1]) == ("321", "323")


def test_members_see_their_secret_room_listed(house: _House) -> None:
    assert ("322", "#safe", "1", "") in house.alice.says("LIST").replies


@pytest.mark.parametrize(("question", "code"), [("LIST x", "400"), ("LIST a*,b*,c*,d*,e*", "407")])
def test_an_invalid_filter_is_refused(house: _House, question: str, code: str) -> None:
    assert house.bob.says(question).codes == [code]


def test_a_truncated_list_has_the_largest_rooms(monkeypatch: pytest.MonkeyPatch, house: _House) -> None:
    monkeypatch.setattr("chatcore.commands.queries.MAX_LISTED", 1)
    outcome = house.bob.says("LIST")
    assert MAX_LISTED > 1
    assert [line[1] for line in outcome.replies if line[0] == "322"] == ["#tea"]
    assert "the largest 1 of 3" in outcome.replies[-1][-1]


def test_whowas_lists_the_latest_holder_first(house: _House) -> None:
    for nick in ("rob", "bob", "rob"):
        house.stage.services.time += 1
        house.bob.says(f"NICK {nick}")
    found = house.alice.says("WHOWAS BOB").replies
    assert [line[0] for line in found] == ["314", "312", "314", "312", "369"]
    assert found[1][3] > found[3][3], "the latest departure comes first"
    assert [line[0] for line in house.alice.says("WHOWAS bob 1").replies] == ["314", "312", "369"]
    assert [line[0] for line in house.alice.says("WHOWAS bob -1").replies] == ["314", "312", "314", "312", "369"]
    assert house.alice.says("WHOWAS nobody").codes == ["406", "369"]


def test_userhost_shows_away_and_operator_status(house: _House) -> None:
    house.bob.says("AWAY :out")
    house.alice.client.modes |= {"o"}
    (answer,) = house.bob.says("USERHOST alice BOB nobody").replies
    assert answer == ("302", "alice*=+alice@192.0.2.1 bob=-bob@192.0.2.1")
    assert len(house.bob.says("USERHOST " + "alice " * 7).replies[0][1].split()) == 5


def test_ison_lists_present_nicks_and_cuts_none(house: _House) -> None:
    assert house.alice.says("ISON bob nobody :CAROL alice").replies == [("303", "bob carol alice")]
    assert house.alice.says("ISON nobody").replies == [("303", "")]
    words = house.alice.says("ISON :" + "carol " * 80).replies[0][1].split()
    assert set(words) == {"carol"}


@pytest.mark.parametrize(("word", "is_one"), [("#tea", True), ("#t*", False), ("#t?", False), ("tea", False)])
def test_a_room_name_is_not_a_filter(word: str, is_one: bool) -> None:
    assert is_room_name(word) is is_one
