"""Clients that join by a room's own port, or as plain text over WebSocket, get the same history as others."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.support.irc import IrcClient, commands, one, only
from tests.support.peers import peers_of
from tests.support.play import Play
from tests.support.ports import free_ports

_SAID = [
    "ann: JOIN #room",
    "ann: PRIVMSG #room :open",
    "ann: MODE #room +k tea",
    "ann: PRIVMSG #room :closed",
]
_MADE_AGAIN = [*_SAID, "ann: PART #room", "bob: JOIN #room", "bob: PRIVMSG #room :again"]
_OPENED = [*_SAID, "ann: MODE #room -k tea"]


@pytest.mark.parametrize(
    ("steps", "given"), [(_MADE_AGAIN, ["open", "again"]), (_OPENED, ["open", "closed"])], ids=["made again", "opened"]
)
@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_stranger_sees_only_the_readable_history(
    tmp_path: Path, accounts: Path, steps: list[str], given: list[str], is_restarted: bool
) -> None:
    ports = free_ports(1)
    with Play(tmp_path, accounts, "tcp", room_ports=f"{ports[0]}-{ports[0]}") as play:
        play.act(steps)
        if is_restarted:
            play.restart()
            play.act(["cat: JOIN #room"])
        with closing(IrcClient(ports[0])) as eve:
            told = eve.register("eve", caps="batch draft/chathistory")
            assert one(told, "JOIN").params[0].lower() == "#room"
            assert [message.params[1] for message in only(told, "PRIVMSG")] == given
        with peers_of(play.hosted.port) as peers:
            guest = peers.guest("room", "mal")
            play.act(["cat: JOIN #room", "cat: PRIVMSG #room :marker"])
            heard = guest.hear_until("cat: marker")
            assert not [text for text in heard if "closed" in text and "closed" not in given]


@pytest.mark.parametrize("is_restarted", [False, True])
def test_room_ports_do_not_open_a_locked_room(tmp_path: Path, accounts: Path, is_restarted: bool) -> None:
    ports = free_ports(1)
    with Play(tmp_path, accounts, "tcp", room_ports=f"{ports[0]}-{ports[0]}") as play:
        play.act(_SAID)
        if is_restarted:
            play.restart()
            play.act(["ann: JOIN #room tea"])
        with closing(IrcClient(ports[0])) as eve:
            told = eve.register("eve", caps="batch draft/chathistory soju.im/search")
            assert one(told, "475").params[1] == "#room"
            assert "PRIVMSG" not in commands(told)
            assert commands(eve.command("CHATHISTORY LATEST #room * 9")) == ["FAIL"]
            assert only(eve.command("SEARCH text=closed"), "PRIVMSG") == []
