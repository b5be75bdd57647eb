"""MONITOR: notices about people who come and go (https://ircv3.net/specs/extensions/monitor)."""

from __future__ import annotations

from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted


def test_added_nicks_are_reported_now_and_on_change(hosted: Hosted) -> None:
    alice, _ = hosted.client("alice"), hosted.client("bob")
    seen = alice.command("MONITOR + BOB,carol")
    assert one(seen, "730").params == ("alice", "bob!bob@127.0.0.1")
    assert one(seen, "731").params == ("alice", "carol")
    carol = hosted.client("carol")
    assert one(alice.sync(), "730").params[1] == "carol!carol@127.0.0.1"
    carol.send("QUIT")
    carol.receive_rest()
    assert one(alice.sync(), "731").params[1] == "carol"


def test_nick_change_is_a_departure_and_an_arrival(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice"), hosted.client("bob")
    alice.command("MONITOR + bob,robert")
    bob.command("NICK robert")
    assert [(m.command, m.params[1].partition("!")[0]) for m in alice.sync()] == [("731", "bob"), ("730", "robert")]
    bob.command("NICK Robert")
    assert alice.sync() == [], "a change of case is not reported"


def test_monitor_list_can_be_read_and_changed(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice"), hosted.client("bob")
    alice.command("MONITOR + bob,carol,dave")
    listed = alice.command("MONITOR L")
    assert commands(listed)[-1] == "733"
    assert ",".join(message.params[1] for message in only(listed, "732")) == "bob,carol,dave"
    alice.command("MONITOR - CAROL")
    assert one(alice.command("MONITOR S"), "731").params[1] == "dave"
    alice.command("MONITOR C")
    assert commands(alice.command("MONITOR L", "MONITOR S")) == ["733"]
    bob.command("NICK robert")
    assert alice.sync() == []


def test_list_has_a_limit(hosted: Hosted) -> None:
    """> If adding elements to the list fails because the list is full, the server should send ERR_MONLISTFULL"""
    alice = hosted.client("alice")
    for start in range(0, 100, 20):
        alice.command("MONITOR + " + ",".join(f"n{number}" for number in range(start, start + 20)))
    refusal = one(alice.command("MONITOR + one,two"), "734")
    assert refusal.params[1:3] == ("100", "one,two")
    assert one(alice.command("MONITOR - n1", "MONITOR + one"), "731").params[1] == "one"


def test_many_names_fit_their_lines(hosted: Hosted) -> None:
    alice = hosted.client("alice")
    for start in range(0, 90, 10):
        alice.command("MONITOR + " + ",".join(f"{'漢' * 12}{number}" for number in range(start, start + 10)))
    alice.send("MONITOR S", "MONITOR L")
    names: list[str] = []
    while " 733 " not in (line := alice.receive_line()):
        assert len(line.encode()) <= 510
        if " 732 " in line:
            names.extend(line.rpartition(":")[2].split(","))
    assert names == [f"{'漢' * 12}{number}" for number in range(90)]


def test_unknown_subcommand_is_refused(hosted: Hosted) -> None:
    assert commands(hosted.client("alice").command("MONITOR X bob", "MONITOR")) == ["400", "461"]
