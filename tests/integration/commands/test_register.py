"""REGISTER and VERIFY: people make accounts (https://ircv3.net/specs/extensions/account-registration)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from tests.support.irc import commands, one, only
from tests.support.sasl_client import scram
from tests.support.together import run_together
from tests.support.trackers import Hosted, hosted_tracker

_PASSWORD = "Sw0rdfish pässwörd"
_REGISTER = f"REGISTER * * :{_PASSWORD}"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker that lets registered clients create accounts."""
    with hosted_tracker(tmp_path, registration="open") as hosted:
        yield hosted


@pytest.fixture
def early(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker with a password that also lets clients create accounts before they are registered."""
    with hosted_tracker(tmp_path, "tea", registration="before-connect") as hosted:
        yield hosted


def _refusal(seen: list[Message]) -> str:
    """Return the code of the one FAIL."""
    return one(seen, "FAIL").params[1]


def test_register_creates_an_account_and_logs_in(opened: Hosted) -> None:
    """> Afterward, the client is assumed to be authenticated to the `<account>` as if it used SASL."""
    watcher = opened.client("watcher", "#room", caps="account-notify")
    ann = opened.client("ann", "#room", caps="draft/account-registration account-notify")
    watcher.sync()
    seen = ann.command(_REGISTER)
    assert commands(seen) == ["REGISTER", "900", "ACCOUNT"]
    assert one(seen, "REGISTER").params[:2] == ("SUCCESS", "ann")
    assert [message.params for message in watcher.sync()] == [("ann",)]
    assert one(watcher.command("WHOIS ann"), "330").params[1:3] == ("ann", "ann")
    assert opened.log_lines()[-2:] == [f"register ann {ann.address}", "account ann ann"]


def test_only_the_right_password_logs_in_later(opened: Hosted) -> None:
    ann = opened.client("ann")
    ann.command(_REGISTER, "NICK other")
    stranger = opened.connect()
    stranger.command("CAP REQ sasl", "NICK ann")
    assert commands(scram(stranger, "ann", _PASSWORD + "!")) == ["904"]
    assert "433" in commands(stranger.command("USER ann 0 * :Ann", "CAP END"))
    owner = opened.connect()
    owner.command("CAP REQ sasl", "NICK ann")
    assert commands(scram(owner, "ann", _PASSWORD)) == ["900", "903"]
    assert "001" in commands(owner.command("USER ann 0 * :Ann", "CAP END"))


def test_messages_wait_for_a_registered_account(opened: Hosted) -> None:
    ann = opened.client("ann")
    ann.command(_REGISTER, "NICK other")
    ann.send("QUIT")
    ann.receive_rest()
    assert "301" in commands(opened.client("bob").command("PRIVMSG ann :see you"))
    owner = opened.connect()
    owner.command("CAP REQ sasl", "NICK ann", "USER ann 0 * :Ann")
    scram(owner, "ann", _PASSWORD)
    assert one(owner.command("CAP END"), "PRIVMSG").params[-1].endswith(" see you")


def test_labeled_register_is_answered_in_one_batch(opened: Hosted) -> None:
    ann = opened.client("ann", caps="labeled-response batch account-notify")
    opening, *_ = ann.command(f"@label=L {_REGISTER}")
    assert (opening.command, opening.tags["label"]) == ("BATCH", "L")
    assert one(ann.command("@label=M VERIFY ann 1"), "FAIL").tags == {"label": "M"}


def test_early_register_needs_the_server_password_and_a_free_nick(early: Hosted) -> None:
    early.client("root", password="tea")
    client = early.connect()
    client.command("CAP LS 302", "NICK root")
    assert _refusal(client.command(_REGISTER)) == "PASSWORD_REQUIRED"
    assert commands(client.command("PASS tea", _REGISTER)) == ["FAIL"]
    client.nick = "ann"
    seen = client.command("NICK ann", "USER ann 0 * :Ann", _REGISTER)
    assert commands(seen) == ["REGISTER", "900"]
    assert "001" in commands(client.command("CAP END"))
    assert one(client.command("WHOIS ann"), "330").params[2] == "ann"
    lines = [line for line in early.log_lines() if line.split(" ")[1] == "ann"]
    assert lines == [f"register ann {client.address}", f"connect ann {client.address} ann :Ann"]


def test_closed_registration_is_refused_and_not_offered(hosted: Hosted) -> None:
    client = hosted.client("ann", caps="server-time")
    assert commands(client.command("CAP REQ draft/account-registration")) == ["CAP"]
    assert one(client.command("CAP REQ draft/account-registration"), "CAP").params[1] == "NAK"
    seen = client.command(_REGISTER)
    assert one(seen, "FAIL").params[:3] == ("REGISTER", "DISALLOWED", "*")
    assert not (hosted.tracker.config.state_dir / ACCOUNTS_FILE).exists()


@pytest.mark.thorough
def test_one_of_several_clients_gets_the_account(early: Hosted) -> None:
    clients = [early.connect() for _ in range(4)]
    for client in clients:
        client.command("CAP LS 302", "PASS tea", "NICK ann", "USER ann 0 * :Ann")
    answers: list[str] = []
    run_together(*(lambda c=client: answers.extend(commands(c.command(_REGISTER))) for client in clients))
    assert sorted(answers) == ["900", "FAIL", "FAIL", "FAIL", "REGISTER"]
    assert [line.split(" ")[0] for line in early.log_lines()].count("register") == 1


@pytest.mark.thorough
def test_a_locked_file_delays_only_the_registration(opened: Hosted) -> None:
    path = opened.tracker.config.state_dir / ACCOUNTS_FILE
    AccountStore(path).add("zoe", "pw")
    ann, bob = opened.client("ann", "#room"), opened.client("bob", "#room")
    ann.sync()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ann.send(_REGISTER)
        bob.command("PRIVMSG #room :meanwhile")
        seen = [ann.receive(), ann.receive()]
        other.execute("ROLLBACK")
    assert one(seen, "PRIVMSG").params[-1] == "meanwhile"
    assert _refusal(seen) == "TEMPORARILY_UNAVAILABLE"
    assert commands(ann.command(_REGISTER)) == ["REGISTER", "900"]


def test_changes_by_the_command_line_apply_at_once(opened: Hosted) -> None:
    beside = AccountStore(opened.tracker.config.state_dir / ACCOUNTS_FILE)
    ann = opened.client("ann")
    ann.command(_REGISTER)
    assert beside.names() == ["ann"]
    beside.remove("ann")
    assert "Your account was removed" in ann.receive_until("ERROR").params[-1]
    again = opened.client("ann")
    beside.add("bob", "the operator's")
    assert _refusal(again.command("REGISTER bob * :long enough")) == "ACCOUNT_NAME_MUST_BE_NICK"
    beside.add("ann", "the operator's")
    assert _refusal(again.command(_REGISTER)) == "ACCOUNT_EXISTS"


@pytest.mark.parametrize(
    "line",
    [
        _REGISTER,
        f"REGISTER ann ann@example.org :{_PASSWORD}",
        f"REGISTER other * :{_PASSWORD}",
        f"REGISTER * :{_PASSWORD}",
        f"REGISTER * * :{_PASSWORD}\x01",
        f"REGISTER * * :{_PASSWORD * 20}",
        f"REGISTER * * {_PASSWORD} and more",
    ],
)
def test_neither_answers_nor_log_reveal_the_password(opened: Hosted, line: str) -> None:
    ann = opened.client("ann")
    seen = ann.command(line, line)
    assert seen
    secret = _PASSWORD.split(" ", maxsplit=1)[0]
    assert secret not in str(seen) + opened.log_text() + "".join(opened.tracker.notices)


def test_invalid_utf8_is_refused_without_being_quoted(opened: Hosted) -> None:
    ann = opened.client("ann")
    ann.send_bytes(b"REGISTER * * :Sw0rdfish\xff\xfe\r\n")
    (refusal,) = only(ann.sync(), "FAIL")
    assert refusal.params[1] == "INVALID_UTF8"
    assert "Sw0rdfish" not in str(refusal)
