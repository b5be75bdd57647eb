"""MONITOR: the nicks whose coming and going a client follows."""

from __future__ import annotations

import pytest

from chatcore.commands.bounds import MAX_MONITORED
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.state.requests import MonitorChanged, MonitorRequested
from tests.support.stage import Actor, Stage, reply


@pytest.fixture
def alice() -> Actor:
    return Stage().actor("alice")


def test_nicks_are_added_once_and_removed(alice: Actor) -> None:
    me = alice.client.id
    assert alice.says("MONITOR + bob,Carol,,BOB").events == (MonitorChanged(me, ("bob", "Carol"), ()),)
    assert alice.says("MONITOR + bob").events == ()
    assert alice.says("monitor l").replies == [("732", "bob,Carol"), reply("733 :End of MONITOR list")]
    assert alice.says("MONITOR S").events == (MonitorRequested(me, ("bob", "Carol")),)
    assert alice.says("MONITOR - CAROL,nobody").events == (MonitorChanged(me, (), ("CAROL",)),)
    assert alice.says("MONITOR C").events == (MonitorChanged(me, (), ("bob",)),)
    assert alice.says("MONITOR C").events == alice.says("MONITOR S").events == ()
    assert alice.says("MONITOR L").codes == ["733"]


def test_a_full_list_names_the_nicks_that_did_not_fit(alice: Actor) -> None:
    for start in range(0, MAX_MONITORED, 20):
        alice.says("MONITOR + " + ",".join(f"nick{number}" for number in range(start, start + 20)))
    outcome = alice.says("MONITOR + nick0,one,two")
    assert outcome.replies == [("734", str(MAX_MONITORED), "one,two", "Monitor list is full")]
    assert (outcome.events, len(alice.client.monitored)) == ((), MAX_MONITORED)
    lines = alice.says("MONITOR L").replies[:-1]
    assert sum(len(line[1].split(",")) for line in lines) == MAX_MONITORED
    assert max(len(f":tracker.chat 732 alice :{line[1]}") for line in lines) <= MAX_BODY_BYTES


def test_unknown_subcommands_are_refused(alice: Actor) -> None:
    assert alice.says("MONITOR x").codes == ["400"]
