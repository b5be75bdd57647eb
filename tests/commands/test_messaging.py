"""PRIVMSG, NOTICE, TAGMSG, AWAY: who receives what, in how many pieces, and what is refused."""

from __future__ import annotations

import pytest

from chatcore.config import Limits
from chatcore.state.facts import AwayChanged, Said, SaidPrivately
from tests.support.stage import Actor, Stage, reply


@pytest.fixture
def stage() -> Stage:
    return Stage(limits=Limits(max_targets=3))


@pytest.fixture
def alice(stage: Stage) -> Actor:
    """The operator of #room; bob is there too, and carol is outside."""
    return stage.actor("alice", "#room", caps="message-tags")


@pytest.fixture
def bob(stage: Stage, alice: Actor) -> Actor:
    return stage.actor("bob", "#room")


@pytest.fixture
def carol(stage: Stage) -> Actor:
    return stage.actor("carol")


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_messages_go_to_rooms_and_people(alice: Actor, bob: Actor, command: str) -> None:
    to_all = Said(alice.client.id, "#room", command, "hello", (("+x", "y"),))
    to_bob = SaidPrivately(alice.client.id, bob.client.id, command, "hello", (("+x", "y"),))
    assert alice.says(f"@+x=y;id=1 {command} #ROOM hello").events == (to_all,)
    assert alice.says(f"@+x=y {command} BOB hello").events == (to_bob,)
    assert alice.says(f"@+x=y {command} bob,#room,Bob :hello").events == (to_bob, to_all), (
        "each target once, in the given order"
    )


@pytest.mark.parametrize("key", ["+typing", "+draft/reply", "+example.org/x-1"])
def test_client_only_tags_are_relayed(alice: Actor, bob: Actor, key: str) -> None:
    said = SaidPrivately(alice.client.id, bob.client.id, "PRIVMSG", "hello", ((key, "y"),))
    assert alice.says(f"@{key}=y PRIVMSG bob hello").events == (said,)


@pytest.mark.parametrize("key", ["typing", "+", "+/x", "+a/b/c", "+a_b", "+é", "+\x1b[2J", '+"'])
def test_invalid_tag_names_are_not_relayed(alice: Actor, bob: Actor, key: str) -> None:
    """> <key_name> ::= <non-empty sequence of ascii letters, digits, hyphens ('-')>"""
    said = SaidPrivately(alice.client.id, bob.client.id, "PRIVMSG", "hello", ())
    assert alice.says(f"@{key}=y PRIVMSG bob hello").events == (said,)


def test_one_refused_target_does_not_stop_the_others(alice: Actor, bob: Actor) -> None:
    outcome = alice.says("PRIVMSG nobody,#nope,bob :hello")
    assert outcome.codes == ["401", "403"]
    assert len(outcome.events) == 1
    assert alice.says("NOTICE nobody,#nope,bob :hello").codes == []


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("PRIVMSG", "411 :No recipient given (PRIVMSG)"),
        ("PRIVMSG bob", "412 :No text to send"),
        ("PRIVMSG bob :", "412 :No text to send"),
        ("PRIVMSG #nope :x", "403 #nope :There is no such room"),
        ("PRIVMSG nobody :x", "401 nobody :Nobody here has that username or address"),
        ("PRIVMSG a,b,c,d :x", "407 a :At most 3 targets at once"),
        ("PRIVMSG , :x", "461 PRIVMSG :Not enough parameters: a name is missing"),
        ("PRIVMSG #room :x", "404 #room :You are not in this room (+n)"),
    ],
)
def test_a_refused_message_gives_the_reason(bob: Actor, carol: Actor, line: str, answer: str) -> None:
    outcome = carol.says(line)
    assert (outcome.replies, outcome.events) == ([reply(answer)], ())


