"""Names that differ in ASCII case alone are the same in every command; no others are (CASEMAPPING=ascii)."""

from __future__ import annotations

import pytest

from tests.support.batches import LABELS
from tests.support.irc import IrcClient, commands, one, only
from tests.support.trackers import Hosted

PAIRS = [
    ("é", "É"),
    ("ß", "ẞ"),
    ("s", "\u017f"),
    ("\u03c3", "\u03c2"),
    ("i", "\u0131"),
    ("[", "{"),
    ("\\", "|"),
    ("^", "~"),
]
"""Letters that are equal in another folding: Unicode's, or that of RFC 1459."""


@pytest.fixture
def bob(hosted: Hosted) -> IrcClient:
    """A client called Bob in #Room, which has a second operator."""
    client = hosted.client("Bob", "#Room", caps=f"{LABELS} echo-message")
    hosted.client("Ann", "#Room")
    client.command("MODE #Room +o Ann", "TOPIC #Room :t")
    return client


_LINES = {
    "TOPIC #rOOM": "332 333",
    "TOPIC #rOOM :new": "TOPIC",
    "NAMES #rOOM": "353 366",
    "WHO #rOOM": "352 352 315",
    "LIST #rOOM": "321 322 323",
    "MODE #rOOM": "324 329",
    "MODE #rOOM +v aNN": "MODE",
    "MODE bOB +i": "MODE",
    "PRIVMSG #rOOM :x": "PRIVMSG",
    "NOTICE aNN :x": "NOTICE",
    "PRIVMSG #rOOM,#Room,aNN,Ann :x": "PRIVMSG PRIVMSG",
    "@+x TAGMSG #rOOM,aNN": "TAGMSG TAGMSG",
    "KICK #rOOM aNN,ANN": "KICK",
    "INVITE aNN #rOOM": "443",
    "JOIN #rOOM": "",
    "PART #rOOM": "PART",
    "PART #rOOM,#Room": "PART",
    "WHO aNN": "352 315",
    "ISON aNN": "303",
    "USERHOST aNN": "302",
    "WHOIS aNN": "311 319 312 378 317 318",
    "MONITOR + aNN,ANN": "730",
    "CHATHISTORY LATEST #rOOM * 5": "BATCH BATCH",
    "CHATHISTORY LATEST aNN * 5": "BATCH BATCH",
    "NICK bOB": "NICK",
    "NICK aNN": "433",
}


@pytest.mark.parametrize("line", _LINES)
def test_any_spelling_of_a_name_works(bob: IrcClient, line: str) -> None:
    seen = bob.command(line)
    assert commands(seen) == _LINES[line].split()
    told = [message.params for message in seen if not message.command.isdigit() and message.command != "BATCH"]
    if line[:4] not in ("NICK", "MODE"):
        assert all("#rOOM" not in params and "aNN" not in params for params in told), (
            "names are sent in their original spelling"
        )


def test_command_words_are_case_insensitive(bob: IrcClient) -> None:
    for line in (
        "privmsg #room :x",
        "Topic #room",
        "mode #room",
        "monitor l",
        "cap list",
        "chathistory latest bob * 1",
    ):
        assert "421" not in commands(bob.command(line))


@pytest.mark.parametrize(("one_letter", "other"), PAIRS)
def test_other_letters_do_not_fold(hosted: Hosted, one_letter: str, other: str) -> None:
    first = hosted.client(f"n{one_letter}n", f"#r{one_letter}")
    if other not in "~\u017f":  # allowed in room names, but not in nicks
        second = hosted.client(f"n{other}n")
        assert one(second.command("WHOIS " + second.nick), "311").params[1] == f"n{other}n"
    second = hosted.client("second", f"#r{other}")
    assert len(only(first.command("LIST"), "322")) == 2
    second.command(f"PRIVMSG #r{other} :x", f"TOPIC #r{other} :x", f"MODE #r{other} +s")
    assert first.sync() == []


@pytest.mark.parametrize(("mask", "is_banned"), [("B[É]B", False), ("b[é]b", True), ("B[é]B", True), ("b{é}b", False)])
def test_masks_fold_like_names(hosted: Hosted, mask: str, is_banned: bool) -> None:
    operator, client = hosted.client("operator", "#room"), hosted.client("b[é]b")
    operator.command(f"MODE #room +b {mask}!*@*")
    assert ("474" in commands(client.command("JOIN #room"))) == is_banned


def test_keys_and_passwords_do_not_fold(hosted: Hosted) -> None:
    operator, client = hosted.client("operator", "#room"), hosted.client("client")
    operator.command("MODE #room +k Key")
    assert commands(client.command("JOIN #room key")) == ["475"]
    assert "JOIN" in commands(client.command("JOIN #ROOM Key"))


def test_change_of_case_is_no_change_of_person(hosted: Hosted) -> None:
    client, watcher = hosted.client("bob", "#room"), hosted.client("watcher", "#room")
    watcher.command("MONITOR + BOB")
    assert commands(client.command("NICK BOB")) == ["JOIN", "NICK"]
    assert commands(watcher.sync()) == ["NICK"], "no departure and no arrival"
    assert "433" in commands(hosted.connect().command("NICK boB"))
