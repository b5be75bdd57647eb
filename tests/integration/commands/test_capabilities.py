"""What each capability changes for a client, compared with a client without it (https://ircv3.net/irc/)."""

from __future__ import annotations

import pytest

from chatcore.protocol.message import Message
from tests.support.irc import IrcClient, commands, one, only
from tests.support.trackers import Hosted


def _pair(hosted: Hosted, capability: str, *channels: str) -> tuple[IrcClient, IrcClient]:
    """Return a client with the capability and one without it, both in the channels and up to date."""
    modern, old = hosted.client("modern", *channels, caps=capability), hosted.client("old", *channels)
    modern.sync()
    return modern, old


def test_extended_join(hosted: Hosted) -> None:
    modern, old = _pair(hosted, "extended-join", "#room")
    hosted.client("alice", "#room")
    assert one(modern.sync(), "JOIN").params == ("#room", "*", "Real alice")
    assert one(old.sync(), "JOIN").params == ("#room",)


def test_away_notify(hosted: Hosted) -> None:
    """> Clients will be sent an AWAY message when a user who is in a common channel [...] or joins while away"""
    modern, old = _pair(hosted, "away-notify", "#room")
    alice = hosted.client("alice")
    alice.command("AWAY :tea", "JOIN #room", "AWAY")
    assert [m.params for m in only(modern.sync(), "AWAY")] == [("tea",), ()]
    assert "AWAY" not in commands(old.sync())


def test_invite_notify(hosted: Hosted) -> None:
    owner = hosted.client("owner", "#room")
    modern, old = _pair(hosted, "invite-notify", "#room")
    hosted.client("guest")
    owner.command("MODE #room +oo modern old")
    for client in (modern, old):
        client.sync()
    owner.command("INVITE guest #room")
    assert one(modern.sync(), "INVITE").params == ("guest", "#room")
    assert old.sync() == []


def test_multi_prefix(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room")
    alice.command("MODE #room +v alice")
    modern, old = _pair(hosted, "multi-prefix", "#room")
    assert "@+alice" in one(modern.command("NAMES #room"), "353").params[-1].split()
    assert "@alice" in one(old.command("NAMES #room"), "353").params[-1].split()
    assert one(modern.command("WHO alice"), "352").params[6] == one(old.command("WHO alice"), "352").params[6] == "H"
    assert [m.params[6] for m in only(modern.command("WHO #room"), "352") if m.params[5] == "alice"] == ["H@+"]
    assert [m.params[6] for m in only(old.command("WHO #room"), "352") if m.params[5] == "alice"] == ["H@"]


def test_userhost_in_names(hosted: Hosted) -> None:
    hosted.client("alice", "#room")
    modern, old = _pair(hosted, "userhost-in-names", "#room")
    assert "@alice!alice@127.0.0.1" in one(modern.command("NAMES #room"), "353").params[-1].split()
    assert "@alice" in one(old.command("NAMES #room"), "353").params[-1].split()


def test_no_implicit_names(hosted: Hosted) -> None:
    modern = hosted.client("modern", caps="no-implicit-names")
    assert commands(modern.command("JOIN #room")) == ["JOIN"]
    assert commands(modern.command("NAMES #room")) == ["353", "366"]


def test_account_tag(hosted: Hosted) -> None:
    hosted.tracker.keys.accounts.add("alice", "password")
    modern, old = _pair(hosted, "account-tag", "#room")
    alice = hosted.connect()
    login = "AGFsaWNlAHBhc3N3b3Jk"  # NUL alice NUL password
    alice.command(
        "CAP REQ :sasl", "NICK alice", "USER a 0 * :A", "AUTHENTICATE PLAIN", f"AUTHENTICATE {login}", "CAP END"
    )
    alice.command("JOIN #room", "PRIVMSG #room :hi")
    seen = modern.sync()
    assert [m.tags for m in seen if m.command in ("JOIN", "PRIVMSG")] == [{"account": "alice"}] * 2
    assert all(m.tags == {} for m in old.sync())
    old.command("PRIVMSG #room :hi")
    assert one(modern.sync(), "PRIVMSG").tags == {}


@pytest.fixture
def labeled(hosted: Hosted) -> IrcClient:
    """A client with labeled-response, alone in a room."""
    return hosted.client("modern", "#room", caps="labeled-response batch message-tags")


def _answer(client: IrcClient, line: str) -> list[Message]:
    return client.command(f"@label=L1 {line}")


def test_label_on_one_line(labeled: IrcClient) -> None:
    """> If the response is a single message, the label MUST be on it."""
    (answer,) = _answer(labeled, "TIME")
    assert (answer.command, answer.tags["label"]) == ("391", "L1")


def test_label_on_a_batch(labeled: IrcClient) -> None:
    """> When a client sends a labeled command whose response is more than one message, the server MUST use a batch of
    type labeled-response"""
    start, *inside, end = _answer(labeled, "WHOIS modern")
    assert start.tags["label"] == "L1"
    assert start.params[1] == "labeled-response"
    assert end.params == ("-" + start.params[0][1:],)
    assert {message.tags["batch"] for message in inside} == {start.params[0][1:]}
    assert commands(inside)[-1] == "318"


def test_label_without_an_answer_gets_an_ack(labeled: IrcClient) -> None:
    """> Servers MUST respond with a labeled ACK message when a client sends a labeled command that normally produces no
    response."""
    (answer,) = _answer(labeled, "PONG x")
    assert (answer.command, answer.tags["label"]) == ("ACK", "L1")


def test_label_on_refusals_and_unknown_commands(labeled: IrcClient) -> None:
    for line in ("PRIVMSG #nowhere :x", "FOO", "JOIN room"):
        (answer,) = _answer(labeled, line)
        assert answer.tags["label"] == "L1"


def test_label_without_the_capability_is_ignored(hosted: Hosted) -> None:
    alice = hosted.client("alice", caps="message-tags")
    (answer,) = alice.command("@label=L1 TIME")
    assert answer.tags == {}
