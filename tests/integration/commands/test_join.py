"""JOIN: entering rooms (https://modern.ircdocs.horse/#join-message)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted, hosted_tracker


def _entered(hosted: Hosted, nick: str) -> set[str]:
    registry = hosted.tracker.registry
    client = registry.client(nick)
    assert client is not None
    return {channel.name for channel in registry.channels_of(client)}


def test_first_member_creates_the_room_and_is_its_operator(hosted: Hosted) -> None:
    """> If a client's JOIN command to the server is successful, the server MUST send, in this order: a JOIN message
    with the client as the message <source> and the channel they have joined as the first parameter of the message,
    the channel's topic [...], a list of users currently joined to the channel"""
    seen = hosted.client("alice").command("JOIN #room")
    assert commands(seen) == ["JOIN", "353", "366"]
    assert seen[0].source == "alice!alice@127.0.0.1"
    assert seen[0].params == ("#room",)
    assert seen[1].params == ("alice", "=", "#room", "@alice")
    assert seen[2].params[:2] == ("alice", "#room")


def test_join_is_announced_and_topic_precedes_names(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room")
    alice.command("TOPIC #room :all about it")
    bob = hosted.client("bob")
    seen = bob.command("JOIN #room")
    assert commands(seen) == ["JOIN", "332", "333", "353", "366"]
    assert one(seen, "332").params == ("bob", "#room", "all about it")
    assert one(seen, "333").params[:3] == ("bob", "#room", "alice!alice@127.0.0.1")
    assert set(one(seen, "353").params[-1].split()) == {"@alice", "bob"}
    assert one(alice.sync(), "JOIN").source == "bob!bob@127.0.0.1"


def test_joining_again_does_nothing(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.sync()
    assert bob.command("JOIN #room", "JOIN #ROOM") == []
    assert alice.sync() == []


def test_several_rooms_are_joined_one_by_one(hosted: Hosted) -> None:
    """> Servers [...] SHOULD distribute these multiple-channel JOIN messages as a series of messages with a single
    channel name on each."""
    joins = only(hosted.client("alice").command("JOIN #b,#a,#c"), "JOIN")
    assert [message.params for message in joins] == [("#b",), ("#a",), ("#c",)]


def test_keys_match_rooms_by_position(hosted: Hosted) -> None:
    """> with the first <key> being used for the first <channel>, the second <key> being used for the second [...]"""
    owner = hosted.client("owner", "#a", "#b", "#c")
    owner.command("MODE #a +k ka", "MODE #b +k kb")
    alice = hosted.client("alice")
    assert commands(only(alice.command("JOIN #a,#b kb,ka"), "475")) == ["475", "475"]
    alice.command("JOIN #a,not-a-room,#c,#b ka,x,,kb")
    assert _entered(hosted, "alice") == {"#a", "#b", "#c"}


def test_repeated_rooms_do_not_shift_the_keys(hosted: Hosted) -> None:
    owner = hosted.client("owner", "#a", "#b")
    owner.command("MODE #a +k ka", "MODE #b +k kb")
    hosted.client("alice").command("JOIN #a,#A,,#b ka,ka,,kb")
    assert _entered(hosted, "alice") == {"#a", "#b"}


def test_extra_keys_are_ignored(hosted: Hosted) -> None:
    assert "JOIN" in commands(hosted.client("alice").command("JOIN #a one,two,three"))


def test_zero_leaves_all_rooms(hosted: Hosted) -> None:
    """> The server will process this command as though the client had sent a PART command for each channel they are a
    member of."""
    bob, alice = hosted.client("bob", "#a", "#b"), hosted.client("alice", "#a", "#b", "#c")
    bob.sync()
    left = alice.command("JOIN 0")
    assert {message.params[0] for message in only(left, "PART")} == {"#a", "#b", "#c"}
    assert {message.params[0] for message in only(bob.sync(), "PART")} == {"#a", "#b"}
    assert alice.command("JOIN 0") == []


def test_too_many_rooms_are_refused(tmp_path: Path) -> None:
    """> If the client cannot join this channel because they would be over their limit, they will receive an
    ERR_TOOMANYCHANNELS reply"""
    with hosted_tracker(tmp_path, max_channels_per_client=2) as hosted:
        alice = hosted.client("alice", "#a")
        seen = alice.command("JOIN #b,#c", "JOIN #a")
        assert one(seen, "405").params[:2] == ("alice", "#c")
        assert _entered(hosted, "alice") == {"#a", "#b"}
        assert commands(alice.command("LIST #c")) == ["321", "323"], "the refused room was not created"
        assert "JOIN" in commands(alice.command("PART #a", "JOIN #c"))


def test_too_many_rooms_in_one_command_are_refused(hosted: Hosted) -> None:
    alice = hosted.client("alice")
    names = ",".join(f"#r{number}" for number in range(21))
    assert commands(alice.command(f"JOIN {names}")) == ["407"]
    assert _entered(hosted, "alice") == set()


@pytest.mark.parametrize(
    "name", ["room", "#", "&room", "+room", "#a:b", "#bell\x07", "#esc\x1b[2J", "#" + "x" * 64, "#" + "😀" * 48]
)
def test_invalid_name_is_refused(hosted: Hosted, name: str) -> None:
    refusal = one(hosted.client("alice").command(f"JOIN {name}"), "403")
    assert len(refusal.params[-1].split()) > 3
    assert hosted.tracker.registry.channels() == []


@pytest.mark.parametrize("name", ["#a", "##", "#Привет", "#a.b!c@d", "#" + "x" * 63, "#" + "😀" * 47])
def test_valid_name_is_accepted(hosted: Hosted, name: str) -> None:
    alice = hosted.client("alice")
    assert one(alice.command(f"JOIN {name}"), "JOIN").params == (name,)
    assert one(alice.command(f"NAMES {name}"), "353").params[-1] == "@alice"


def test_invalid_name_does_not_affect_the_others(hosted: Hosted) -> None:
    seen = hosted.client("alice").command("JOIN #a,room,#b")
    assert [message.params[0] for message in only(seen, "JOIN")] == ["#a", "#b"]
    assert one(seen, "403").params[1] == "room"


def test_room_names_ignore_ascii_case(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#Room"), hosted.client("bob")
    seen = bob.command("JOIN #rOOM")
    assert one(seen, "JOIN").params == ("#Room",), "the room keeps its first spelling"
    bob.command("PRIVMSG #ROOM :hi")
    assert one(alice.sync(), "PRIVMSG").params == ("#Room", "hi")
    assert commands(bob.command("JOIN #ÄRGER", "JOIN #ärger")).count("JOIN") == 2


@pytest.mark.parametrize("line", ["JOIN", "JOIN :", "JOIN ,"])
def test_missing_name_is_refused(hosted: Hosted, line: str) -> None:
    assert commands(hosted.client("alice").command(line)) == ["461"]


def test_earlier_messages_are_not_shown(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob")
    alice.command("PRIVMSG #room :early")
    seen = bob.command("JOIN #room")
    assert "early" not in [message.params[-1] for message in seen]
    alice.command("PRIVMSG #room :late")
    assert [message.params[-1] for message in only(bob.sync(), "PRIVMSG")] == ["late"]


def test_room_and_its_settings_end_with_the_last_member(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob")
    alice.command("MODE #room +k secret", "TOPIC #room :old", "PART #room")
    assert commands(bob.command("LIST")) == ["321", "323"]
    seen = bob.command("JOIN #room")
    assert commands(seen) == ["JOIN", "353", "366"]
    assert one(seen, "353").params[-1] == "@bob"


def test_replay_shows_old_messages_as_notices(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, replay=2) as hosted:
        alice = hosted.client("alice", "#room")
        alice.command("PRIVMSG #room :one", "PRIVMSG #room :two", "PRIVMSG #room :three")
        seen = hosted.client("bob").command("JOIN #room")
        assert commands(seen) == ["JOIN", "353", "366", "NOTICE", "NOTICE"]
        assert [message.params[-1].rpartition("] ")[2] for message in seen[-2:]] == ["<alice> two", "<alice> three"]
