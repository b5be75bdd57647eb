"""AWAY: being away, and back (https://modern.ircdocs.horse/#away-message).

With draft/pre-away also before registration is complete (https://ircv3.net/specs/extensions/pre-away).
"""

from __future__ import annotations

import pytest

from tests.support.irc import IrcClient, commands, one, only
from tests.support.trackers import Hosted

_NO_REASON = "Not here at the moment"


def _arriving(hosted: Hosted, *early: str, caps: str = "draft/pre-away") -> IrcClient:
    """Return a client that sent these commands before it was registered."""
    client = hosted.connect()
    client.nick = "phone"
    client.send("CAP LS 302", f"CAP REQ :{caps}", *early, "NICK phone", "USER phone 0 * :Phone")
    client.command("CAP END")
    return client


def test_away_and_back_are_acknowledged(hosted: Hosted) -> None:
    alice = hosted.client("alice")
    assert commands(alice.command("AWAY :tea", "AWAY :more tea", "AWAY")) == ["306", "306", "305"]


@pytest.mark.parametrize("line", ["AWAY", "AWAY :"])
def test_empty_and_missing_texts_both_end_away(hosted: Hosted, line: str) -> None:
    """> If this command is sent with no parameters, or with the empty string as the parameter, the user is no longer
    away."""
    alice, bob = hosted.client("alice"), hosted.client("bob")
    alice.command("AWAY :tea")
    assert commands(alice.command(line)) == ["305"]
    assert bob.command("PRIVMSG alice :hi") == []


def test_senders_see_the_away_text_and_their_message_arrives(hosted: Hosted) -> None:
    """> RPL_AWAY, with the away message, when a PRIVMSG command is directed at the away user (not to a channel they are
    on)."""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("AWAY :at: tea")
    bob.sync()
    assert one(bob.command("PRIVMSG alice :hi"), "301").params == ("bob", "alice", "at: tea")
    assert one(bob.command(f"PRIVMSG {alice.address} :hi"), "301").params[1] == "alice"
    assert bob.command("PRIVMSG #room :hi", "NOTICE alice :hi") == [], "a notice is never answered"
    assert len(only(alice.sync(), "PRIVMSG")) == 3


def test_away_is_not_announced_without_away_notify(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("AWAY :tea")
    assert bob.sync() == []


def test_long_text_is_cut_between_characters(hosted: Hosted) -> None:
    hosted.client("alice").command("AWAY :" + "漢" * 160)
    text = one(hosted.client("bob").command("WHOIS alice"), "301").params[-1]
    assert text
    assert set(text) == {"漢"}


def test_pre_away_holds_from_the_beginning(hosted: Hosted) -> None:
    """> If the capability has been negotiated, servers MUST accept the `AWAY` command before connection registration
    has completed."""
    phone, bob = _arriving(hosted, "AWAY :in my pocket"), hosted.client("bob")
    assert one(bob.command("WHOIS phone"), "301").params[2] == "in my pocket"
    assert one(bob.command("PRIVMSG phone :hi"), "301").params[2] == "in my pocket"
    assert "away phone :in my pocket" in "\n".join(hosted.log_lines())
    bob.command("CAP REQ :away-notify", "JOIN #room")
    phone.command("JOIN #room")
    assert one(bob.sync(), "AWAY").params == ("in my pocket",), "away-notify works as with a later AWAY"


def test_pre_away_is_acknowledged_and_can_be_taken_back(hosted: Hosted) -> None:
    """> Similarly, `AWAY` with no parameters indicates that the user is present."""
    client = hosted.connect()
    client.command("CAP LS 302", "CAP REQ :draft/pre-away")
    assert commands(client.command("AWAY :tea", "AWAY")) == ["306", "305"]
    client.command("NICK phone", "USER phone 0 * :Phone", "CAP END")
    assert only(hosted.client("bob").command("WHOIS phone"), "301") == []
    assert "away phone" not in hosted.log_text()


def test_arrival_is_announced_despite_pre_away(hosted: Hosted) -> None:
    """> `AWAY` pre-registration sets the away message but does not inhibit reporting of the change in nickname
    status."""
    bob = hosted.client("bob", caps="away-notify extended-monitor")
    bob.command("MONITOR + phone")
    _arriving(hosted, "AWAY *")
    seen = bob.sync()
    assert commands(seen) == ["730", "AWAY"]
    assert seen[1].params == (_NO_REASON,)


def test_away_before_registration_needs_the_capability(hosted: Hosted) -> None:
    assert len(only(hosted.connect().command("AWAY :tea", "CAP LS 302", "AWAY *"), "451")) == 2


def test_a_star_as_the_reason_is_shown_in_words(hosted: Hosted) -> None:
    """> Servers MAY substitute a human-readable message for the `*` if it would otherwise be relayed as an away
    message."""
    alice, bob = hosted.client("alice", caps="draft/pre-away"), hosted.client("bob")
    assert commands(alice.command("AWAY *")) == ["306"]
    assert one(bob.command("PRIVMSG alice :hi"), "301").params[2] == _NO_REASON
    alice.command("CAP REQ :-draft/pre-away", "AWAY *")
    assert one(bob.command("PRIVMSG alice :hi"), "301").params[2] == "*", (
        "without the capability, * is an ordinary text"
    )
