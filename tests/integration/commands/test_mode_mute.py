"""MODE +b m:mask: people who may read, but not speak (https://defs.ircdocs.horse/defs/isupport.html#extban)."""

from __future__ import annotations

from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted


def test_muted_people_may_join_and_read_but_not_speak(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob")
    assert one(alice.command("MODE #room +b m:BOB"), "MODE").params == ("#room", "+b", "m:BOB!*@*")
    assert "JOIN" in commands(bob.command("JOIN #room"))
    for line in ("PRIVMSG #room :x", "PRIVMSG #room,alice :x"):
        assert one(bob.command(line), "404").params[1:] == ("#room", "You are muted in this room (+b)")
    assert bob.command("NOTICE #room :x") == []
    assert [message.params for message in only(alice.sync(), "PRIVMSG")] == [("alice", "x")]
    alice.command("PRIVMSG #room :hear me")
    assert one(bob.sync(), "PRIVMSG").params[-1] == "hear me"


def test_mutes_are_listed_and_can_be_removed(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("MODE #room +b m:bob", "MODE #room +b eve")
    assert [entry.params[2] for entry in only(bob.command("MODE #room b"), "367")] == ["m:bob!*@*", "eve!*@*"]
    assert commands(bob.command("PRIVMSG #room :x")) == ["404"]
    assert one(alice.command("MODE #room -b m:bob"), "MODE").params == ("#room", "-b", "m:bob!*@*")
    bob.command("PRIVMSG #room :again")
    assert one(alice.sync(), "PRIVMSG").params[-1] == "again"


def test_exceptions_and_voices_outweigh_mutes(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("MODE #room +b m:*", "MODE #room +e m:bob")
    bob.sync()
    assert bob.command("PRIVMSG #room :excepted") == []
    alice.command("MODE #room -e+v m:bob bob")
    bob.sync()
    assert bob.command("PRIVMSG #room :voiced") == []
    assert "mode #room alice +b m:*!*@*" in hosted.log_lines()


def test_muted_people_send_no_typing_notices(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps="message-tags")
    bob = hosted.client("bob", "#room", caps="message-tags")
    alice.command("MODE #room +b m:bob")
    bob.sync()
    assert commands(bob.command("@+typing=active TAGMSG #room")) == ["404"]
    assert "TAGMSG" not in commands(alice.sync())


def test_mutes_are_announced_in_isupport(hosted: Hosted) -> None:
    tokens = {token for message in only(hosted.client("bob").command("VERSION"), "005") for token in message.params}
    assert "EXTBAN=,mR" in tokens


def test_muted_people_set_no_topics_or_reasons(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", "#other")
    bob, eve = hosted.client("bob", "#room", "#other"), hosted.client("eve", "#room", "#other")
    alice.command("MODE #room -t+bb m:bob m:eve")
    assert one(bob.command("TOPIC #room :hear me"), "404").params[1:] == ("#room", "You are muted in this room (+b)")
    bob.command("PART #room,#other :hear me")
    eve.send("QUIT :hear me")
    eve.receive_until("ERROR")
    heard = alice.sync()
    assert [message.params for message in only(heard, "PART")] == [("#room",), ("#other", "hear me")]
    assert [message.params for message in only(heard, "QUIT")] == [("Quit",)]
    assert not only(heard, "TOPIC")
