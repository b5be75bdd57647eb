"""RENAME, and what clients without the capability see of it."""

from __future__ import annotations

import pytest

from chatcore.protocol.capabilities import CHANNEL_RENAME, EXTENDED_JOIN, MULTI_PREFIX, NO_IMPLICIT_NAMES
from chatcore.protocol.modes import ModeChange
from chatcore.state import facts
from tests.server.rendered import Rendered
from tests.support.contradictions import contradictions
from tests.support.irc import commands, one, only
from tests.support.readers import connected

_RENAMED = facts.RoomRenamed(1, "#room", "#tea", "better")


@pytest.fixture
def rendered() -> Rendered:
    """Ann, who knows RENAME, and bob, who does not, are in #room."""
    found = Rendered()
    found.enter(1, "ann", "#room", capabilities=CHANNEL_RENAME)
    found.enter(2, "bob", "#room")
    return found


def test_clients_with_the_capability_get_one_line(rendered: Rendered) -> None:
    rendered.apply(_RENAMED)
    (told,) = rendered.read(1)
    assert (told.source, told.command, told.params) == ("ann!user@192.0.2.1", "RENAME", ("#room", "#tea", "better"))


def test_the_reason_is_always_sent(rendered: Rendered) -> None:
    """> The server to client command MUST always include the third parameter"""
    rendered.apply(_RENAMED._replace(reason=""))
    assert rendered.read_all()[1][0].params == ("#room", "#tea", "")


def test_other_clients_see_a_part_and_a_join(rendered: Rendered) -> None:
    """> Send the client a PART message for the old channel name, with part message matching the rename reason if given
    > Send the client a JOIN message followed by the usual messages"""
    rendered.apply(facts.TopicChanged(1, "#room", "hot", "ann!user@host", 77))
    rendered.read_all()
    rendered.apply(_RENAMED)
    told = rendered.read(2)
    assert commands(told) == ["PART", "JOIN", "332", "333", "353", "366"]
    assert {message.source for message in told[:2]} == {"bob!user@192.0.2.2"}
    assert told[0].params == ("#room", "better")
    assert told[1].params == ("#tea",)
    assert one(told, "332").params == ("bob", "#tea", "hot")
    assert one(told, "353").params == ("bob", "=", "#tea", "@ann bob")


def test_without_a_reason_the_part_has_none(rendered: Rendered) -> None:
    rendered.apply(_RENAMED._replace(reason=""))
    assert one(rendered.read(2), "PART").params == ("#room",)


def test_the_join_follows_the_negotiated_capabilities(rendered: Rendered) -> None:
    rendered.enter(3, "eve", "#room", capabilities=EXTENDED_JOIN | NO_IMPLICIT_NAMES)
    rendered.enter(4, "zoe", "#room", capabilities=MULTI_PREFIX)
    rendered.apply(_RENAMED)
    told = rendered.read_all()
    assert commands(told[3]) == ["PART", "JOIN"]
    assert one(told[3], "JOIN").params == ("#tea", "*", "Real")
    assert [message.params[3] for message in only(told[2], "353")] == ["@ann bob eve zoe"]
    assert [message.params[3] for message in only(told[4], "353")] == ["@ann bob eve zoe"]


def test_a_change_of_case_causes_no_part_and_join(rendered: Rendered) -> None:
    """> This fallback SHOULD NOT be used if the rename only changes the case of the channel name"""
    rendered.apply(_RENAMED._replace(name="#Room"))
    told = rendered.read_all()
    assert commands(told[1]) == ["RENAME"]
    assert told.get(2, []) == []
    rendered.apply(facts.Said(1, "#Room", "PRIVMSG", "hi"))
    assert one(rendered.read(2), "PRIVMSG").params == ("#Room", "hi")


@pytest.mark.parametrize(("capabilities", "told"), [(CHANNEL_RENAME, "RENAME"), (0, "NOTICE")])
def test_an_irc_operator_outside_the_room_gets_a_confirmation(rendered: Rendered, capabilities: int, told: str) -> None:
    rendered.enter(3, "oper", capabilities=capabilities)
    rendered.apply(_RENAMED._replace(source=3))
    (answer,) = rendered.read_all()[3]
    assert answer.command == told
    assert told != "NOTICE" or answer.params[-1] == "#room is now called #tea"


def test_messages_keep_their_order_around_a_rename(rendered: Rendered) -> None:
    rendered.apply(facts.Said(1, "#room", "PRIVMSG", "before"))
    rendered.apply(_RENAMED, facts.Said(1, "#tea", "PRIVMSG", "after"))
    told = [message for message in rendered.read(2) if message.command in ("PRIVMSG", "PART", "JOIN")]
    assert [message.params[0] for message in told] == ["#room", "#room", "#tea", "#tea"]


def test_the_room_keeps_its_address(rendered: Rendered) -> None:
    room = rendered.view.rooms["#room"]
    rendered.apply(_RENAMED)
    assert rendered.host.renamed == [], "this room has no address"
    room.address = "192.0.2.1:9001"
    rendered.read_all()
    rendered.apply(facts.RoomRenamed(1, "#tea", "#hot", ""))
    assert rendered.host.renamed == [("#tea", "#hot")]
    assert one(rendered.read(2), "NOTICE").params[-1] == "#hot is also at 192.0.2.1:9001"


def test_a_secret_room_has_no_address_under_its_new_name(rendered: Rendered) -> None:
    room = rendered.view.rooms["#room"]
    room.address = "192.0.2.1:9001"
    rendered.apply(facts.ModesChanged(1, "#room", (ModeChange(True, "s"),)), _RENAMED)
    assert (room.address, rendered.host.renamed) == ("", [])
    assert only(rendered.read(2), "NOTICE") == []


def test_the_view_has_only_the_new_name(rendered: Rendered) -> None:
    room = rendered.view.rooms["#room"]
    rendered.records.clear()
    rendered.apply(_RENAMED)
    assert rendered.view.rooms == {"#tea": room}
    assert contradictions(rendered.view) == []
    assert b'["renamed",0,"#tea",327680]' in rendered.records[0]


def test_a_new_room_under_the_old_name_is_separate(rendered: Rendered) -> None:
    rendered.apply(facts.Said(1, "#room", "PRIVMSG", "before"), _RENAMED)
    rendered.apply(connected(5, "eve"), facts.Joined(5, "#room", "o", 7))
    rendered.apply(facts.Parted(5, "#room", ""))
    assert rendered.view.rooms.keys() == {"#tea"}
    assert rendered.view.rooms["#tea"].history.latest() is not None
