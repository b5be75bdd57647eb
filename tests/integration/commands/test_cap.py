"""CAP: capability negotiation (https://ircv3.net/specs/extensions/capability-negotiation)."""

from __future__ import annotations

import pytest

from chatcore.protocol.capabilities import NEGOTIABLE
from tests.support.irc import IrcClient, commands, one, only
from tests.support.trackers import Hosted


def _listed(client: IrcClient, line: str) -> set[str]:
    """Return the capabilities that CAP LS or LIST names."""
    words = [message.params[-1].split() for message in only(client.command(line), "CAP")]
    return {word.partition("=")[0] for line_words in words for word in line_words}


def test_ls_names_all_capabilities(hosted: Hosted) -> None:
    assert _listed(hosted.connect(), "CAP LS 302") >= {"server-time", "echo-message", "message-tags"}
    assert _listed(hosted.connect(), "CAP LS 302") >= set(NEGOTIABLE) - {
        "draft/account-registration",
        "chatcore/trackers",
    }


def test_ls_without_a_version_is_one_line_without_values(hosted: Hosted) -> None:
    """> If a client has not indicated support for CAP LS 302 features, the server MUST NOT send these new features"""
    (reply,) = hosted.connect().command("CAP LS")
    assert reply.params[:2] == ("*", "LS")
    assert len(reply.params) == 3
    assert "=" not in reply.params[-1]


@pytest.mark.parametrize("version", ["301", "303", "99999", "x", "٣٠٢"])
def test_any_version_is_answered(hosted: Hosted, version: str) -> None:
    """> The CAP version number argument MUST be treated as a number by the server."""
    assert "server-time" in _listed(hosted.connect(), f"CAP LS {version}")


def test_request_is_all_or_nothing(hosted: Hosted) -> None:
    """> The server MUST NOT make any change to any capabilities if it replies with a NAK subcommand."""
    client = hosted.connect()
    assert one(client.command("CAP REQ :server-time"), "CAP").params == ("*", "ACK", "server-time")
    refused = one(client.command("CAP REQ :echo-message no-such-thing"), "CAP")
    assert refused.params == ("*", "NAK", "echo-message no-such-thing")
    assert _listed(client, "CAP LIST") == {"server-time"}


def test_dash_turns_off(hosted: Hosted) -> None:
    """> Capabilities [...] can be disabled by prefixing the capability name with a hyphen"""
    client = hosted.connect()
    client.command("CAP REQ :server-time echo-message")
    assert one(client.command("CAP REQ :-server-time"), "CAP").params[1:] == ("ACK", "-server-time")
    assert _listed(client, "CAP LIST") == {"echo-message"}


def test_list_is_empty_at_first(hosted: Hosted) -> None:
    """> If no capabilities are enabled, an empty parameter must be sent."""
    (reply,) = hosted.connect().command("CAP LIST")
    assert reply.params == ("*", "LIST", "")


@pytest.mark.parametrize("subcommand", ["FOO", "ACK", "NAK", "NEW", ":", "ls302"])
def test_unknown_subcommand_is_refused(hosted: Hosted, subcommand: str) -> None:
    """> If a client sends a subcommand which is not in the list above or otherwise issues an invalid command, then
    numeric 410 (ERR_INVALIDCAPCMD) should be sent."""
    refusal = one(hosted.connect().command(f"CAP {subcommand}"), "410")
    assert refusal.params[:2] == ("*", subcommand if subcommand != ":" else "*")


def test_subcommands_are_case_insensitive(hosted: Hosted) -> None:
    client = hosted.connect()
    assert {message.params[1] for message in only(client.command("cap ls 302"), "CAP")} == {"LS"}
    client.command("Cap end", "NICK alice")
    assert "001" in commands(client.command("USER a 0 * :A"))


def test_missing_subcommand_is_refused(hosted: Hosted) -> None:
    assert commands(hosted.connect().command("CAP")) == ["461"]


def test_end_without_negotiation_changes_nothing(hosted: Hosted) -> None:
    client = hosted.connect()
    assert client.command("CAP END") == []
    assert "001" in commands(client.register("alice"))
    assert client.command("CAP END") == [], "CAP END after registration has no reply"


def test_negotiation_works_at_any_time(hosted: Hosted) -> None:
    """> The server MUST accept the CAP command at any time, including after registration."""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    bob.command("PRIVMSG #room :before")
    assert one(alice.command("CAP REQ :server-time"), "CAP").params == ("alice", "ACK", "server-time")
    bob.command("PRIVMSG #room :with")
    alice.send("CAP REQ :-server-time")
    bob.sync()
    alice.receive_until("CAP")
    bob.command("PRIVMSG #room :without")
    assert one(alice.sync(), "PRIVMSG").tags == {}
    assert commands(alice.command("PRIVMSG bob :still in")) == []


def test_messages_are_tagged_exactly_from_the_ack_on(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    for number in range(30):
        bob.send(f"PRIVMSG #room :{number}")
    alice.send("CAP REQ :server-time")
    bob.sync()
    seen = alice.sync()
    acknowledged = next(index for index, message in enumerate(seen) if message.command == "CAP")
    said = [(index, message) for index, message in enumerate(seen) if message.command == "PRIVMSG"]
    assert [message.params[-1] for _, message in said] == [str(number) for number in range(30)]
    for index, message in said:
        assert ("time" in message.tags) == (index > acknowledged)


def test_server_time_is_in_utc_with_milliseconds(hosted: Hosted) -> None:
    """> The [time] tag's value MUST be of the form YYYY-MM-DDThh:mm:ss.sssZ"""
    alice, bob = hosted.client("alice", "#room", caps="server-time"), hosted.client("bob", "#room")
    bob.command("PRIVMSG #room :when")
    time = one(alice.sync(), "PRIVMSG").tags["time"]
    assert len(time) == len("2019-01-04T14:33:26.123Z")
    assert (time[10], time[19], time[23]) == ("T", ".", "Z")
    assert any(line.startswith(f"{time} message #room bob") for line in hosted.log_text().splitlines())


def test_capabilities_hold_from_the_first_message_on(hosted: Hosted) -> None:
    alice = hosted.client("alice", caps="server-time echo-message")
    assert "time" in one(alice.command("JOIN #room"), "JOIN").tags
    assert one(alice.command("PRIVMSG #room :hi"), "PRIVMSG").params == ("#room", "hi")
