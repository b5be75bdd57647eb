"""Bot mode (https://ircv3.net/specs/extensions/bot-mode)."""

from __future__ import annotations

from tests.support.irc import IrcClient, commands, one, only
from tests.support.trackers import Hosted

_CAPS = "batch draft/chathistory draft/event-playback echo-message message-tags"


def _bot(hosted: Hosted, *rooms: str) -> IrcClient:
    bot = hosted.client("robo", *rooms, caps="echo-message message-tags")
    assert one(bot.command("MODE robo +B"), "MODE").params == ("robo", "+B")
    return bot


def test_whois_and_who_show_bots(hosted: Hosted) -> None:
    """> the client is given a special numeric as part of their WHOIS response, it is indicated in their WHO flags"""
    bot, alice = _bot(hosted), hosted.client("alice")
    assert one(alice.command("WHOIS robo"), "335").params[1] == "robo"
    assert one(alice.command("WHO robo"), "352").params[6] == "HB"
    bot.command("MODE robo -B")
    assert not only(alice.command("WHOIS robo"), "335")
    assert one(alice.command("WHO robo"), "352").params[6] == "H"


def test_everything_from_a_bot_is_tagged(hosted: Hosted) -> None:
    """> This tag SHOULD be added by the server to all commands sent by a bot"""
    bot, alice = _bot(hosted, "#room"), hosted.client("alice", "#room", caps=_CAPS)
    bot.sync()
    lines = ("PRIVMSG #room :hi", "NOTICE alice :hi", "@+typing=active TAGMSG #room", "TOPIC #room :beep")
    echoes = bot.command(*lines, "MODE #room +m", "NICK beep", "PART #room")
    heard = alice.sync()
    assert commands(heard) == ["PRIVMSG", "NOTICE", "TAGMSG", "TOPIC", "MODE", "NICK", "PART"]
    assert [message.tags.get("bot") for message in (*heard, *echoes)] == [""] * (len(heard) + len(echoes))


def test_clients_cannot_forge_the_bot_tag(hosted: Hosted) -> None:
    """> This tag MUST only be sent to users who have requested the message-tags capability."""
    bot, alice = _bot(hosted, "#room"), hosted.client("alice", "#room", caps="message-tags")
    plain = hosted.client("plain", "#room")
    alice.command("@bot;+bot=yes PRIVMSG #room :I am none")
    assert one(bot.sync(), "PRIVMSG").tags.keys() == {"+bot", "msgid"}
    bot.command("PRIVMSG #room :I am one")
    assert [message.tags for message in only(plain.sync(), "PRIVMSG")] == [{}, {}]


def test_history_keeps_the_bot_tag(hosted: Hosted) -> None:
    bot, alice = _bot(hosted, "#room"), hosted.client("alice", "#room", caps=_CAPS)
    bot.command("@+x=1 PRIVMSG #room :beep")
    said = one(alice.sync(), "PRIVMSG")
    assert said.tags.items() >= {("bot", ""), ("+x", "1")}
    again = one(alice.command("CHATHISTORY LATEST #room * 10"), "PRIVMSG")
    assert again.tags.items() >= said.tags.items()
