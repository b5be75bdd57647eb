"""Registration: PASS, NICK, USER and CAP together (https://modern.ircdocs.horse/#connection-registration)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.commands.table import COMMANDS
from chatcore.protocol.isupport import parse_isupport
from tests.support.irc import Disconnected, commands, one, only
from tests.support.trackers import Hosted, hosted_tracker

PASSWORD = "correct horse"
PASS, NICK, USER = f"PASS :{PASSWORD}", "NICK alice", "USER alice 0 * :Alice A"
LS, REQ, END = "CAP LS 302", "CAP REQ :server-time", "CAP END"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker with a password."""
    with hosted_tracker(tmp_path, PASSWORD) as hosted:
        yield hosted


ORDERS = [
    (PASS, NICK, USER),
    (PASS, USER, NICK),
    (NICK, PASS, USER),
    (USER, PASS, NICK),
    (LS, PASS, NICK, USER, END),
    (PASS, LS, NICK, USER, END),
    (PASS, LS, END, NICK, USER),
    (PASS, NICK, REQ, USER, END),
    (REQ, NICK, USER, PASS, END),
    (LS, NICK, PASS, REQ, END, USER),
    (PASS, NICK, LS, REQ, LS, USER, END),
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(" ".join(o.split()[:2]) for o in order))
def test_registration_completes_with_the_last_line_in_any_order(guarded: Hosted, order: tuple[str, ...]) -> None:
    """> Upon receiving either a CAP LS or CAP REQ command during connection registration, the server MUST not complete
    registration until the client sends a CAP END command"""
    client = guarded.connect()
    assert "001" not in commands(client.command(*order[:-1]))
    assert one(client.command(order[-1]), "001").params[0] == "alice"


def test_welcome_follows_the_order_of_the_specification(hosted: Hosted) -> None:
    """> Upon successful completion of the registration process, the server MUST send, in this order: RPL_WELCOME,
    RPL_YOURHOST, RPL_CREATED, RPL_MYINFO, at least one RPL_ISUPPORT [...] LUSERS [...] Message of the Day"""
    welcome = hosted.connect().register("alice")
    numerics = commands(welcome)
    assert numerics[:5] == ["001", "002", "003", "004", "005"]
    after = [numeric for numeric in numerics[5:] if numeric != "005"]
    assert after[0] == "251"
    assert after.index("255") < after.index("375") < after.index("372")
    assert after[-1] == "376"
    assert all(message.params[0] == "alice" for message in welcome)
    assert "log" in " ".join(message.params[-1] for message in only(welcome, "372")), (
        "the MOTD says that everything is logged"
    )


def test_isupport_announces_the_actual_limits(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, max_name_length=17, max_channels_per_client=7, history=55) as hosted:
        lines = only(hosted.connect().register("alice"), "005")
        tokens: dict[str, str] = {}
        for line in lines:
            assert line.params[-1] == "are supported by this server"
            tokens |= parse_isupport(line.params[1:-1])
    assert tokens["CASEMAPPING"] == "ascii"
    assert tokens["CHANTYPES"] == "#"
    assert tokens["CHANLIMIT"] == "#:7"
    assert tokens["NICKLEN"] == "17"
    assert tokens["CHATHISTORY"] == "55"
    assert tokens["PREFIX"] == "(ov)@+"
    assert tokens["CHANMODES"].split(",")[1:3] == ["k", "lW"]
    assert tokens["EXTBAN"] == ",mR"
    assert "UTF8ONLY" in tokens


@pytest.mark.parametrize("name", sorted(name for name, command in COMMANDS.items() if not command.before_registration))
def test_other_commands_need_registration(hosted: Hosted, name: str) -> None:
    """ERR_NOTREGISTERED is the answer, and nothing is done."""
    client = hosted.connect()
    client.send("NICK alice")
    refusals = client.command(f"{name} #a b c d")
    # A NOTICE is never answered, not even with an error.
    assert commands(refusals) == ([] if name == "NOTICE" else ["451"])
    assert hosted.tracker.registry.channels() == []


def test_unregistered_clients_are_invisible(hosted: Hosted) -> None:
    alice, half = hosted.client("alice"), hosted.connect()
    half.command("NICK ghost")
    assert commands(alice.command("WHOIS ghost")) == ["401", "318"]
    assert commands(alice.command("WHO ghost")) == ["315"]
    assert commands(alice.command("PRIVMSG ghost :boo")) == ["401"]
    assert commands(alice.command(f"PRIVMSG {half.address} :boo")) == ["401"]


def test_quit_before_registration_is_answered(hosted: Hosted) -> None:
    client = hosted.connect()
    client.send("NICK alice", "QUIT :changed my mind")
    assert commands(client.receive_rest()) == ["ERROR"]


def test_aborted_registration_leaves_the_nick_free(hosted: Hosted) -> None:
    half = hosted.connect()
    half.command("NICK alice")
    half.close()
    assert "001" in commands(hosted.connect().register("alice"))


def test_negotiation_does_not_replace_the_password(guarded: Hosted) -> None:
    client = guarded.connect()
    assert "001" not in commands(client.command(LS, NICK, USER))
    client.send(END)
    assert commands(client.receive_rest()) == ["464", "ERROR"]


def test_lines_after_the_refusal_are_not_run(guarded: Hosted) -> None:
    client = guarded.connect()
    client.send("PASS wrong", PASS, NICK, USER, "JOIN #room")
    assert commands(client.receive_rest()) == ["464", "ERROR"]
    with pytest.raises(Disconnected):
        client.receive()
    assert guarded.tracker.registry.clients() == []
