"""SASL: who may log in how and when (https://ircv3.net/specs/extensions/sasl-3.2), and who owns a nick.

One exchange by itself: tests/integration/commands/test_authenticate.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from scramp import ScramClient

from tests.support.irc import IrcClient, commands, one, only
from tests.support.sasl_client import challenge, encoded, logged_in, plain, scram
from tests.support.trackers import Hosted, hosted_tracker

CAPS = "sasl account-notify account-tag"


def _unfinished(hosted: Hosted, nick: str = "alice") -> IrcClient:
    """Return a client that is registered but for its CAP END."""
    client = hosted.connect()
    client.nick = nick
    client.command("CAP REQ :sasl", f"NICK {nick}", f"USER {nick} 0 * :Real {nick}")
    return client


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker with a server password and an account."""
    with hosted_tracker(tmp_path, "the server's") as hosted:
        hosted.tracker.keys.accounts.add("alice", "pässwörd ☂")
        yield hosted


def test_only_account_owners_can_omit_the_server_password(guarded: Hosted) -> None:
    owner = _unfinished(guarded)
    assert commands(scram(owner, "ALICE", "pässwörd ☂")) == ["900", "903"]
    assert "001" in commands(owner.command("CAP END"))
    stranger = _unfinished(guarded, "bob")
    stranger.send("CAP END")
    assert commands(stranger.receive_rest()) == ["464", "ERROR"]


def test_login_does_not_excuse_a_wrong_server_password(guarded: Hosted) -> None:
    client = _unfinished(guarded)
    client.command(*plain("alice", "pässwörd ☂"))
    client.send("PASS wrong", "CAP END")
    assert commands(client.receive_rest()) == ["464", "ERROR"]


@pytest.mark.parametrize("authzid", ["", "alice", "ALICE"])
def test_authorization_identity_may_be_the_account(hosted: Hosted, authzid: str) -> None:
    hosted.tracker.keys.accounts.add("alice", "pw")
    client = _unfinished(hosted)
    assert one(client.command(*plain("Alice", "pw", authzid)), "900").params[2] == "alice"


def test_client_may_log_in_later_and_switch_accounts(hosted: Hosted) -> None:
    """> Servers SHOULD allow a client, authenticated or otherwise, to reauthenticate by sending a new AUTHENTICATE
    message at any time."""
    for account in ("one", "two"):
        hosted.tracker.keys.accounts.add(account, "pw")
    watcher, client = hosted.client("watcher", "#room", caps=CAPS), hosted.client("client", "#room", caps=CAPS)
    watcher.sync()
    assert commands(scram(client, "one", "pw")) == ["900", "903", "ACCOUNT"]
    assert one(client.command(*plain("TWO", "pw")), "ACCOUNT").params == ("two",)
    client.command("PRIVMSG #room :x")
    seen = watcher.sync()
    assert [(message.command, message.params[-1]) for message in seen] == [
        ("ACCOUNT", "one"),
        ("ACCOUNT", "two"),
        ("PRIVMSG", "x"),
    ]
    assert seen[-1].tags["account"] == "two"
    assert one(watcher.command("WHOIS client"), "330").params[2] == "two"


def test_failed_login_leaves_the_former_one(hosted: Hosted) -> None:
    client = logged_in(hosted, "alice", caps="account-notify")
    assert commands(client.command(*plain("alice", "wrong"))) == ["AUTHENTICATE", "904"]
    assert one(client.command("WHOIS alice"), "330").params[2] == "alice"


def _first_challenge(hosted: Hosted, name: str, nonce: str) -> tuple[str, int, str]:
    """Return the answer to a first SCRAM message: salt, its length, iterations; the login then fails."""
    client = _unfinished(hosted, "stranger")
    client.command("AUTHENTICATE SCRAM-SHA-256")
    seen = client.command(f"AUTHENTICATE {encoded(f'n,,n={name},r={nonce}')}")
    nonces, salt, iterations = challenge(seen).split(",")
    assert nonces.startswith(f"r={nonce}")
    refusal = client.command(f"AUTHENTICATE {encoded(f'c=biws,{nonces},p=AAAA')}")
    assert [message.params[-1] for message in refusal] == ["SASL authentication failed"]
    return salt, len(salt), iterations


