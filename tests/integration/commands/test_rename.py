"""RENAME: renaming rooms (https://ircv3.net/specs/extensions/channel-rename)."""

from __future__ import annotations

from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted

_CAPS = "draft/channel-rename labeled-response batch message-tags draft/event-playback draft/chathistory"


def test_members_see_the_rename_as_their_capabilities_allow(hosted: Hosted) -> None:
    """> This command allows a client to instruct the server to change the name of a channel"""
    alice = hosted.client("alice", "#boaring", caps=_CAPS)
    bob, carol = hosted.client("bob", "#boaring"), hosted.client("carol", "#boaring", caps="draft/channel-rename")
    bob.sync()
    told = one(alice.command("RENAME #boaring #boring :Typo fix"), "RENAME")
    assert (told.source, told.params) == ("alice!alice@127.0.0.1", ("#boaring", "#boring", "Typo fix"))
    assert commands(carol.sync()) == ["RENAME"]
    seen = bob.sync()
    assert one(seen, "PART").params == ("#boaring", "Typo fix")
    assert one(seen, "JOIN").params == ("#boring",)
    bob.command("PRIVMSG #boring :hi")
    assert one(alice.sync(), "PRIVMSG").params == ("#boring", "hi")
    assert "rename #boaring alice #boring :Typo fix" in hosted.log_text()


def test_a_labeled_command_is_answered(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps=_CAPS)
    told = one(alice.command("@label=L RENAME #room #tea"), "RENAME")
    assert told.tags["label"] == "L"
    failed = one(alice.command("@label=M RENAME #tea #hot"), "FAIL")
    assert (failed.tags["label"], failed.params[:4]) == ("M", ("RENAME", "CANNOT_RENAME", "#tea", "#hot"))


def test_a_client_without_the_capability_may_rename(hosted: Hosted) -> None:
    """> If a client sends a valid RENAME command without having negotiated the capability, the server SHOULD rename
    the channel, but use the fallback mechanism to report the name change to that client."""
    alice = hosted.client("alice", "#room")
    assert commands(alice.command("RENAME #room #tea"))[:2] == ["PART", "JOIN"]


def test_another_room_may_take_the_old_name(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps=_CAPS)
    alice.command("RENAME #room #tea")
    bob = hosted.client("bob", "#room")
    assert one(bob.command("NAMES #room"), "353").params[-1] == "@bob"
    assert only(alice.sync(), "JOIN") == []
