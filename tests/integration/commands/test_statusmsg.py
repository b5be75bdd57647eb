"""Messages to the members of a channel with a prefix (https://modern.ircdocs.horse/#statusmsg-parameter)."""

from __future__ import annotations

import pytest

from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted


def test_message_reaches_only_operators(hosted: Hosted) -> None:
    alice, bob = (
        hosted.client("alice", "#Room", caps="message-tags"),
        hosted.client("bob", "#Room", caps="message-tags"),
    )
    cat = hosted.client("cat", "#room", caps="echo-message message-tags")
    assert one(cat.command("@+x=1 PRIVMSG @#room :help"), "PRIVMSG").params == ("@#Room", "help")
    heard = one(alice.sync(), "PRIVMSG")
    assert heard.params == ("@#Room", "help")
    assert heard.tags.keys() == {"+x", "msgid"}
    assert not only(bob.sync(), "PRIVMSG")
    cat.command("NOTICE @#room :well", "@+typing=active TAGMSG @#room")
    assert commands(alice.sync()) == ["NOTICE", "TAGMSG"]
    assert hosted.log_lines()[-2:] == ["message #Room cat @ :help", "notice #Room cat @ :well"]


def test_each_of_several_targets_gets_the_message(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.sync()
    bob.command("PRIVMSG @#room,alice,#room :hi")
    assert [message.params[0] for message in only(alice.sync(), "PRIVMSG")] == ["@#room", "alice", "#room"]


def test_message_is_not_in_the_history(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room", caps="batch draft/chathistory")
    alice.command("PRIVMSG @#room :not for bob")
    assert not only(bob.command("CHATHISTORY LATEST #room * 10"), "PRIVMSG")


@pytest.mark.parametrize("target", ["@#none", "+#none", "@#secret"])
def test_room_must_exist(hosted: Hosted, target: str) -> None:
    hosted.client("alice", "#secret").command("MODE #secret +s")
    assert commands(hosted.client("bob").command(f"PRIVMSG {target} :hi")) == ["403"]


def test_room_modes_apply_and_sender_must_be_a_member(hosted: Hosted) -> None:
    alice, bob, eve = hosted.client("alice", "#room"), hosted.client("bob", "#room"), hosted.client("eve")
    alice.command("MODE #room -n+m")
    bob.sync()
    assert commands(bob.command("PRIVMSG @#room :hi")) == ["404"]
    alice.command("MODE #room -m")
    assert commands(eve.command("PRIVMSG #room :hi")) == []
    assert commands(eve.command("PRIVMSG @#room :hi")) == ["442"]
    assert commands(eve.command("PRIVMSG @@#room :hi")) == ["401"]


def test_long_message_comes_in_pieces(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.sync()
    bob.command(f"PRIVMSG @#room :{'word ' * 95}end")
    pieces = only(alice.sync(), "PRIVMSG")
    assert len(pieces) == 2
    assert {message.params[0] for message in pieces} == {"@#room"}
