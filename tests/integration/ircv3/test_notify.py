"""Notices about others: who gets which, once (https://ircv3.net/irc/). One capability each: test_capabilities."""

from __future__ import annotations

import pytest

from chatcore.protocol.message import Message
from tests.support.irc import IrcClient, commands, one, only
from tests.support.sasl_client import logged_in, plain
from tests.support.trackers import Hosted

NOTIFY = "away-notify account-notify setname extended-join invite-notify"


def _lines_of(seen: list[Message], *wanted: str) -> list[tuple[str, ...]]:
    return [(message.command, *message.params) for message in seen if message.command in wanted]


def test_changes_are_announced_once_to_roommates(hosted: Hosted) -> None:
    hosted.tracker.keys.accounts.add("acc", "pw")
    rooms = ("#a", "#b", "#c")
    near, far = hosted.client("near", *rooms, caps=NOTIFY), hosted.client("far", "#far", caps=NOTIFY)
    client = hosted.client("client", *rooms, caps="sasl")
    near.sync()
    client.command("AWAY :tea: green", "AWAY :tea: green", "AWAY", "SETNAME :New", *plain("acc", "pw"))
    assert [(message.command, *message.params) for message in near.sync()] == [
        ("AWAY", "tea: green"),
        ("AWAY", "tea: green"),
        ("AWAY",),
        ("SETNAME", "New"),
        ("ACCOUNT", "acc"),
    ]
    assert far.sync() == []


def test_clients_see_their_own_changes_as_specified(hosted: Hosted) -> None:
    """A client sees its own login and new real name too, but not its own absence."""
    hosted.tracker.keys.accounts.add("acc", "pw")
    client = hosted.client("client", "#a", "#b", caps=f"sasl {NOTIFY}")
    seen = client.command("AWAY :x", "SETNAME :New", *plain("acc", "pw"))
    assert _lines_of(seen, "AWAY", "SETNAME", "ACCOUNT") == [("SETNAME", "New"), ("ACCOUNT", "acc")]


def test_join_shows_account_real_name_and_away_state(hosted: Hosted) -> None:
    watcher, old = hosted.client("watcher", "#room", caps=NOTIFY), hosted.client("old", "#room")
    watcher.sync()
    client = logged_in(hosted, "acc", nick="client")
    client.command("SETNAME ::a b ", "AWAY :tea", "JOIN #ROOM")
    assert _lines_of(watcher.sync(), "JOIN", "AWAY") == [("JOIN", "#room", "acc", ":a b "), ("AWAY", "tea")]
    assert _lines_of(old.sync(), "JOIN", "AWAY") == [("JOIN", "#room")]
    client.command("PART #room", "AWAY", "JOIN #room")
    assert _lines_of(watcher.sync(), "JOIN", "AWAY") == [("JOIN", "#room", "acc", ":a b ")], (
        "no AWAY for a client that is not away"
    )


def test_long_real_name_is_cut_between_characters(hosted: Hosted) -> None:
    watcher = hosted.client("watcher", "#room", caps=NOTIFY)
    watcher.sync()
    client = hosted.client("𠀀" * 24)
    client.command("SETNAME :" + "𠀀" * 100, "JOIN #room", "SETNAME :x" + "𠀀" * 99)
    joined, renamed = (watcher.receive_line() for _ in range(2))
    assert " JOIN #room * 𠀀" in joined
    for line in (joined, renamed):
        assert 506 < len(line.encode()) <= 510
        assert line.endswith("𠀀")


def test_invitation_is_shown_to_its_target_and_the_operators(hosted: Hosted) -> None:
    operator, second, voiced = (hosted.client(nick, "#room", caps=NOTIFY) for nick in ("op", "second", "voiced"))
    operator.command("MODE #room +ov second voiced", "MODE #room +i")
    guest, bystander = hosted.client("guest"), hosted.client("bystander", caps=NOTIFY)
    for client in (operator, second, voiced):
        client.sync()
    assert commands(operator.command("INVITE GUEST #ROOM")) == ["341"]
    expected = [("INVITE", "guest", "#room")]
    assert _lines_of(guest.sync(), "INVITE") == _lines_of(second.sync(), "INVITE") == expected
    assert voiced.sync() == bystander.sync() == []


