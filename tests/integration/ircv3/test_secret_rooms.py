"""Secret rooms (+s): only members and IRC operators can see that they exist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.irc import IrcClient, commands, one, only
from tests.support.operators import hashed
from tests.support.trackers import Hosted, hosted_tracker


@pytest.fixture
def eve(tmp_path: Path) -> Iterator[IrcClient]:
    """An outsider of #secret, where alice and bob are; alice and eve are in #open."""
    with hosted_tracker(tmp_path, operators={"root": hashed("pw")}) as hosted:
        alice, bob = hosted.client("alice", "#secret", "#open"), hosted.client("bob", "#secret")
        alice.command("MODE #secret +sb *!*@nowhere", "TOPIC #secret :plans", "PRIVMSG #secret :plans")
        bob.command("MODE bob +i")
        yield hosted.client("eve", "#open")


@pytest.mark.parametrize(
    "line",
    [
        *("LIST", "LIST #SECRET", "LIST *", "LIST >0", "LIST !x", "NAMES #secret", "NAMES #secret,#open"),
        *("WHO #secret", "WHO #secret %tcn", "WHO *", "WHO bob", "WHOIS alice", "WHOIS bob"),
        *("TOPIC #secret", "MODE #secret", "MODE #secret b", "MODE #secret +b", "PART #secret", "KICK #secret bob"),
        *("TOPIC #secret :mine", "MODE #secret -s", "INVITE eve #secret", "CHATHISTORY LATEST #secret * 5"),
        *("PRIVMSG #secret :x", "PRIVMSG #SECRET,eve :x", "NOTICE #secret :x", "@+x TAGMSG #secret", "LIST T>0"),
    ],
)
def test_outsiders_get_the_same_answer_as_for_a_missing_room(eve: IrcClient, line: str) -> None:
    seen = eve.command(line)
    asked = eve.command(line.replace("#secret", "#nowhere").replace("#SECRET", "#NOWHERE"))
    here = [_without_names(message.params, "#secret") for message in seen]
    there = [_without_names(message.params, "#nowhere") for message in asked]
    assert (commands(seen), here) == (commands(asked), there)
    words = " ".join(word for message in seen for word in message.params)
    assert "plans" not in words
    assert "#secret" not in words or "#secret" in line.lower(), "an answer may only repeat the name from the question"


def _without_names(params: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Return parameters without the room's name, and without counts of seconds."""
    return tuple(word.lower().replace(name, "#x") for word in params if not word.isdigit())


@pytest.mark.parametrize("become", ["OPER root pw", "JOIN #secret"])
def test_members_and_irc_operators_see_it(eve: IrcClient, become: str) -> None:
    eve.command(become)
    assert "#secret" in [message.params[1] for message in only(eve.command("LIST"), "322")]
    names = one(eve.command("NAMES #secret"), "353").params
    assert names[1:3] == ("@", "#secret"), "@ marks a secret room"
    assert {"@alice", "bob"} <= set(names[3].split())
    assert {message.params[5] for message in only(eve.command("WHO #secret"), "352")} >= {"alice", "bob"}
    assert set(one(eve.command("WHOIS alice"), "319").params[2].split()) == {"@#secret", "@#open"}
    assert one(eve.command("TOPIC #secret"), "332").params[2] == "plans"
    assert "s" in one(eve.command("MODE #secret"), "324").params[2]


def test_room_that_is_no_longer_secret_is_visible(hosted: Hosted) -> None:
    alice, eve = hosted.client("alice", "#room"), hosted.client("eve")
    for change, seen_by_eve in (("+s", []), ("-s", ["#room"])):
        alice.command(f"MODE #room {change}")
        assert [message.params[1] for message in only(eve.command("LIST"), "322")] == seen_by_eve
    assert one(eve.command("NAMES #room"), "353").params[1] == "="


def test_outsiders_cannot_speak_to_it_even_without_n(hosted: Hosted) -> None:
    alice, eve = hosted.client("alice", "#secret"), hosted.client("eve")
    alice.command("MODE #secret +s-n")
    assert commands(eve.command("PRIVMSG #secret :hello?", "NOTICE #secret :hello?")) == ["403"]
    alice.command("MODE #secret -s")
    assert commands(eve.command("PRIVMSG #secret :hello?", "NOTICE #secret :hello?")) == []
    assert [message.command for message in alice.sync() if message.source != "tracker.chat"][-2:] == [
        "PRIVMSG",
        "NOTICE",
    ]


def test_secret_rooms_are_not_counted(hosted: Hosted) -> None:
    alice, eve = hosted.client("alice", "#one", "#two"), hosted.client("eve")
    for change, count in (("+s", "1"), ("-s", "2")):
        alice.command(f"MODE #two {change}")
        assert one(eve.command("LUSERS"), "254").params[1] == count


def test_room_limit_does_not_reveal_the_rooms_spelling(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, max_channels_per_client=1) as hosted:
        hosted.client("alice", "#Secret").command("MODE #Secret +s")
        eve = hosted.client("eve", "#open")
        assert one(eve.command("JOIN #sECRET"), "405").params[1] == "#sECRET"


def test_invited_guest_sees_it_in_the_invitation(hosted: Hosted) -> None:
    alice, guest = hosted.client("alice", "#secret"), hosted.client("guest")
    alice.command("MODE #secret +si", "INVITE guest #secret")
    assert one(guest.sync(), "INVITE").params == ("guest", "#secret")
    assert one(guest.command("INVITE"), "336").params[1] == "#secret"
    assert "JOIN" in commands(guest.command("JOIN #secret"))
