"""Messages to those of a channel who have a prefix (https://modern.ircdocs.horse/#statusmsg-parameter)."""

from __future__ import annotations

import pytest

from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted


def test_operators_hear_it_and_nobody_else(hosted: Hosted) -> None:
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


def test_several_targets_get_it_each(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.sync()
    bob.command("PRIVMSG @#room,alice,#room :hi")
    assert [message.params[0] for message in only(alice.sync(), "PRIVMSG")] == ["@#room", "alice", "#room"]


def test_history_has_none_of_it(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room", caps="batch draft/chathistory")
    alice.command("PRIVMSG @#room :not for bob")
    assert not only(bob.command("CHATHISTORY LATEST #room * 10"), "PRIVMSG")


@pytest.mark.parametrize("target", ["@#none", "+#none", "@#secret"])
def test_there_must_be_such_a_room(hosted: Hosted, target: str) -> None:
    hosted.client("alice", "#secret").command("MODE #secret +s")
    assert commands(hosted.client("bob").command(f"PRIVMSG {target} :hi")) == ["403"]


def test_the_rules_of_the_room_hold_and_one_must_be_in_it(hosted: Hosted) -> None:
    alice, bob, eve = hosted.client("alice", "#room"), hosted.client("bob", "#room"), hosted.client("eve")
    alice.command("MODE #room -n+m")
    bob.sync()
    assert commands(bob.command("PRIVMSG @#room :hi")) == ["404"]
    alice.command("MODE #room -m")
    assert commands(eve.command("PRIVMSG #room :hi")) == []
    assert commands(eve.command("PRIVMSG @#room :hi")) == ["442"]
    assert commands(eve.command("PRIVMSG @@#room :hi")) == ["401"]


def test_a_long_one_comes_in_pieces(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.sync()
    bob.command(f"PRIVMSG @#room :{'word ' * 95}end")
    pieces = only(alice.sync(), "PRIVMSG")
    assert len(pieces) == 2
    assert {message.params[0] for message in pieces} == {"@#room"}
