"""What commands cost beyond their line. tests/integration/secure/test_floods checks that they are charged."""

from __future__ import annotations

import pytest

from chatcore.commands import costs
from chatcore.commands.table import COMMANDS
from chatcore.config import Limits
from chatcore.protocol.message import parse
from chatcore.state.ban_effects import LOOKS_PER_MASK
from tests.support.stage import Actor, Stage


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A stage where each look costs a token; with alice, #big has five members, and bob is its operator."""
    monkeypatch.setattr(costs, "LOOKS_PER_TOKEN", 1)
    stage = Stage()
    for nick in ("bob", "carol", "dora", "erin"):
        stage.actor(nick, "#big")
    return stage


@pytest.fixture
def alice(stage: Stage) -> Actor:
    """A member of #big, and of #own, which has three masks on its lists."""
    alice = stage.actor("alice", "#big", "#own")
    alice.says("MODE #own +bbe a!*@* b!*@* c!*@*")
    return alice


@pytest.mark.parametrize(
    ("line", "tokens"),
    [
        *(("PING x", 0), ("HELP", 0), ("MOTD", 0), ("WHOIS bob", 0), ("ISON a b c", 0), ("KILL bob :x", 0)),
        *(("PRIVMSG bob :x", 0), ("PRIVMSG #big :x", 0), ("PRIVMSG bob,carol,#big :x", 2), ("NOTICE bob,bob :x", 0)),
        *(("PRIVMSG", 0), ("PRIVMSG ,bob :x", 0), ("@+x=y TAGMSG bob,carol", 1)),
        *(("PART #big,#own", 1), ("KICK #big bob,carol,dora :out", 2), ("KICK #big bob", 0), ("WALLOPS :x", 0)),
        *(("JOIN #new", 0), ("JOIN #big", 0), ("JOIN #new,#big", 1)),
        *(("NAMES #big", 5), ("NAMES #big,#own,#nope", 2 + 6), ("NAMES", 0), ("WHO #big", 5), ("WHO #nope", 0)),
        *(("WHO", 5), ("WHO b*", 5), ("WHO bob", 0), ("LUSERS", 5 + 2), ("INVITE", 2), ("INVITE bob #own", 0)),
        *(
            ("LIST", 2),
            ("LIST >1", 4),
            ("LIST >1,<9", 6),
            ("LIST #big", 1),
            ("LIST #big,<9", 2),
            (f"LIST {'<9,' * 20}<9", 0),
        ),
        *(("AWAY x", 6), ("AWAY", 6), ("SETNAME x", 6), ("NICK al", 6), ("AUTHENTICATE PLAIN", 6)),
        *(("MODE #own", 0), ("MODE #own b", 0), ("MODE #own +mis-t", 3), (f"MODE #own +{'m' * 99}", 19)),
        *(("OPER boss x", 20), ("TOPIC #big :x", 0), ("CAP LS", 0), ("MONITOR + a,b,c", 0)),
        *(("CHATHISTORY LATEST #big * 80", 2), ("CHATHISTORY LATEST #big * 99999", 25), ("CHATHISTORY LATEST", 0)),
        *(("CHATHISTORY LATEST #big * -80", 0), (f"CHATHISTORY LATEST #big * {'9' * 12}", 0)),
        *(("SEARCH text=x", 22), ("SEARCH text=x;limit=40", 21), ("SEARCH limit=99999", 45), ("SEARCH limit=x", 20)),
    ],
)
def test_price(alice: Actor, line: str, tokens: float) -> None:
    message = parse(line)
    assert COMMANDS[message.command].cost(alice.ctx, message) == tokens


def test_each_mask_tried_costs(stage: Stage, alice: Actor) -> None:
    """Every command pays until it is known whether the member matches."""
    mask = LOOKS_PER_MASK
    bertha, zoe = stage.actor("bertha"), stage.actor("zoe")
    assert bertha.says("JOIN #own").tokens == 1 + 2 * mask, "one member and two bans; the exception is not tried"
    assert [bertha.says("PRIVMSG #own :x").tokens for _ in range(2)] == [2 * mask, 0]
    alice.says("MODE #own +b-n b*!*@*")
    assert bertha.says("PRIVMSG #own :x").tokens == 4 * mask, "three bans, and then the exception, as one ban matches"
    assert zoe.says("PRIVMSG #own,#big :x").tokens == 1 + 3 * mask, "#big has no masks"


def test_a_join_costs_one_look_per_member(stage: Stage, alice: Actor) -> None:
    """A refused JOIN costs the same for any size of room, because a delay would reveal the size to a stranger."""
    zoe = stage.actor("zoe")
    assert zoe.says("JOIN #big,#new").tokens == 1 + 5
    assert zoe.says("JOIN #big").tokens == 0, "zoe is already in #big"
    alice.says("MODE #own +k word")
    assert stage.actor("yves").says("JOIN #own").tokens == 0


def test_queries_about_a_secret_room_cost_a_stranger_nothing(stage: Stage, alice: Actor) -> None:
    """A delay would reveal to a stranger that the room exists."""
    alice.says("MODE #own +s")
    stranger = stage.actor("zoe")
    for line in ("NAMES #own", "WHO #own"):
        assert stranger.says(line).tokens == stranger.says(line.replace("#own", "#nope")).tokens == 0
        assert alice.says(line).tokens == 1


def test_messages_to_a_secret_room_cost_as_if_it_did_not_exist(stage: Stage, alice: Actor) -> None:
    """This holds whether or not outsiders could speak there if the room were not secret."""
    alice.says("MODE #own +s")
    stranger = stage.actor("zoe")
    for modes in ("+n", "-n"):
        alice.says(f"MODE #own {modes}")
        for line in ("PRIVMSG #own :x", "NOTICE #own :x", "@+x=y TAGMSG #own", "PRIVMSG #own,#nope :x"):
            assert stranger.says(line).tokens == stranger.says(line.replace("#own", "#none")).tokens


def test_targets_beyond_the_limit_cost_nothing() -> None:
    ctx = Stage(limits=Limits(max_targets=3)).actor("alice").ctx
    assert COMMANDS["PART"].cost(ctx, parse("PART #a,#b,#c,#d,#e")) == 2


def test_each_further_piece_costs_a_token() -> None:
    stage = Stage()
    alice = stage.actor("alice", "#room")
    outcome = alice.says(f"PRIVMSG #room :{'word ' * 98}")
    assert len(outcome.events) == 2
    assert outcome.tokens == 1


@pytest.mark.parametrize(("mechanism", "tokens"), [("PLAIN", 20), ("SCRAM-SHA-256", 0)])
def test_deriving_a_key_costs(mechanism: str, tokens: float) -> None:
    stranger = Stage().stranger()
    assert [stranger.says(line).tokens for line in ("CAP REQ sasl", f"AUTHENTICATE {mechanism}")] == [0, 0]
    assert stranger.says("AUTHENTICATE AGFsaWNlAHNlY3JldA==").tokens == tokens
