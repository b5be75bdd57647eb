"""WHO and WHOIS: who is found, and which fields are shown."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.support.stage import Actor, Outcome, Stage, reply


class _House(NamedTuple):
    stage: Stage
    alice: Actor
    bob: Actor
    ivy: Actor
    zoe: Actor


@pytest.fixture
def house() -> _House:
    """alice is the operator of #tea, in which are bob and, invisible, ivy; zoe is in no room."""
    stage = Stage()
    alice, bob, ivy = (stage.actor(nick, "#tea") for nick in ("alice", "bob", "ivy"))
    ivy.says("MODE ivy +i")
    return _House(stage, alice, bob, ivy, stage.actor("zoe"))


def _nicks(outcome: Outcome) -> list[str]:
    return [line[5] for line in outcome.replies if line[0] == "352"]


@pytest.mark.parametrize(
    ("who", "question", "found"),
    [
        ("bob", "WHO #TEA", ["alice", "bob", "ivy"]),
        ("zoe", "WHO #tea", ["alice", "bob"]),
        ("zoe", "WHO #nope", []),
        ("zoe", "WHO", ["alice", "bob", "zoe"]),
        ("zoe", "WHO 0", ["alice", "bob", "zoe"]),
        ("bob", "WHO *", ["alice", "bob", "ivy", "zoe"]),
        ("zoe", "WHO b*", ["bob"]),
        ("zoe", "WHO IVY", ["ivy"]),
        ("zoe", "WHO iv*", []),
        ("ivy", "WHO iv*", ["ivy"]),
        ("zoe", "WHO 192.0.2.?", ["alice", "bob", "zoe"]),
        ("zoe", "WHO * o", ["alice"]),
    ],
)
def test_who_finds_visible_clients(house: _House, who: str, question: str, found: list[str]) -> None:
    house.alice.client.modes |= {"o"}
    outcome = getattr(house, who).says(question)
    assert _nicks(outcome) == found
    assert outcome.replies[-1][0] == "315"


def test_a_row_of_who(house: _House) -> None:
    house.bob.says("AWAY :out")
    host, name = "192.0.2.1", "tracker.chat"
    assert house.bob.says("WHO #tea").replies[:2] == [
        ("352", "#tea", "alice", host, name, "alice", "H@", "0 Alice"),
        ("352", "#tea", "bob", host, name, "bob", "G", "0 Bob"),
    ]
    assert house.bob.says("WHO alice").replies[0] == ("352", "*", "alice", host, name, "alice", "H", "0 Alice")


def test_whox_fields_have_a_fixed_order(house: _House) -> None:
    house.stage.services.time += 60
    house.alice.says("PRIVMSG bob :x")
    house.stage.services.time += 5
    answer = house.bob.says("WHO alice %rtn,1234").replies[0]
    assert answer == ("354", "123", "alice", "Alice")
    answer = house.bob.says("WHO #tea %tcuihsnfdlaor,7").replies[0]
    assert answer[:7] == ("354", "7", "#tea", "alice", "192.0.2.1", "192.0.2.1", "tracker.chat")
    assert answer[7:] == ("alice", "H@", "0", "5", "0", "n/a", "Alice")


def test_a_truncated_answer_has_the_first_clients(monkeypatch: pytest.MonkeyPatch, house: _House) -> None:
    monkeypatch.setattr("chatcore.commands.who.MAX_REPLIES", 2)
    outcome = house.bob.says("WHO #tea")
    assert _nicks(outcome) == ["alice", "bob"]
    assert "the first 2 of 3" in outcome.replies[-1][-1]


def test_all_prefixes_need_multi_prefix(house: _House) -> None:
    house.alice.says("MODE #tea +v alice")
    many = house.stage.actor("mia", "#tea", caps="multi-prefix")
    assert [actor.says("WHO #tea %f").replies[0][1] for actor in (house.bob, many)] == ["H@", "H@+"]


def test_whois_shows_everything_visible(house: _House) -> None:
    house.stage.services.time += 9
    house.alice.client.modes |= {"o"}
    house.alice.says("AWAY :out")
    outcome = house.bob.says("WHOIS tracker.chat ALICE")
    assert outcome.codes == ["311", "319", "312", "313", "301", "378", "317", "318"]
    assert outcome.replies[1] == ("319", "alice", "@#tea")
    assert outcome.replies[-2] == ("317", "alice", "9", "1700000000", "seconds idle, signon time")
    assert house.bob.says("WHOIS nobody").codes == ["401", "318"]


@pytest.mark.parametrize(("who", "seen"), [("bob", True), ("zoe", False), ("ivy", True)])
def test_secret_rooms_and_rooms_of_the_invisible_are_for_members(house: _House, who: str, seen: bool) -> None:
    asker: Actor = getattr(house, who)
    assert (("319", "ivy", "#tea") in asker.says("WHOIS ivy").replies) == seen
    house.alice.says("MODE #tea +s")
    assert ("319" in asker.says("WHOIS bob").codes) == seen


def test_a_hidden_address_is_for_its_owner_and_irc_operators() -> None:
    stage = Stage(hide_addresses=True)
    alice, bob = stage.actor("alice"), stage.actor("bob")
    alice.client.shown_host = "cloak"
    assert "378" not in bob.says("WHOIS alice").codes
    assert bob.says("WHO alice %ih").replies[0] == ("354", "255.255.255.255", "cloak")
    assert _nicks(bob.says("WHO 192.0.2.?")) == ["bob"]
    assert "378" in alice.says("WHOIS alice").codes
    bob.client.modes |= {"o"}
    assert reply(f"378 alice :is connecting from {alice.client.address}") in bob.says("WHOIS alice").replies