def test_scram_does_not_reveal_whether_an_account_exists(hosted: Hosted) -> None:
    """RFC 5802 section 9 warns of it: salt and iteration count are sent before anything is proven."""
    hosted.tracker.keys.accounts.add("alice", "pw")
    there, unknown = (_first_challenge(hosted, name, "one") for name in ("alice", "nobody"))
    assert there[1:] == unknown[1:], "same salt length, same iteration count"
    assert there[0] == _first_challenge(hosted, "ALICE", "two")[0], (
        "an account's salt is the same for every spelling and attempt"
    )
    assert unknown[0] == _first_challenge(hosted, "Nobody", "two")[0], "an unknown name's salt is just as stable"
    assert unknown[0] != _first_challenge(hosted, "nobody2", "two")[0], "each unknown name has a salt of its own"


@pytest.mark.thorough
def test_plain_is_refused_alike_for_every_name(hosted: Hosted) -> None:
    hosted.tracker.keys.accounts.add("alice", "pw")
    client = _unfinished(hosted, "stranger")
    refusals = [client.command(*plain(name, "wrong")) for name in ("alice", "nobody", "no body", "#room")]
    assert all(seen == refusals[0] for seen in refusals)
    assert commands(refusals[0]) == ["AUTHENTICATE", "904"]


def test_proof_is_valid_for_one_exchange_only(hosted: Hosted) -> None:
    hosted.tracker.keys.accounts.add("alice", "pw")
    heard, thief = _unfinished(hosted, "alice"), _unfinished(hosted, "thief")
    conversation = ScramClient(["SCRAM-SHA-256"], "alice", "pw")
    first = f"AUTHENTICATE {encoded(conversation.get_client_first())}"
    conversation.set_server_first(challenge(heard.command("AUTHENTICATE SCRAM-SHA-256", first)[1:]))
    final = f"AUTHENTICATE {encoded(conversation.get_client_final())}"
    assert commands(thief.command("AUTHENTICATE SCRAM-SHA-256", first, final))[-1] == "904"
    assert commands(heard.command(final, "AUTHENTICATE +"))[-2:] == ["900", "903"]


@pytest.mark.parametrize("steps", [0, 1])
def test_exchange_can_be_aborted_for_another(hosted: Hosted, steps: int) -> None:
    hosted.tracker.keys.accounts.add("alice", "pw")
    client = _unfinished(hosted)
    client.command("AUTHENTICATE SCRAM-SHA-256", *[f"AUTHENTICATE {encoded('n,,n=alice,r=x')}"] * steps)
    assert commands(client.command("AUTHENTICATE *", *plain("alice", "pw"))) == ["906", "AUTHENTICATE", "900", "903"]


@pytest.mark.thorough
def test_guesses_of_all_kinds_count_together(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, operators={"root": "scrypt:AAAA:AAAA"}) as hosted:
        hosted.tracker.keys.accounts.add("alice", "pw")
        watcher, client = hosted.client("watcher", "#room"), hosted.client("guesser", "#room", caps="sasl")
        for _ in range(2):
            assert commands(client.command(*plain("alice", "guess-1"))) == ["AUTHENTICATE", "904"]
        assert commands(scram(client, "alice", "guess-2")) == ["904"]
        assert commands(client.command("OPER root guess-3")) == ["464"]
        client.send("AUTHENTICATE PLAIN", "AUTHENTICATE !", "PRIVMSG #room :never")
        assert commands(client.receive_rest()) == ["AUTHENTICATE", "904", "ERROR"]
        assert watcher.receive_until("QUIT").params == ("Too many failed logins",)
        assert watcher.sync() == []
        text = hosted.log_text()
        assert len(only_refused(hosted)) == 5
        assert "guess-" not in text
        assert encoded("\0alice\0guess-1") not in text


