"""PRIVMSG to an absent account: the message waits, and is delivered when its owner comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatcore.protocol.message import Message
from tests.support.batches import LABELS, ask
from tests.support.irc import IrcClient, commands, one, only
from tests.support.sasl_client import logged_in, plain
from tests.support.trackers import Hosted, hosted_tracker

_CAPS = "server-time message-tags account-tag"
_HISTORY_CAPS = f"{LABELS} {_CAPS} draft/chathistory"


def _log_in(hosted: Hosted, account: str, *, nick: str = "", caps: str = _CAPS) -> tuple[IrcClient, list[Message]]:
    """Return a client that has logged in, and everything that it received on registration."""
    client = hosted.connect()
    client.nick = nick or account
    client.command(f"CAP REQ :sasl {caps}", *plain(account, "pw"))
    return client, client.command(f"NICK {client.nick}", f"USER {client.nick} 0 * :Real", "CAP END")


def _texts(seen: list[Message]) -> list[str]:
    return [message.params[-1] for message in only(seen, "PRIVMSG")]


@pytest.fixture
def bobs(hosted: Hosted) -> Hosted:
    """A tracker with an account whose owner is absent."""
    hosted.tracker.keys.accounts.add("Bob", "pw")
    return hosted


def test_message_waits_and_arrives_as_it_was_said(bobs: Hosted) -> None:
    ann = bobs.client("ann", caps=f"{_CAPS} echo-message")
    told, echo = ann.command("@+x=y PRIVMSG bob :see you")
    assert (told.command, told.params[1:]) == ("301", ("Bob", "Your message waits until they come back"))
    assert echo.params == ("Bob", "see you")
    ann.command("PRIVMSG BOB :at six")
    _, seen = _log_in(bobs, "bob")
    first, second = only(seen, "PRIVMSG")
    assert first == echo._replace(params=("bob", "see you"))
    assert second.params == ("bob", "at six")
    assert seen.index(first) > seen.index(one(seen, "376")), "waiting messages come after the welcome"
    assert "private-message ann Bob :see you" in bobs.log_lines()


def test_message_is_delivered_once_and_to_nobody_else(bobs: Hosted) -> None:
    bobs.client("ann").command("PRIVMSG bob :hi")
    stranger = bobs.client("phone", caps=_CAPS)
    _, seen = _log_in(bobs, "bob")
    assert _texts(seen) == ["hi"]
    assert _texts(stranger.sync()) == []
    _, seen = _log_in(bobs, "bob", nick="desk")
    assert _texts(seen) == []


def test_later_login_delivers_waiting_messages(bobs: Hosted) -> None:
    bobs.client("ann").command("PRIVMSG bob :hi", "PRIVMSG bob :\x01ACTION waves\x01")
    phone = bobs.client("phone", caps="sasl")
    first, second = _texts(phone.command(*plain("bob", "pw")))
    assert first.startswith("[20"), "without time tags the text begins with the time"
    assert first.endswith("Z] hi")
    assert second.endswith("Z] * ann waves")


def test_waiting_messages_are_outside_the_labeled_answer(bobs: Hosted) -> None:
    bobs.client("ann").command("PRIVMSG bob :hi")
    phone = bobs.client("phone", caps=f"sasl {LABELS} {_CAPS}")
    begin, proof = plain("bob", "pw")
    phone.command(begin)
    seen = phone.command(f"@label=L {proof}")
    message = one(seen, "PRIVMSG")
    assert "batch" not in message.tags
    assert seen.index(message) == len(seen) - 1


def test_label_is_on_the_echo_the_notice_or_an_ack(bobs: Hosted) -> None:
    ann = bobs.client("ann", caps=f"{LABELS} echo-message")
    ann.command("PRIVMSG bob :so that what comes next is not told again")
    assert one(ann.command("@label=L PRIVMSG bob :hi"), "PRIVMSG").tags["label"] == "L"
    dan = bobs.client("dan", caps=LABELS)
    assert one(dan.command("@label=M PRIVMSG bob :hi"), "301").tags == {"label": "M"}
    assert one(dan.command("@label=N PRIVMSG bob :hi"), "ACK").tags == {"label": "N"}


def test_owner_under_another_nick_gets_the_message_at_once(bobs: Hosted) -> None:
    phone, _ = _log_in(bobs, "bob", nick="phone")
    desk, _ = _log_in(bobs, "bob", nick="desk")
    ann = bobs.client("ann", caps="echo-message")
    assert [(m.command, m.params) for m in ann.command("PRIVMSG bob :hi")] == [("PRIVMSG", ("Bob", "hi"))]
    assert one(phone.sync(), "PRIVMSG").params == ("phone", "hi")
    assert one(desk.sync(), "PRIVMSG").params == ("desk", "hi")


def test_both_find_the_message_in_their_history(bobs: Hosted) -> None:
    ann = logged_in(bobs, "ann", caps=_HISTORY_CAPS)
    ann.command("PRIVMSG bob :hi")
    bob, seen = _log_in(bobs, "bob", caps=_HISTORY_CAPS)
    given = one(seen, "PRIVMSG")
    for client, other in ((ann, "bob"), (bob, "ann")):
        (found,) = ask(client, f"CHATHISTORY LATEST {other} * 10")
        assert (found.params[-1], found.tags["msgid"]) == ("hi", given.tags["msgid"])


@pytest.mark.parametrize(
    "line", ["NOTICE bob :hi", "@+x=y TAGMSG bob", "PRIVMSG bob :\x01VERSION\x01", "PRIVMSG zoe :hi"]
)
def test_only_messages_to_accounts_wait(bobs: Hosted, line: str) -> None:
    ann = bobs.client("ann", caps=_CAPS)
    assert commands(ann.command(line)) == ([] if line.startswith("NOTICE") else ["401"])
    assert _texts(_log_in(bobs, "bob")[1]) == []


@pytest.mark.parametrize("settings", [{"history_days": 0}, {"log_private": False}, {"history": 0}])
def test_nothing_waits_where_private_messages_are_not_kept(tmp_path: Path, settings: dict[str, Any]) -> None:
    with hosted_tracker(tmp_path, **settings) as hosted:
        hosted.tracker.keys.accounts.add("bob", "pw")
        assert commands(hosted.client("ann").command("PRIVMSG bob :hi")) == ["401"]
        assert _texts(_log_in(hosted, "bob")[1]) == []


@pytest.mark.thorough
def test_messages_beyond_the_limits_are_refused(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, max_waiting=3, max_waiting_per_sender=2) as hosted:
        hosted.tracker.keys.accounts.add("bob", "pw")
        ann, dan = logged_in(hosted, "ann"), logged_in(hosted, "dan")
        assert commands(ann.command("PRIVMSG bob :1", "PRIVMSG bob :2", "PRIVMSG bob :3")) == ["301", "404"]
        assert commands(dan.command("PRIVMSG bob :4", "PRIVMSG bob :5")) == ["301", "404"]
        assert _texts(_log_in(hosted, "bob")[1]) == ["1", "2", "4"]
        assert commands(ann.command("PRIVMSG bob :6")) == []


def test_each_of_several_targets_is_answered(bobs: Hosted) -> None:
    ann = bobs.client("ann", "#room")
    dan = bobs.client("dan", "#room")
    ann.sync()
    assert commands(ann.command("PRIVMSG #room,bob,dan,zoe :hi")) == ["401", "301"]
    assert [message.params[0] for message in only(dan.sync(), "PRIVMSG")] == ["#room", "dan"]
    assert _texts(_log_in(bobs, "bob")[1]) == ["hi"]


@pytest.mark.thorough
def test_a_restart_neither_loses_nor_repeats_messages(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        for account in ("bob", "cat"):
            hosted.tracker.keys.accounts.add(account, "pw")
        ann = hosted.client("ann", caps=f"{_CAPS} echo-message")
        echo = one(ann.command("@+x=y PRIVMSG bob :hi"), "PRIVMSG")
        ann.command("PRIVMSG cat :hi")
        assert _texts(_log_in(hosted, "cat")[1]) == ["hi"]
    with hosted_tracker(tmp_path) as hosted:
        assert one(_log_in(hosted, "bob")[1], "PRIVMSG") == echo
        assert _texts(_log_in(hosted, "cat")[1]) == []
    with hosted_tracker(tmp_path) as hosted:
        assert _texts(_log_in(hosted, "bob")[1]) == []


@pytest.mark.thorough
def test_waiting_messages_end_with_the_account(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        accounts = hosted.tracker.keys.accounts
        accounts.add("bob", "pw")
        accounts.add("other", "pw")
        hosted.client("ann").command("PRIVMSG bob :hi")
        accounts.remove("bob")
        accounts.add("bob", "pw")
        assert _texts(_log_in(hosted, "bob")[1]) == []
    with hosted_tracker(tmp_path) as hosted:
        assert hosted.tracker._premises.holdings.belongings.waiting == {}


@pytest.mark.thorough
def test_both_find_the_message_in_their_history_after_a_restart(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        hosted.tracker.keys.accounts.add("bob", "pw")
        logged_in(hosted, "ann").command("PRIVMSG bob :hi")
    with hosted_tracker(tmp_path) as hosted:
        ann = logged_in(hosted, "ann", caps=_HISTORY_CAPS)
        assert [message.params[-1] for message in ask(ann, "CHATHISTORY LATEST bob * 10")] == ["hi"]
        bob, _ = _log_in(hosted, "bob", caps=_HISTORY_CAPS)
        assert [message.params[-1] for message in ask(bob, "CHATHISTORY LATEST ann * 10")] == ["hi"]
