"""WHOIS: facts about a person (https://modern.ircdocs.horse/#whois-message)."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.message import serialize
from tests.support.irc import IrcClient, commands, one, only
from tests.support.trackers import Hosted, hosted_tracker


def _has_ipv6() -> bool:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


needs_ipv6 = pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6 loopback")


def test_all_facts_are_shown(hosted: Hosted) -> None:
    bob = hosted.client("bob", "#a", "#b")
    alice = hosted.client("alice", "#b")
    seen = alice.command("WHOIS BOB")
    assert one(seen, "311").params == ("alice", "bob", "bob", "127.0.0.1", "*", "Real bob")
    assert one(seen, "319").params == ("alice", "bob", "@#a @#b")
    assert one(seen, "312").params[:3] == ("alice", "bob", "tracker.chat")
    assert bob.address in one(seen, "378").params[-1].split()
    idle, signon = one(seen, "317").params[2:4]
    assert 0 <= int(idle) < 60
    assert int(signon) >= int(hosted.tracker.services.started_at)
    assert seen[-1].command == "318"
    assert all(message.params[:2] == ("alice", "bob") for message in seen[:-1])
    assert "301" not in commands(seen)


def test_people_are_found_by_address(hosted: Hosted) -> None:
    bob, alice = hosted.client("bob"), hosted.client("alice")
    assert one(alice.command(f"WHOIS {bob.address}"), "311").params[1] == "bob"
    assert commands(alice.command("WHOIS 127.0.0.1:1")) == ["401", "318"]


@needs_ipv6
def test_addresses_over_ipv6(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, listen=("[::1]:0",)) as hosted:
        port = next(port for host, port in hosted.tracker.addresses if ":" in host)
        with IrcClient(port, host="::1") as bob:
            bob.register("bob")
            alice = hosted.client("alice", "#room")
            seen = alice.command(f"WHOIS {bob.address}")
            assert one(seen, "311").params[1:4] == ("bob", "bob", "0::1"), "a source may not begin with a colon"
            assert f"[::1]:{bob.address.rpartition(':')[2]}" in one(seen, "378").params[-1]
            alice.command(f"PRIVMSG {bob.address} :over six")
            message = one(bob.sync(), "PRIVMSG")
            assert message.params == ("bob", "over six")
            bob.join("#room")
            assert one(alice.sync(), "JOIN").source == "bob!bob@0::1"
            alice.command("MODE #room +b *!*@::1", "MODE #room +b *!*@0::1")
            assert commands(bob.command("PRIVMSG #room :x"))[-1] == "404"
            assert f"connect bob {bob.address} :Real bob" in hosted.log_lines()


@pytest.mark.parametrize("target", ["tracker.chat", "bob"])
def test_a_server_or_nick_may_come_first(hosted: Hosted, target: str) -> None:
    """> If the <target> parameter is specified, it SHOULD be a server name or the nick of a user."""
    hosted.client("bob")
    assert one(hosted.client("alice").command(f"WHOIS {target} bob"), "311").params[1] == "bob"


@pytest.mark.parametrize("nick", ["nobody", ":", "a,b", "#room"])
def test_unknown_nick_is_not_found(hosted: Hosted, nick: str) -> None:
    """> The server SHOULD end its response with RPL_ENDOFWHOIS, even if it did not send any other numeric message."""
    assert commands(hosted.client("alice").command(f"WHOIS {nick}")) == ["401", "318"]


def test_missing_nick_is_refused(hosted: Hosted) -> None:
    assert commands(hosted.client("alice").command("WHOIS")) in (["461"], ["431"])


def test_away_text_is_shown(hosted: Hosted) -> None:
    hosted.client("bob").command("AWAY :back soon")
    assert one(hosted.client("alice").command("WHOIS bob"), "301").params == ("alice", "bob", "back soon")


def test_rooms_of_invisible_people_are_shown_only_to_roommates(hosted: Hosted) -> None:
    """> some servers hide all channels from the WHOIS reply of an invisible user they do not share"""
    hosted.client("bob", "#a", "#b").command("MODE bob +i")
    alice = hosted.client("alice", "#b")
    assert one(alice.command("WHOIS bob"), "319").params[-1] == "@#b"
    assert "319" not in commands(hosted.client("carol").command("WHOIS bob"))


def test_many_rooms_are_all_shown_on_lines_of_bounded_length(hosted: Hosted) -> None:
    names = [f"#{'r' * 50}{number:02}" for number in range(20)]
    hosted.client("bob").command(*(f"JOIN {name}" for name in names))
    alice = hosted.client("alice")
    lines = only(alice.command("WHOIS bob"), "319")
    assert max(len(serialize(line)) for line in lines) <= MAX_BODY_BYTES
    told = " ".join(line.params[-1] for line in lines).split()
    assert told == ["@" + name for name in names]


def test_departed_people_are_not_found(hosted: Hosted) -> None:
    bob, alice = hosted.client("bob"), hosted.client("alice", "#room")
    bob.send("QUIT")
    bob.receive_rest()
    assert commands(alice.command("WHOIS bob", f"WHOIS {bob.address}")) == ["401", "318"] * 2
