"""Modes of a room, as delivery's view follows them."""

from __future__ import annotations

from chatcore.protocol.modes import ModeChange
from chatcore.state import facts
from chatcore.state.client_id import TRACKER
from tests.server.rendered import Rendered


def _change(rendered: Rendered, *changes: ModeChange) -> tuple[bool, bool]:
    """Return whether the room is closed and secret afterwards."""
    rendered.apply(facts.ModesChanged(1, "#room", changes))
    room = rendered.view.rooms["#room"]
    return room.is_closed, room.is_secret


def test_a_room_is_closed_while_any_lock_is_set() -> None:
    rendered = Rendered()
    rendered.enter(1, "ann", "#room")
    assert _change(rendered, ModeChange(True, "m"), ModeChange(True, "b", "x!*@*")) == (False, False)
    assert _change(rendered, ModeChange(True, "k", "tea"), ModeChange(True, "i")) == (True, False)
    assert _change(rendered, ModeChange(False, "i"), ModeChange(True, "s")) == (True, True)
    assert _change(rendered, ModeChange(True, "k", "more"), ModeChange(False, "s")) == (True, False)
    assert _change(rendered, ModeChange(False, "k", "more")) == (False, False)


def test_modes_set_by_the_tracker_come_from_its_name() -> None:
    rendered = Rendered()
    for client, nick in ((1, "ann"), (2, "bob")):
        rendered.enter(client, nick, "#room")
    changes = (ModeChange(True, "o", "bob"), ModeChange(True, "v", "bob"))
    rendered.apply(facts.ModesChanged(TRACKER, "#room", changes, (2, 2)))
    for (told,) in rendered.read_all().values():
        assert (told.source, told.command) == (rendered.context.server, "MODE")
        assert told.params == ("#room", "+ov", "bob", "bob")
    assert set(rendered.view.rooms["#room"].members[rendered.reader(2)]) == {"o", "v"}


def test_a_room_takes_its_instance_from_the_first_join() -> None:
    rendered = Rendered()
    rendered.enter(1, "ann")
    rendered.enter(2, "bob")
    rendered.apply(facts.Joined(1, "#room", "o", 7), facts.Joined(2, "#room", "", 8))
    assert rendered.view.rooms["#room"].instance == 7
