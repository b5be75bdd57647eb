"""AUTHENTICATE: SASL over plaintext (https://ircv3.net/specs/extensions/sasl-3.2)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from scramp import ScramClient, ScramException

from tests.support.irc import IrcClient, commands, one, only
from tests.support.sasl import negotiate, plain
from tests.support.trackers import Hosted, hosted_tracker

SERVER_PASSWORD = "the server's"
PASSWORD = "pässword"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker with a password and an account."""
    with hosted_tracker(tmp_path, SERVER_PASSWORD) as hosted:
        hosted.tracker.keys.accounts.add("Alice", PASSWORD)
        yield hosted


def _negotiating(hosted: Hosted, nick: str = "alice") -> IrcClient:
    client = hosted.connect()
    client.command("CAP REQ :sasl", f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    return client


def _plain(name: str, password: str, authzid: str = "") -> list[str]:
    """Return the lines of a PLAIN login, the message in parts of 400."""
    encoded = b64encode(f"{authzid}\0{name}\0{password}".encode()).decode()
    parts = [encoded[start : start + 400] for start in range(0, len(encoded) + 1, 400)]
    return ["AUTHENTICATE PLAIN", *(f"AUTHENTICATE {part or '+'}" for part in parts)]


def test_plain_logs_in_and_stands_for_the_server_password(guarded: Hosted) -> None:
    client = _negotiating(guarded)
    seen = client.command(*_plain("alice", PASSWORD))
    assert commands(seen) == ["AUTHENTICATE", "900", "903"]
    assert one(seen, "AUTHENTICATE").params == ("+",)
    assert one(seen, "900").params[2] == "Alice", "900 has the account's own spelling"
    assert "001" in commands(client.command("CAP END"))
    assert one(client.command("WHOIS alice"), "330").params[1:3] == ("alice", "Alice")


@pytest.mark.parametrize(
    ("name", "password", "authzid"),
    [
        ("alice", "wrong", ""),
        ("alice", "", ""),
        ("", PASSWORD, ""),
        ("nobody", PASSWORD, ""),
        ("alice", PASSWORD, "root"),
        ("alice\0x", PASSWORD, ""),
    ],
)
def test_wrong_plain_is_refused_and_logged_without_the_password(
    guarded: Hosted, name: str, password: str, authzid: str
) -> None:
    client = _negotiating(guarded)
    assert commands(client.command(*_plain(name, password, authzid)))[-1] == "904"
    client.send("CAP END")
    assert commands(client.receive_rest()) == ["464", "ERROR"], "neither the account nor the server password is proven"
    refusals = [line for line in guarded.log_lines() if line.startswith("refused alice ")]
    assert "SASL: " in refusals[0]
    assert PASSWORD not in guarded.log_text()


def test_scram_proves_both_sides(guarded: Hosted) -> None:
    client = _negotiating(guarded)
    scram = ScramClient(["SCRAM-SHA-256"], "alice", PASSWORD)
    client.command("AUTHENTICATE SCRAM-SHA-256")
    first = b64encode(scram.get_client_first().encode()).decode()
    scram.set_server_first(b64decode(one(client.command(f"AUTHENTICATE {first}"), "AUTHENTICATE").params[0]).decode())
    final = b64encode(scram.get_client_final().encode()).decode()
    scram.set_server_final(b64decode(one(client.command(f"AUTHENTICATE {final}"), "AUTHENTICATE").params[0]).decode())
    assert commands(client.command("AUTHENTICATE +")) == ["900", "903"]
    assert "001" in commands(client.command("CAP END"))


@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_scram_fails_alike_with_and_without_an_account(guarded: Hosted, name: str) -> None:
    client = _negotiating(guarded)
    scram = ScramClient(["SCRAM-SHA-256"], name, "wrong")
    client.command("AUTHENTICATE SCRAM-SHA-256")
    first = b64encode(scram.get_client_first().encode()).decode()
    challenge = one(client.command(f"AUTHENTICATE {first}"), "AUTHENTICATE").params[0]
    scram.set_server_first(b64decode(challenge).decode())
    final = b64encode(scram.get_client_final().encode()).decode()
    assert commands(client.command(f"AUTHENTICATE {final}")) == ["904"]
    with pytest.raises(ScramException):
        scram.set_server_final("v=AAAA")


def test_login_after_registration_is_announced(guarded: Hosted) -> None:
    """> AUTHENTICATE may be used after registration; account-notify tells others of it."""
    alice = guarded.client("someone", "#room", password=f":{SERVER_PASSWORD}", caps="sasl account-notify")
    bob = guarded.client("bob", "#room", password=f":{SERVER_PASSWORD}", caps="account-notify")
    old = guarded.client("old", "#room", password=f":{SERVER_PASSWORD}")
    for client in (alice, bob, old):
        client.sync()
    assert {"900", "903"} <= set(commands(alice.command(*_plain("alice", PASSWORD))))
    assert one(bob.sync(), "ACCOUNT").params == ("Alice",)
    assert old.sync() == []
    assert "account someone Alice" in guarded.log_lines()


def test_registered_name_is_reserved_for_its_owner(guarded: Hosted) -> None:
    thief = guarded.connect()
    assert "433" in commands(thief.register("ALICE", password=f":{SERVER_PASSWORD}"))
    assert "001" in commands(thief.command("NICK other"))
    assert commands(thief.command("NICK alice")) == ["433"]
    owner = _negotiating(guarded)
    owner.command(*_plain("alice", PASSWORD))
    assert "001" in commands(owner.command("CAP END"))


def test_login_can_be_aborted(guarded: Hosted) -> None:
    """> The client can abort an authentication by sending an asterisk as the data. [...] ERR_SASLABORTED"""
    client = _negotiating(guarded)
    client.command("AUTHENTICATE PLAIN")
    assert commands(client.command("AUTHENTICATE *")) == ["906"]
    client.send("AUTHENTICATE PLAIN", "CAP END")
    assert commands(client.receive_rest()) == ["AUTHENTICATE", "906", "464", "ERROR"]


def test_unknown_mechanism_gets_a_list_of_mechanisms(guarded: Hosted) -> None:
    """> 908 RPL_SASLMECHS: sent when the client selects an unknown mechanism"""
    seen = _negotiating(guarded).command("AUTHENTICATE EXTERNAL")
    assert commands(seen) == ["908", "904"]
    assert set(one(seen, "908").params[1].split(",")) == {"SCRAM-SHA-256", "PLAIN"}, "no -PLUS without TLS"


def test_authenticate_needs_the_capability(guarded: Hosted) -> None:
    assert commands(guarded.connect().command("AUTHENTICATE PLAIN")) == ["904"]


@pytest.mark.parametrize("part", ["not base64!", "====", "é"])
def test_invalid_base64_is_refused(guarded: Hosted, part: str) -> None:
    client = _negotiating(guarded)
    client.command("AUTHENTICATE PLAIN")
    assert commands(client.command(f"AUTHENTICATE :{part}")) == ["904"]


@pytest.mark.thorough
def test_message_of_exactly_one_part_ends_with_a_plus(guarded: Hosted) -> None:
    """> If the final chunk is exactly 400 bytes long, it must be followed by AUTHENTICATE +"""
    guarded.tracker.keys.accounts.add("long", "x" * 290)
    lines = _plain("long", "x" * 290, "long")
    assert [len(line.split(" ")[1]) for line in lines[1:]] == [400, 1]
    client = _negotiating(guarded)
    assert client.command(*lines[:2])[1:] == [], "no answer before the end of the message"
    assert commands(client.command(lines[2])) == ["900", "903"]


@pytest.mark.parametrize("count", [10, 30])
def test_message_without_an_end_is_refused(guarded: Hosted, count: int) -> None:
    client = _negotiating(guarded)
    seen = client.command("AUTHENTICATE PLAIN", *["AUTHENTICATE " + "A" * 400] * count)
    assert "904" in commands(seen)
    assert client.command("PING x")


def test_too_long_part_is_refused(guarded: Hosted) -> None:
    """> ERR_SASLTOOLONG: sent when a client-sent message is longer than 400 bytes"""
    client = _negotiating(guarded)
    client.command("AUTHENTICATE PLAIN")
    assert commands(client.command("AUTHENTICATE " + "A" * 401)) == ["905"]


@pytest.mark.thorough
def test_guessing_ends_the_connection(guarded: Hosted) -> None:
    client = _negotiating(guarded)
    for _ in range(5):
        client.send(*_plain("alice", "guess"))
    rest = client.receive_rest()
    assert len(only(rest, "904")) == 5
    assert rest[-1].command == "ERROR"


@pytest.mark.thorough
def test_an_owner_can_be_here_several_times(hosted: Hosted) -> None:
    hosted.tracker.keys.accounts.add("alice", "pw")
    hosted.tracker.keys.accounts.add("alice-3", "pw")
    heard = []
    for _ in range(3):
        client = hosted.connect()
        negotiate(client, "Alice")
        plain(client, "alice", "pw")
        heard.append(client.command("CAP END"))
    assert [one(seen, "001").params[0] for seen in heard] == ["Alice", "Alice-2", "Alice-4"]
    assert [message.params for message in heard[1] if message.command == "NOTICE"] == [
        ("Alice-2", "You are already here as Alice, so this connection is Alice-2")
    ]
    words = commands(heard[1])
    assert words.index("NOTICE") > words.index("001"), "clients do not show a NOTICE that precedes the welcome"
    stranger = hosted.connect()
    assert "433" in commands(negotiate(stranger, "Alice-2"))


@pytest.mark.thorough
def test_visits_of_an_owner_are_limited(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, max_name_length=5) as hosted:
        hosted.tracker.keys.accounts.add("alice", "pw")
        for number in range(9):
            client = hosted.connect()
            negotiate(client, "alice")
            plain(client, "alice", "pw")
            assert one(client.command("CAP END"), "001").params[0] == ("alice" if not number else f"ali-{number + 1}")
        client = hosted.connect()
        negotiate(client, "alice")
        plain(client, "alice", "pw")
        assert "433" in commands(client.command("CAP END"))
