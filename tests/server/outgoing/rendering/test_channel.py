"""Events in a room, as its members see them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.config import Config
from chatcore.protocol.capabilities import (
    INVITE_NOTIFY,
    MULTI_PREFIX,
    NO_IMPLICIT_NAMES,
    USERHOST_IN_NAMES,
)
from chatcore.protocol.message import Message, serialize
from chatcore.protocol.modes import ModeChange
from chatcore.server.outgoing.memory_history import MemoryHistory
from chatcore.state import facts, requests
from chatcore.state.channel import Topic
from tests.server.rendered import Rendered
from tests.support.generated import PROPERTY
from tests.support.irc import commands, one, only
from tests.support.readers import connected


@pytest.fixture
def rendered() -> Rendered:
    return Rendered()


def _names(messages: list[Message]) -> list[str]:
    return [name for message in only(messages, "353") for name in message.params[3].split()]


def test_joining_shows_the_topic_and_the_names(rendered: Rendered) -> None:
    rendered.enter(1, "ann", "#room")
    rendered.enter(2, "bob")
    rendered.apply(facts.TopicChanged(1, "#room", "tea", "ann!user@host", 77))
    rendered.read_all()
    rendered.apply(facts.Joined(2, "#room", ""))
    told = rendered.read(2)
    assert commands(told) == ["JOIN", "332", "333", "353", "366"]
    assert one(told, "332").params == ("bob", "#room", "tea")
    assert one(told, "333").params == ("bob", "#room", "ann!user@host", "77")
    assert one(told, "353").params == ("bob", "=", "#room", "@ann bob")


def test_no_implicit_names_omits_the_names_on_join(rendered: Rendered) -> None:
    rendered.enter(1, "ann", capabilities=NO_IMPLICIT_NAMES)
    rendered.apply(facts.Joined(1, "#room", "o"))
    assert commands(rendered.read(1)) == ["JOIN"]


@pytest.mark.parametrize(
    ("capabilities", "names"),
    [
        (0, ["@ann", "+bob", "carol"]),
        (MULTI_PREFIX, ["@+ann", "+bob", "carol"]),
        (USERHOST_IN_NAMES, ["@ann!user@192.0.2.1", "+bob!user@192.0.2.2", "carol!user@192.0.2.3"]),
    ],
)
def test_the_form_of_names_follows_the_negotiated_capabilities(
    rendered: Rendered, capabilities: int, names: list[str]
) -> None:
    for number, nick in ((1, "ann"), (2, "bob"), (3, "carol")):
        rendered.enter(number, nick, "#room", capabilities=capabilities)
    voices = (ModeChange(True, "v", "ann"), ModeChange(True, "v", "bob"))
    rendered.apply(facts.ModesChanged(1, "#room", voices, (1, 2)))
    rendered.read_all()
    rendered.apply(requests.NamesRequested(3, "#room", ("#room",)))
    told = rendered.read(3)
    assert _names(told) == names
    assert commands(told)[-1] == "366"


_NICK_CHARS = st.characters(categories=["Lu", "Ll", "Lo"], max_codepoint=0xFFFF)


@PROPERTY
@given(
    st.lists(st.text(_NICK_CHARS, min_size=1, max_size=32), min_size=1, max_size=60, unique_by=str.lower),
    st.integers(1, 20),
)
def test_all_names_are_listed_once_in_order_in_lines_that_fit(nicks: list[str], room_chars: int) -> None:
    rendered = Rendered(Config(max_name_length=32))
    room = "#" + "あ" * room_chars
    for number, nick in enumerate(nicks, start=1):
        rendered.enter(number, nick, room)
    rendered.apply(requests.NamesRequested(1, room, (room,)))
    told = rendered.read(1)
    assert _names(told) == ["@" + nicks[0], *nicks[1:]]
    assert all(len(serialize(message).encode()) <= 510 for message in told)


def test_mode_changes_update_a_members_modes(rendered: Rendered) -> None:
    rendered.enter(1, "ann", "#room")
    rendered.enter(2, "bob", "#room")
    for adding, letter in ((True, "o"), (True, "v"), (True, "v"), (False, "o")):
        rendered.apply(facts.ModesChanged(1, "#room", (ModeChange(adding, letter, "bob"),), (2,)))
    assert rendered.view.rooms["#room"].members[rendered.reader(2)] == "v"
    assert [message.params[1] for message in only(rendered.read(1), "MODE")] == ["+o", "+v", "+v", "-o"]


def test_an_invitation_reaches_the_invitee_and_subscribed_operators(rendered: Rendered) -> None:
    for number, nick, capability in (
        (1, "ann", 0),
        (2, "bob", INVITE_NOTIFY),
        (3, "carol", INVITE_NOTIFY),
        (4, "dan", 0),
    ):
        rendered.enter(number, nick, *(["#room"] if number < 4 else []), capabilities=capability)
    rendered.apply(facts.ModesChanged(1, "#room", (ModeChange(True, "o", "bob"),), (2,)))
    rendered.read_all()
    rendered.apply(facts.Invited(1, 4, "#room"))
    told = rendered.read_all()
    assert {reader: one(messages, "INVITE").params for reader, messages in told.items()} == {
        2: ("dan", "#room"),
        4: ("dan", "#room"),
    }


def test_an_unset_topic_is_shown_empty_and_not_sent_on_join(rendered: Rendered) -> None:
    rendered.enter(1, "ann", "#room")
    rendered.apply(facts.TopicChanged(1, "#room", "tea", "ann", 1), facts.TopicChanged(1, "#room", "", "ann", 2))
    assert [message.params for message in only(rendered.read(1), "TOPIC")] == [("#room", "tea"), ("#room", "")]
    rendered.enter(2, "bob")
    rendered.apply(facts.Joined(2, "#room", ""))
    assert "332" not in commands(rendered.read(2))


def test_inviting_a_departed_client_is_an_error(rendered: Rendered) -> None:
    """Quit may be appended after the target is found and before Invited is appended."""
    rendered.enter(1, "ann")
    rendered.enter(2, "bob")
    rendered.apply(facts.Joined(1, "#room", "o"), facts.Quit(2, "bye", False))
    rendered.read_all()
    rendered.apply(facts.Invited(1, 2, "#room"))
    assert one(rendered.read(1), "401").params[1] == "bob"
    rendered.apply(requests.Closed(2), facts.Invited(1, 2, "#room"))
    assert one(rendered.read(1), "401").params[1] == "*"


def test_late_events_for_a_vanished_room_reach_nobody(rendered: Rendered) -> None:
    rendered.enter(1, "ann")
    rendered.enter(2, "bob")
    rendered.apply(
        facts.TopicChanged(1, "#gone", "x", "ann", 1),
        facts.ModesChanged(1, "#gone", (ModeChange(True, "m"),)),
        facts.Said(1, "#gone", "PRIVMSG", "x"),
        facts.Parted(1, "#gone", ""),
        facts.Invited(1, 2, "#gone"),
    )
    assert rendered.read_all() == {}


_TOPIC = Topic("tea", "ann!user@host", 77)


def _restored(*modes: ModeChange) -> facts.RoomRestored:
    return facts.RoomRestored("#old", 9, modes, _TOPIC, ("id of ann",))


def test_a_restored_room_keeps_its_topic_and_modes(rendered: Rendered) -> None:
    rendered.enter(1, "bob")
    rendered.apply(_restored(ModeChange(True, "n"), ModeChange(True, "s")), facts.Joined(1, "#old", "", 9, 1000))
    told = rendered.read(1)
    assert commands(told) == ["JOIN", "332", "333", "353", "366"]
    assert one(told, "333").params == ("bob", "#old", "ann!user@host", "77")
    assert one(told, "353").params == ("bob", "@", "#old", "bob")
    room = rendered.view.rooms["#old"]
    assert (room.instance, room.is_closed, room.absent) == (9, True, {"id of ann"})


@pytest.mark.parametrize(("modes", "address"), [("nk", "192.0.2.1:9001"), ("ns", "")])
def test_a_restored_room_gets_an_address_unless_it_is_secret(
    rendered: Rendered, monkeypatch: pytest.MonkeyPatch, modes: str, address: str
) -> None:
    monkeypatch.setattr(rendered.host, "open_room", lambda name: "192.0.2.1:9001")
    rendered.enter(1, "bob")
    changes = (ModeChange(True, letter, "key" if letter == "k" else None) for letter in modes)
    rendered.apply(_restored(*changes), facts.Joined(1, "#old", "", 9, 1000))
    assert rendered.view.rooms["#old"].address == address
    assert [notice.params[1] for notice in only(rendered.read(1), "NOTICE")] == (
        [f"#old is also at {address}"] if address else []
    )


def test_a_restored_room_is_closed_in_its_history_before_anybody_enters(
    rendered: Rendered, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(MemoryHistory, "set_closed", lambda history, is_closed: told.append(f"closed: {is_closed}"))
    monkeypatch.setattr(MemoryHistory, "enter", lambda history, account_id: told.append(account_id))
    rendered.apply(connected(1)._replace(account="ann", account_id="id of ann"))
    rendered.apply(_restored(ModeChange(True, "i")), facts.Joined(1, "#old", "o", 9, 1000))
    assert told == ["closed: True", "id of ann"]
