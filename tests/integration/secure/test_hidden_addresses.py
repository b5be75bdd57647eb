"""With hide_addresses no member learns where another connects from, by any query."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.batches import EVERYTHING
from tests.support.crowd import Witness
from tests.support.irc import IrcClient, commands, one, only
from tests.support.operators import hashed
from tests.support.peers import peers_of
from tests.support.trackers import Hosted, hosted_tracker

HOST = "127.0.0.77"


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    with hosted_tracker(tmp_path, hide_addresses=True, replay=5, operators={"root": hashed("pw")}) as hosted:
        yield hosted


@pytest.fixture
def bob(hosted: Hosted) -> Iterator[Witness]:
    """The operator of #room, with all capabilities."""
    with Witness(hosted.port, "bob", "#room", caps=EVERYTHING) as bob:
        yield bob


@pytest.fixture
def alice(hosted: Hosted, bob: Witness) -> Iterator[IrcClient]:
    """A client from another address, in the same room."""
    with IrcClient(hosted.port, source=HOST) as alice:
        alice.register("alice", caps=EVERYTHING)
        alice.join("#room")
        yield alice


def _host_of(client: IrcClient, nick: str) -> str:
    return one(client.command(f"WHOIS {nick}"), "311").params[3]


def test_no_line_to_others_contains_the_address(bob: Witness, alice: IrcClient) -> None:
    bob.command("MONITOR + alice,alicia", "MODE #room +o alice", "MODE bob +w")
    acts = [
        *("PRIVMSG #room :x", "NOTICE #room :x", "PRIVMSG bob :x", "@+draft/persist;+x=1 TAGMSG #room"),
        *("TOPIC #room :x", "MODE #room +b x!*@*", "AWAY :tea", "SETNAME :Other", "JOIN #other", "INVITE bob #other"),
        *("NICK alicia", "NICK alice", "OPER root pw", "WALLOPS :x", "MODE alice -o", "KICK #room bob :x"),
    ]
    questions = [
        *("JOIN #room", "WHO *", "WHO 127*", "WHO #room", "WHO alice %tcuihsnfdlaor,1", "WHO #room %uihn"),
        *("WHOIS alice", "WHOIS alice alice", "WHOWAS alicia", "USERHOST alice", "NAMES #room", "MODE #room b"),
        *("TOPIC #room", "MONITOR S", "CHATHISTORY LATEST #room * 99", "CHATHISTORY LATEST alice * 99"),
        "CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 9",
    ]
    for act in acts:
        alice.command(act)
    bob.command(*questions)
    alice.close()
    bob.receive_until("QUIT")
    bob.command("WHOWAS alice", "CHATHISTORY LATEST #room * 99")
    assert {"JOIN", "KICK", "INVITE", "WALLOPS", "311", "314", "302", "352", "354", "353", "367", "333", "730"} <= set(
        commands(bob.received)
    )
    assert [message for message in bob.received if HOST in repr(message)] == []


@pytest.mark.parametrize("mask", [HOST, "127.0.0.7?", "*.77", "*!*@127*"])
def test_a_guessed_address_is_not_confirmed(bob: Witness, alice: IrcClient, mask: str) -> None:
    """Neither by WHO, nor by the visible effect of a ban."""
    assert "alice" not in [message.params[5] for message in only(bob.command(f"WHO {mask}"), "352")]
    bob.command(f"MODE #room +b {mask if '!' in mask else '*!*@' + mask}")
    alice.sync()
    assert commands(alice.command("PRIVMSG #room :still here")) == ["PRIVMSG"], "the message is echoed, not refused"


def test_messages_to_addresses_reach_nobody(bob: Witness, alice: IrcClient) -> None:
    """Not even the sender by their own address: the answer is the same for any address."""
    for address in (alice.address, bob.address, f"{HOST}:1"):
        assert one(bob.command(f"PRIVMSG {address} :hi"), "401").params[1:] == (
            address,
            "Nobody here has that username or address",
        )
        assert commands(bob.command(f"WHOIS {address}")) == ["401", "318"]
    assert alice.sync() == []


def test_hidden_host_is_the_same_per_address_and_can_be_banned(hosted: Hosted, bob: Witness, alice: IrcClient) -> None:
    with IrcClient(hosted.port, source=HOST) as carol:
        told = carol.register("carol")
        shown = _host_of(bob, "alice")
        assert shown == _host_of(bob, "carol") == one(told, "396").params[1]
        assert shown != _host_of(bob, "bob")
        bob.command(f"MODE #room +b *!*@{shown}")
        alice.sync()
        assert commands(alice.command("PRIVMSG #room :hi")) == ["404"]
        assert commands(carol.command("JOIN #room")) == ["474"]


def test_guests_are_hidden_and_their_texts_arrive_complete(hosted: Hosted, bob: Witness) -> None:
    """Their longest pieces are as long as the visible source permits."""
    with peers_of(hosted.port) as peers:
        guest = peers.guest("room", "guest")
        guest.say("x" * 1000)
        pieces = [bob.receive_until("PRIVMSG") for _ in range(3)]
        assert "".join(piece.params[1] for piece in pieces) == "x" * 1000
        assert len(f":{pieces[0].source} PRIVMSG #room :{pieces[0].params[1]}") == 510
        assert all((piece.source or "").endswith(".hidden") for piece in pieces)


def test_owner_irc_operators_log_and_console_see_the_address(hosted: Hosted, bob: Witness, alice: IrcClient) -> None:
    assert one(alice.command("WHOIS alice"), "378").params[2].endswith(alice.address)
    assert one(alice.command("WHO alice %i"), "354").params[1] == HOST
    assert "378" not in commands(bob.command("WHOIS alice"))
    assert one(bob.command("WHO alice %i"), "354").params[1] == "255.255.255.255"
    bob.command("OPER root pw")
    assert one(bob.command("WHOIS alice"), "378").params[2].endswith(alice.address)
    assert one(bob.command("WHO 127.0.0.7?"), "352").params[5] == "alice"
    assert one(bob.command("WHO alice %i"), "354").params[1] == HOST
    bob.command(f"PRIVMSG {alice.address} :hi")
    assert one(alice.sync(), "PRIVMSG").params == ("alice", "hi")
    assert f"join #room alice {alice.address}" in hosted.log_lines()
    assert hosted.tracker.registry.client_at(alice.address) is not None, "the console finds a client by its address"


def test_by_default_addresses_are_shown(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        alice, bob = hosted.client("alice"), hosted.client("bob")
        assert "396" not in commands(hosted.connect().register("carol"))
        assert one(bob.command("WHOIS alice"), "378").params[2].endswith(alice.address)
        bob.command(f"PRIVMSG {alice.address} :hi")
        assert one(alice.sync(), "PRIVMSG").params[1] == "hi"
