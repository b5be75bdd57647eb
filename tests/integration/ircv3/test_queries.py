"""Edge cases of queries: WHOX, LIST's filters, WHOWAS, USERHOST, ISON, WHOIS.

https://ircv3.net/specs/extensions/whox, https://modern.ircdocs.horse/#elist-parameter
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from chatcore.commands.table import COMMANDS
from tests.support.irc import IrcClient, commands, one, only
from tests.support.operators import hashed
from tests.support.sasl_client import logged_in
from tests.support.trackers import Hosted, hosted_tracker


def test_every_command_has_help_and_a_fitting_syntax() -> None:
    for name, command in COMMANDS.items():
        assert command.help, name
        required = command.syntax
        while (shorter := re.sub(r"\[[^][]*\]|\{[^{}]*\}", "", required)) != required:
            required = shorter
        assert len(required.split()) >= command.min_params, name


def _rows(client: IrcClient, line: str) -> list[tuple[str, ...]]:
    """Return the parameters of each RPL_WHOSPCRPL, without the asker's nick; check the end."""
    seen = client.command(f"WHO {line}")
    assert commands(seen)[-1] == "315"
    return [message.params[1:] for message in only(seen, "354")]


def test_whox_fields_come_in_a_fixed_order(tmp_path: Path) -> None:
    """Fields come in the order tcuihsnfdlaor, so that clients can tell them apart."""
    with hosted_tracker(tmp_path, operators={"root": hashed("pw")}) as hosted:
        bob = logged_in(hosted, "acc", nick="bob")
        bob.command("SETNAME :Robert B :)", "JOIN #room", "OPER root pw", "AWAY :tea")
        alice = hosted.client("alice")
        expected = {
            "t": "42",
            "c": "#room",
            "u": "bob",
            "i": "127.0.0.1",
            "h": "127.0.0.1",
            "s": "tracker.chat",
            "n": "bob",
            "f": "G*@",
            "d": "0",
            "a": "acc",
            "o": "n/a",
            "r": "Robert B :)",
        }
        assert _rows(alice, "#room %rofhtnsuicad,42") == [tuple(expected.values())]
        for field, value in expected.items():
            assert _rows(alice, f"#room %{field},42") == [(value,)]
        for one_field, other in itertools.combinations(expected, 2):
            assert _rows(alice, f"#room %{other}{one_field},42") == [(expected[one_field], expected[other])]


def test_whox_without_room_account_or_token(hosted: Hosted) -> None:
    hosted.client("bob", "#room")
    alice = hosted.client("alice")
    assert _rows(alice, "bob %tcnfa") == [("0", "*", "bob", "H", "0")]
    assert _rows(alice, "bob %n,99") == [("bob",)], "a token is returned only if t is requested"
    assert _rows(alice, "bob %xn?y") == [("bob",)], "unknown fields are ignored"
    assert _rows(alice, "nobody %n") == []
    (idle,) = _rows(alice, "bob %l")
    assert idle[0].isdigit()


@pytest.mark.thorough
def test_who_can_be_limited_to_operators(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, operators={"root": hashed("pw")}) as hosted:
        operator, bob = hosted.client("operator", "#room"), hosted.client("bob", "#room")
        operator.command("OPER root pw")
        assert _rows(bob, "#room o%n") == _rows(bob, "* o%n") == [("operator",)]
        assert [message.params[5] for message in only(bob.command("WHO #room o"), "352")] == ["operator"]
        bob.command("MODE bob +i")
        assert _rows(operator, "* %n") == [("bob",), ("operator",)], "operators see invisible people"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A list whose one item is the time for trackers made from here on; a test may set it."""
    now = [2_000_000_000.0]
    for module in ("tracker", "footing"):
        monkeypatch.setattr(f"chatcore.server.{module}.time", lambda: now[0])
    return now


@pytest.mark.parametrize(
    ("filters", "rooms"),
    [
        ("", "#new #news #old #old-talk"),
        (">1", "#news #old"),
        (">2", "#news"),
        ("<2", "#new #old-talk"),
        (">1,<3", "#old"),
        ("C>60", "#old #old-talk"),
        ("C<60", "#new #news"),
        ("T>30", "#old-talk"),
        ("T<30", "#news"),
        ("#new*", "#new #news"),
        ("*old*", "#old #old-talk"),
        ("#NEW?", "#news"),
        ("!*talk", "#new #news #old"),
        ("!#new*,!*talk", "#old"),
        ("C>60,>1", "#old"),
        ("#old,#new", "#new #old"),
        ("#old,#new,#nowhere,>1", "#old"),
        ("C>99999999", ""),
    ],
)
def test_list_shows_rooms_that_pass_all_filters(clock: list[float], tmp_path: Path, filters: str, rooms: str) -> None:
    """C and T are minutes since the room's creation and its topic; a bare number counts members; ! inverts a mask."""
    with hosted_tracker(tmp_path) as hosted:
        one_person, two, three = (hosted.client(nick) for nick in ("one", "two", "three"))
        one_person.join("#old", "#old-talk")
        one_person.command("TOPIC #old-talk :x")
        clock[0] += 2 * 3600
        two.join("#old")
        one_person.join("#new", "#news")
        one_person.command("TOPIC #news :y")
        two.join("#news")
        three.join("#news")
        clock[0] += 60
        seen = three.command(f"LIST {filters}".rstrip())
    assert (commands(seen)[0], commands(seen)[-1]) == ("321", "323")
    assert sorted(message.params[1] for message in only(seen, "322")) == rooms.split()