def test_prefixes_and_hosts_in_names_stay_up_to_date(hosted: Hosted) -> None:
    modern = hosted.client("modern", "#room", caps="multi-prefix userhost-in-names")
    other = hosted.client("other", "#room")
    modern.command("MODE #room +vov modern other other")
    other.command("NICK renamed")

    def names(client: IrcClient) -> set[str]:
        return set(one(client.command("NAMES #room"), "353").params[-1].split())

    assert names(modern) == {"@+modern!modern@127.0.0.1", "@+renamed!other@127.0.0.1"}
    assert names(other) == {"@modern", "@renamed"}
    modern.command("CAP REQ :-userhost-in-names", "MODE #room -o renamed")
    assert names(modern) == {"@+modern", "+renamed"}
    modern.command("CAP REQ :-multi-prefix")
    assert names(modern) == {"@modern", "+renamed"}
    seen = only(modern.command("WHO #room"), "352")
    assert {message.params[5]: message.params[6] for message in seen} == {"modern": "H@", "renamed": "H+"}


def test_implicit_names_follow_the_current_capabilities(hosted: Hosted) -> None:
    client = hosted.client("client", caps="no-implicit-names")
    assert commands(client.command("JOIN #a")) == ["JOIN"]
    seen = client.command("CAP REQ :-no-implicit-names", "JOIN #b", "CAP REQ :no-implicit-names", "JOIN #c,#d")
    assert commands(seen) == ["CAP", "JOIN", "353", "366", "CAP", "JOIN", "JOIN"]
    assert commands(client.command("NAMES #c,#d")) == ["353", "353", "366"]


@pytest.mark.parametrize(("version", "has_it"), [("302", True), ("307", True), ("301", False), ("", False)])
def test_cap_notify_is_implied_by_version_302_and_stays(hosted: Hosted, version: str, has_it: bool) -> None:
    """> servers MUST NOT disable the cap-notify capability if the client requests [it, having sent 302 or higher]"""
    client = hosted.connect()
    client.command(f"CAP LS {version}".rstrip())
    assert one(client.command("CAP LIST"), "CAP").params[-1].split() == (["cap-notify"] if has_it else [])
    assert one(client.command("CAP REQ :-cap-notify"), "CAP").params[1] == ("NAK" if has_it else "ACK")


def test_requested_cap_notify_can_be_disabled(hosted: Hosted) -> None:
    """> Such clients MAY explicitly disable the capability, and servers MUST allow these clients to do so."""
    client = hosted.connect()
    client.command("CAP LS", "CAP REQ :cap-notify")
    assert one(client.command("CAP REQ :-cap-notify"), "CAP").params[1] == "ACK"
    assert one(client.command("CAP LIST"), "CAP").params[-1] == ""


def test_capability_changes_apply_from_their_ack_on(hosted: Hosted) -> None:
    """Lines before the ACK follow the former capabilities, lines after it the new ones."""
    client, talker = hosted.client("client", "#room"), hosted.client("talker", "#room")
    client.sync()
    talker.command("PRIVMSG #room :before")
    client.send("CAP REQ :message-tags server-time")
    ack = client.receive_until("CAP", "ACK")
    assert ack.tags == {}
    talker.command("PRIVMSG #room :after")
    assert one(client.sync(), "PRIVMSG").tags.keys() == {"time", "msgid"}
    assert commands(client.command("CAP REQ :-message-tags -server-time")) == ["CAP"]
    talker.command("PRIVMSG #room :later")
    assert one(client.sync(), "PRIVMSG").tags == {}