@pytest.mark.parametrize(
    ("modes", "speaks"),
    [("+m", False), ("+mv bob", True), ("+b b*!*@*", False), ("+bv b*!*@* bob", True), ("+be b*!*@* bob!*@*", True)],
)
def test_modes_decide_who_speaks(alice: Actor, bob: Actor, modes: str, speaks: bool) -> None:
    alice.says(f"MODE #room {modes}")
    outcome = bob.says("PRIVMSG #room :x")
    assert (len(outcome.events), outcome.codes) == ((1, []) if speaks else (0, ["404"]))


def test_a_secret_room_does_not_exist_for_outsiders(alice: Actor, carol: Actor) -> None:
    alice.says("MODE #room +s")
    assert carol.says("PRIVMSG #room :x").codes == ["403"]
    alice.says("MODE #room -n")
    assert carol.says("PRIVMSG #room :x").codes == ["403"]


def test_hidden_addresses_are_no_targets_for_users() -> None:
    for hide, found in ((False, 1), (True, 0)):
        stage = Stage(hide_addresses=hide)
        alice, bob = stage.actor("alice"), stage.actor("bob")
        assert len(alice.says(f"PRIVMSG {bob.client.address} :x").events) == found
        alice.client.modes |= {"o"}
        assert len(alice.says(f"PRIVMSG {bob.client.address} :x").events) == 1, "IRC operators see addresses"


def test_tagmsg_needs_the_capability_and_a_client_tag(alice: Actor, bob: Actor) -> None:
    said = SaidPrivately(alice.client.id, bob.client.id, "TAGMSG", "", (("+typing", "active"),))
    assert alice.says("@+typing=active;time=x TAGMSG bob").events == (said,)
    assert alice.says("@time=x TAGMSG bob").events == alice.says("TAGMSG bob").events == ()
    assert bob.says("@+typing=active TAGMSG alice").events == ()


def test_an_away_client_answers_messages_but_not_notices(alice: Actor, bob: Actor) -> None:
    outcome = bob.says("AWAY :out for tea")
    assert (outcome.codes, outcome.events) == (["306"], (AwayChanged(bob.client.id, "out for tea"),))
    assert alice.says("PRIVMSG bob :hello").replies == [("301", "bob", "out for tea")]
    assert alice.says("NOTICE bob :hello").replies == []
    for line in ("AWAY :", "AWAY"):
        assert bob.says(line).events == (AwayChanged(bob.client.id, None),)
    assert alice.says("PRIVMSG bob :hello").replies == []


@pytest.mark.parametrize("target", ["#room", "bob"])
def test_a_message_too_long_with_its_source_is_split(alice: Actor, bob: Actor, target: str) -> None:
    text = " ".join(["word"] * 96)
    outcome = alice.says(f"@+x=y PRIVMSG {target} :{text}")
    pieces = [event for event in outcome.events if isinstance(event, Said | SaidPrivately)]
    assert len(pieces) == 2
    assert " ".join(piece.text.strip() for piece in pieces) == text
    assert [bool(piece.tags) for piece in pieces] == [True, False]
    actions = alice.says(f"PRIVMSG {target} :\x01ACTION {text}\x01").events
    assert all(event.text[:8] + event.text[-1] == "\x01ACTION \x01" for event in actions if isinstance(event, Said))


@pytest.mark.parametrize(
    "text", ["x" * 490, "\x01PING " + "1 " * 240 + "\x01", "x" * 440 + " \x01" + "1" * 45 + "\x01"]
)
def test_a_long_message_that_cannot_be_split_is_refused(alice: Actor, bob: Actor, text: str) -> None:
    outcome = alice.says(f"PRIVMSG bob :{text}")
    assert (outcome.codes, outcome.events) == (["417"], ())


def test_only_speaking_ends_idleness(stage: Stage, alice: Actor, bob: Actor) -> None:
    stage.services.time += 100
    alice.says("WHOIS bob")
    assert alice.client.active_at == bob.client.active_at
    alice.says("PRIVMSG bob :x")
    assert alice.client.active_at == bob.client.active_at + 100