@pytest.mark.parametrize("word", ["X>5", ">", "C", ">x", "5", "name", "C>-1"])
def test_list_names_an_invalid_filter(hosted: Hosted, word: str) -> None:
    (refusal,) = hosted.client("alice", "#room").command(f"LIST {word}")
    assert refusal.command == "400"
    assert word in refusal.params[-1]


def test_whowas_shows_former_holders_latest_first(hosted: Hosted) -> None:
    asker = hosted.client("asker")
    for number in range(3):
        client = hosted.connect()
        client.command("NICK ghost", f"USER user{number} 0 * :Real {number}")
        if number == 1:
            client.command("NICK other")
            continue
        client.send("QUIT")
        client.receive_rest()
    for line, numbers in (("GHOST", "210"), ("ghost 2", "21"), ("ghost 0", "210"), ("ghost -1", "210")):
        seen = asker.command(f"WHOWAS {line}")
        assert [message.params[2:] for message in only(seen, "314")] == [
            (f"user{number}", "127.0.0.1", "*", f"Real {number}") for number in numbers
        ]
        assert commands(seen) == [*["314", "312"] * len(numbers), "369"]
    assert commands(asker.command("WHOWAS other", "WHOWAS asker")) == ["406", "369"] * 2, (
        "WHOWAS does not list nicks in use"
    )


def test_answers_with_many_long_names_end_with_a_complete_one(hosted: Hosted) -> None:
    """A line is 512 bytes: half a nick at its end would be another nick."""
    nicks = [f"{'n' * 31}{letter}" for letter in "abcdefghijklmno"]
    for nick in nicks:
        hosted.client(nick)
    asker = hosted.client("a" * 32)
    present = one(asker.command("ISON " + " ".join(nicks)), "303").params[-1].split()
    assert len(present) > 12
    assert present == nicks[: len(present)]
    wide = [f"{'漢' * 31}{letter}" for letter in "abcde"]
    for nick in wide:
        hosted.client(nick)
    words = one(asker.command("USERHOST " + " ".join(wide)), "302").params[-1].split()
    assert words
    assert all(word.endswith("@127.0.0.1") for word in words)


@pytest.mark.thorough
def test_userhost_shows_operators_and_absence(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, operators={"root": hashed("pw")}) as hosted:
        client = hosted.client("client")
        client.command("OPER root pw", "AWAY :tea")
        words = one(client.command("USERHOST CLIENT nobody client"), "302").params[-1].split()
        assert words == ["client*=-client@127.0.0.1"] * 2


@pytest.mark.thorough
def test_whois_hides_secret_rooms_from_others(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, operators={"root": hashed("pw")}) as hosted:
        bob = logged_in(hosted, "acc", nick="bob")
        bob.command("OPER root pw", "AWAY :tea", "JOIN #open,#hidden", "MODE #hidden +s")
        alice = hosted.client("alice", "#open")
        seen = alice.command("WHOIS BOB")
        assert {"311", "312", "313", "317", "319", "301", "330", "378", "318"} == set(commands(seen))
        assert one(seen, "319").params[1:] == ("bob", "@#open")
        assert one(seen, "330").params[1:3] == ("bob", "acc")
        assert one(seen, "301").params[1:] == ("bob", "tea")
        assert one(seen, "318").params[1] == "BOB"
        assert set(one(bob.command("WHOIS bob"), "319").params[2].split()) == {"@#open", "@#hidden"}