def only_refused(hosted: Hosted) -> list[str]:
    """Return the log's lines about refused logins."""
    return [line for line in hosted.log_lines() if line.startswith("refused ")]


def _watcher_and_squatter(hosted: Hosted) -> tuple[IrcClient, IrcClient]:
    """Return a watcher, and a client that has the nick of a new account."""
    watcher, squatter = hosted.client("watcher", "#a", "#b"), hosted.client("ALICE", "#a", "#b")
    hosted.tracker.keys.accounts.add("alice", "pw")
    assert squatter.command("PRIVMSG #a :still here") == []
    watcher.sync()
    return watcher, squatter


@pytest.mark.parametrize("is_nick_first", [True, False])
def test_login_on_registration_evicts_a_squatter(hosted: Hosted, is_nick_first: bool) -> None:
    """Whether NICK or the login comes first: clients differ."""
    watcher, squatter = _watcher_and_squatter(hosted)
    owner = _unfinished(hosted) if is_nick_first else logged_in(hosted, "alice")
    if is_nick_first:
        assert "001" in commands(owner.command(*plain("alice", "pw"), "CAP END"))
    assert commands(squatter.receive_rest())[-1] == "ERROR"
    owner.join("#a")
    seen = watcher.sync()
    assert [(message.command, message.source) for message in seen] == [
        ("QUIT", "ALICE!ALICE@127.0.0.1"),
        ("JOIN", "alice!alice@127.0.0.1"),
    ]
    assert "belongs to an account" in seen[0].params[-1]


@pytest.mark.thorough
def test_owner_under_another_nick_evicts_a_squatter(hosted: Hosted) -> None:
    watcher, squatter = _watcher_and_squatter(hosted)
    owner = logged_in(hosted, "alice", nick="ally")
    owner.join("#a")
    assert one(owner.command("NICK alice"), "NICK").params == ("alice",)
    assert commands(squatter.receive_rest())[-1] == "ERROR"
    assert commands(watcher.sync()) == ["JOIN", "QUIT", "NICK"]


def test_squatter_is_not_evicted_without_a_login(hosted: Hosted) -> None:
    _, squatter = _watcher_and_squatter(hosted)
    other = _unfinished(hosted)
    assert commands(other.command("CAP END")) == ["433"]
    assert "001" in commands(other.command("NICK bob"))
    assert squatter.sync() == []


def test_others_cannot_take_a_registered_nick(hosted: Hosted) -> None:
    hosted.tracker.keys.accounts.add("alice", "pw")
    other = logged_in(hosted, "other")
    for line in ("NICK alice", "NICK ALICE"):
        assert commands(other.command(line)) == ["433"]
    assert hosted.tracker.keys.accounts.remove("Alice")
    assert commands(other.command("NICK alice")) == ["NICK"], "the nick is free again"


def test_second_login_does_not_evict_the_first(hosted: Hosted) -> None:
    first, second = logged_in(hosted, "alice"), _unfinished(hosted)
    second.command(*plain("alice", "pw"))
    assert one(second.command("CAP END"), "001").params[0] == "alice-2"
    assert first.sync() == []
    assert one(second.command("WHOIS alice"), "330").params[2] == "alice"


def test_mechanisms_are_named_in_cap_ls_302(hosted: Hosted) -> None:
    """> Servers SHOULD advertise the available SASL authentication mechanisms in the [...] capability's value."""
    words = [m.params[-1].split() for m in only(hosted.connect().command("CAP LS 302"), "CAP")]
    (named,) = [word for line in words for word in line if word.startswith("sasl")]
    assert set(named.removeprefix("sasl=").split(",")) == {"PLAIN", "SCRAM-SHA-256"}
    for line in ("CAP LS", "CAP REQ :sasl=PLAIN"):
        (reply,) = hosted.connect().command(line)
        assert reply.params[1] == ("LS" if line == "CAP LS" else "NAK")
        assert "sasl" in reply.params[-1]
