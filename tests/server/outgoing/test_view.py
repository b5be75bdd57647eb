"""View: delivery's picture of readers and rooms, and its count of members who are also in other rooms."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.memory_history import MemoryHistories
from chatcore.server.outgoing.view import View
from tests.support.generated import PROPERTY
from tests.support.readers import reader


def test_a_room_begins_with_its_first_member_and_ends_with_its_last() -> None:
    histories = MemoryHistories(10)
    view = View(histories)
    ann, bob = reader(1), reader(2)
    assert view.room("#room") is None
    room = view.enter(ann, "#room", "o")
    assert view.enter(bob, "#room", "") is room
    assert view.room("#room") is room
    assert room.members == {ann: "o", bob: ""}
    view.leave(ann, room)
    assert view.room("#room") is room
    room.history.add_said(Line(":ann PRIVMSG #room :hi", 1.0, (1, 0, "", 0.0)))
    room.history.add_event(Line(":ann PART #room", 1.0, (2, 0, "", 0.0)))
    view.leave(bob, room)
    assert view.room("#room") is None
    assert histories.used_bytes == 0
    assert view.enter(bob, "#room", "o") is not room


def test_neighbours_are_all_other_members_of_shared_rooms_once() -> None:
    view = View(MemoryHistories(10))
    ann, bob, carol, dave = (reader(number) for number in range(1, 5))
    for member, names in ((ann, "ab"), (bob, "ab"), (carol, "bc"), (dave, "c")):
        for name in names:
            view.enter(member, name, "")
    assert list(view.neighbours(ann)) == [bob, carol]
    assert list(view.neighbours(dave)) == [carol]
    assert list(view.neighbours(reader(9))) == []


@PROPERTY
@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from("abcd")), max_size=60))
def test_shared_counts_members_that_are_also_in_other_rooms(steps: list[tuple[int, str]]) -> None:
    """In each step, a reader leaves a room or, if it is not in it, enters."""
    view = View(MemoryHistories(10))
    readers = {number: reader(number) for number in range(1, 5)}
    for number, name in steps:
        person, room = readers[number], view.room(name)
        if room is not None and person in room.members:
            view.leave(person, room)
        else:
            view.enter(person, name, "")
        for each in view.rooms.values():
            assert each.members
            assert each.shared == sum(len(member.rooms) > 1 for member in each.members)
            assert all(each in member.rooms for member in each.members)


def _written(view: View) -> list[list[object]]:
    """Return the changes to record since the last call."""
    changes, view.book.changes = view.book.changes, []
    return changes


def test_an_account_has_the_mode_letters_of_all_its_visits() -> None:
    view = View(MemoryHistories(10))
    one, other, guest = (reader(number) for number in range(1, 4))
    one.account_id = other.account_id = "id1"
    room = view.enter(guest, "#room", "o", 7, 1000)
    assert _written(view) == [["began", 7, "#room", 1000, "nt"]], "a guest's mode must not be recorded"
    view.enter(one, "#room", "v")
    view.enter(other, "#room", "o")
    view.leave(one, room)
    view.leave(other, room)
    view.leave(guest, room)
    letters = [["account", 7, "id1", letters] for letters in ("v", "ov", "o", None)]
    assert _written(view) == [*letters, ["ended", 7]]


def test_a_change_of_account_moves_the_room_membership() -> None:
    view = View(MemoryHistories(10))
    ann = reader(1)
    view.identify(ann)
    view.enter(ann, "#room", "o", 7, 1000)
    _written(view)
    for account in ("id1", "id2", ""):
        view.change_account(ann, account or None, account)
    assert _written(view) == [
        ["account", 7, "id1", "o"],
        ["account", 7, "id1", None],
        ["account", 7, "id2", "o"],
        ["account", 7, "id2", None],
    ]


def test_an_absent_account_keeps_its_modes_until_it_returns() -> None:
    view = View(MemoryHistories(10))
    guest, ann = reader(1), reader(2)
    view.identify(guest)
    view.bring_back("#room", 7, ["id1"])
    view.enter(guest, "#room", "")
    view.change_account(guest, "ann", "id1")
    assert _written(view) == [["returned", 7]]
    ann.account_id = "id1"
    view.enter(ann, "#room", "o")
    assert _written(view) == [["account", 7, "id1", "o"]]


def test_a_forgotten_visit_loses_its_seats_in_open_and_ended_rooms() -> None:
    """Other visits keep their seats, and so does one that has come back."""
    view = View(MemoryHistories(10))
    ann, bob, carol = (reader(number) for number in range(1, 4))
    kept, ended = view.bring_back("#kept", 1, ["account id", bob.seat]), view.enter(ann, "#ended", "o")
    for member in (ann, carol):
        view.enter(member, "#kept", "")
    view.leave(ann, kept, may_return=True)
    view.leave(ann, ended, may_return=True)
    assert kept.absent == {"account id", ann.seat, bob.seat}
    view.forget_visit(ann.visit)
    view.forget_visit(ann.visit)
    assert kept.absent == {"account id", bob.seat}
    view.enter(bob, "#kept", "")
    assert (kept.absent, view._seats) == ({"account id"}, {})
