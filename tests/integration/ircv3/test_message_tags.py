"""Client tags on messages (https://ircv3.net/specs/extensions/message-tags), and their limits.

TAGMSG by itself: tests/integration/commands/test_tagmsg.py.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatcore.protocol.message import escape_tag_value
from tests.support.irc import IrcClient, commands, one, only
from tests.support.sasl_client import logged_in
from tests.support.thorough import examples
from tests.support.trackers import Hosted

TAGS = "message-tags"
FORGED = "time=1999-01-01T00:00:00.000Z;msgid=forged;account=root;batch=b1;label=x;bot;draft/x=1"
BOUNDED = settings(max_examples=examples(40), derandomize=True)


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE", "TAGMSG"])
@pytest.mark.parametrize("target", ["#room", "bob"])
def test_client_tags_are_relayed_and_server_tags_are_not(hosted: Hosted, command: str, target: str) -> None:
    """> Tags without the client-only prefix MUST be removed by the server before being relayed"""
    alice = hosted.client("alice", "#room", caps=f"{TAGS} echo-message")
    bob = hosted.client("bob", "#room", caps=TAGS)
    alice.sync()
    text = "" if command == "TAGMSG" else " :hi"
    echo = one(alice.command(f"@{FORGED};+typing=active;+draft/reply=abc {command} {target}{text}"), command)
    heard = one(bob.sync(), command)
    assert heard.tags == echo.tags
    assert heard.tags.keys() == {"+typing", "+draft/reply", "msgid"}
    assert heard.tags["+draft/reply"] == "abc"
    assert heard.tags["msgid"] != "forged"


def test_account_and_time_tags_cannot_be_forged(hosted: Hosted) -> None:
    alice = logged_in(hosted, "alice", caps=f"{TAGS} echo-message account-tag server-time")
    stranger = hosted.client("bob", caps=TAGS)
    alice.sync()
    seen = one(alice.command(f"@{FORGED} PRIVMSG bob :hi"), "PRIVMSG")
    assert seen.tags["account"] == "alice"
    assert not seen.tags["time"].startswith("1999")
    stranger.command(f"@{FORGED} PRIVMSG alice :hi")
    assert one(alice.sync(), "PRIVMSG").tags.keys() == {"msgid", "time"}, "without an account there is no account tag"


@pytest.mark.parametrize("line", ["JOIN #new", "TOPIC #room :x", "NICK alicia", "AWAY :x", "MODE #room +m"])
def test_tags_are_relayed_on_messages_only(hosted: Hosted, line: str) -> None:
    alice = hosted.client("alice", "#room", caps=TAGS)
    bob = hosted.client("bob", "#room", caps=f"{TAGS} away-notify")
    alice.sync()
    seen = alice.command(f"@+typing=active {line}")
    assert all("+typing" not in message.tags for message in (*seen, *bob.sync()))


def test_each_target_gets_the_tags_and_its_own_id(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps=f"{TAGS} echo-message")
    bob = hosted.client("bob", "#room", caps=TAGS)
    alice.sync()
    echoes = alice.command("@+x=1 PRIVMSG #room,bob :hi")
    heard = bob.sync()
    assert [message.tags["+x"] for message in heard] == ["1", "1"]
    assert [message.tags for message in heard] == [message.tags for message in echoes]
    assert len({message.tags["msgid"] for message in heard}) == 2


def test_any_value_arrives_unchanged(hosted: Hosted) -> None:
    alice, bob = (hosted.client(nick, "#room", caps=TAGS) for nick in ("alice", "bob"))
    alice.sync()
    bob.sync()
    values = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)

    @BOUNDED
    @given(values, st.sampled_from(["TAGMSG #room", "PRIVMSG #room :x", "NOTICE bob :x"]))
    def arrives(value: str, line: str) -> None:
        assert alice.command(f"@+v={escape_tag_value(value)};+empty= {line}") == []
        (heard,) = bob.sync()
        assert (heard.tags["+v"], heard.tags["+empty"]) == (value, "")

    arrives()


@pytest.mark.parametrize("body_bytes", [200, 400])
def test_tags_and_text_have_separate_limits(hosted: Hosted, body_bytes: int) -> None:
    """> The size limit for the rest of the message remains unchanged at 512 bytes."""
    alice, bob = (hosted.client(nick, "#room", caps=f"{TAGS} server-time") for nick in ("alice", "bob"))
    alice.sync()
    bob.sync()
    value, text = "v" * (4094 - len("+t=")), "é" * (body_bytes // 2)
    assert alice.command(f"@+t={value} PRIVMSG #room :{text}") == []
    line = bob.receive_line().encode()
    tags, _, rest = line.partition(b" ")
    assert len(rest) <= 510
    assert len(tags) <= 8190, "the limit for tags sent by a server"
    assert f"+t={value}".encode() in tags
    assert rest.endswith(text.encode())


@pytest.mark.parametrize(
    "line",
    [
        "@+t=" + "v" * 4092 + " PRIVMSG #room :x",
        "@+t=" + "é" * 2046 + " PRIVMSG #room :x",
        "@+t=1 PRIVMSG #room :" + "x" * 510,
        "@" + "+a;" * 1365 + " PRIVMSG #room :x",
    ],
)
def test_too_long_tags_or_text_are_refused_alone(hosted: Hosted, line: str) -> None:
    """> Servers MUST NOT truncate tags and MUST always reject lines that exceed this limit."""
    alice, bob = (hosted.client(nick, "#room", caps=TAGS) for nick in ("alice", "bob"))
    alice.sync()
    bob.sync()
    assert commands(alice.command(line, "PRIVMSG #room :after")) == ["417"]
    assert [message.params[-1] for message in bob.sync()] == ["after"]


@pytest.mark.parametrize("caps", ["", "server-time", "account-tag", "batch labeled-response"])
def test_clients_without_the_capability_get_no_client_tags(hosted: Hosted, caps: str) -> None:
    alice, old = hosted.client("alice", "#room", caps=TAGS), hosted.client("old", "#room", caps=caps)
    alice.command("@+x=1 PRIVMSG #room,old :hi", "@+x=1 TAGMSG #room,old", "@+x=1 NOTICE old :hi")
    seen = old.sync()
    assert commands(seen) == ["PRIVMSG", "PRIVMSG", "NOTICE"]
    assert all(message.tags.keys() <= {"time"} for message in seen)


@pytest.mark.parametrize("has_echo", [True, False])
def test_tagmsg_from_outside_is_echoed_like_a_message(hosted: Hosted, has_echo: bool) -> None:
    """> When the message-tags capability has been enabled, the same rules apply to TAGMSG messages. (echo-message)"""
    member = hosted.client("member", "#room", caps=TAGS)
    member.command("MODE #room -n")
    outsider = hosted.client("outsider", caps=f"{TAGS} {'echo-message' if has_echo else ''}")
    seen = outsider.command("@+x TAGMSG #room", "@+x PRIVMSG #room :hi")
    assert commands(seen) == (["TAGMSG", "PRIVMSG"] if has_echo else [])
    assert commands(member.sync()) == ["TAGMSG", "PRIVMSG"]


def test_tagmsg_obeys_the_modes_of_the_room(hosted: Hosted) -> None:
    operator, member = (hosted.client(nick, "#room", caps=TAGS) for nick in ("operator", "member"))
    operator.command("MODE #room +m")
    outsider = hosted.client("outsider", caps=TAGS)
    for client in (member, outsider):
        assert commands(client.command("@+typing=active TAGMSG #room"))[-1] == "404"
    operator.command("MODE #room -m+b member")
    assert commands(member.command("@+typing=active TAGMSG #room"))[-1] == "404"
    assert only(operator.sync(), "TAGMSG") == []


def _away(hosted: Hosted) -> IrcClient:
    client = hosted.client("away", caps=TAGS)
    client.command("AWAY :tea")
    return client


def test_typing_notices_do_not_return_the_away_text(hosted: Hosted) -> None:
    away, alice = _away(hosted), hosted.client("alice", caps=TAGS)
    assert alice.command("@+typing=active TAGMSG away", "NOTICE away :hi") == []
    assert commands(alice.command("PRIVMSG away :hi")) == ["301"]
    assert commands(away.sync()) == ["TAGMSG", "NOTICE", "PRIVMSG"]
