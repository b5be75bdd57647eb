"""Fanout: however lines are joined, every reader gets exactly its lines of the stream, in order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatcore.protocol.capabilities import MESSAGE_TAGS, SERVER_TIME
from chatcore.server.outgoing.fanout import Fanout
from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.membership import Reader, Room
from chatcore.server.outgoing.memory_history import MemoryHistories
from chatcore.server.outgoing.view import View
from chatcore.transport.formats import LINES, ROOM_TEXT, TEXT_FRAMES
from tests.support.generated import PROPERTY
from tests.support.readers import reader, take
from tests.support.thorough import examples

_FORMATS = (LINES, LINES, LINES, TEXT_FRAMES, ROOM_TEXT)
_READERS = len(_FORMATS)
_ROOMS = "abcd"
_BITS = (0, SERVER_TIME, SERVER_TIME | MESSAGE_TAGS)


class _World:
    """A fanout with its view, next to a naive model: every line to every reader, one by one."""

    def __init__(self) -> None:
        self.view = View(MemoryHistories(0))
        self.fanout = Fanout()
        self.readers = [reader(number, line_format=_FORMATS[number]) for number in range(_READERS)]
        self.expected: dict[Reader, bytes] = dict.fromkeys(self.readers, b"")
        self.number = 0

    def line(self) -> Line:
        self.number += 1
        return Line(f":x PRIVMSG #x :{self.number}", float(self.number), (self.number, 0, "", 0.0))

    def expect(self, reader: Reader, line: Line) -> None:
        if not reader.is_closing:
            self.expected[reader] += line.encoded(reader.tag_bits)

    def say(self, who: int, name: str, has_echo: bool) -> None:
        room = self.view.room(name)
        if room is None:
            return
        line, skip = self.line(), None if has_echo else self.readers[who]
        self.fanout.to_room(room, line, skip)
        for member in room.members:
            if member is not skip:
                self.expect(member, line)

    def tell_one(self, who: int, *_: object) -> None:
        line = self.line()
        self.fanout.to_one(self.readers[who], line)
        self.expect(self.readers[who], line)

    def tell_neighbours(self, who: int, *_: object) -> None:
        line = self.line()
        readers = [self.readers[who], *self.view.neighbours(self.readers[who])]
        self.fanout.to_each(readers, line)
        for each in readers:
            self.expect(each, line)

    def answer_labeled(self, who: int, name: str, has_line: bool) -> None:
        """A command says something in a room and is answered; the answer is kept back until it is complete."""
        person, room = self.readers[who], self.view.room(name)
        self.fanout.capture(person)
        if room is not None:
            line = self.line()
            self.fanout.to_room(room, line, person)
            for member in room.members:
                if member is not person:
                    self.expect(member, line)
        if has_line:
            self.fanout.to_one(person, self.line())
        for captured in self.fanout.release():
            self.fanout.give_bytes(person, captured.line.encoded(person.tag_bits))
            self.expect(person, captured.line)

    def enter_or_leave(self, who: int, name: str, _: bool) -> None:
        """Before a membership changes, pending lines of that reader's rooms, and of that room, are handed over."""
        person, room = self.readers[who], self.view.room(name)
        if person.is_closing:
            return
        for each in {*person.rooms, *([room] if room else [])}:
            self.fanout.settle(each)
        if room is not None and person in room.members:
            self.view.leave(person, room)
        else:
            self.view.enter(person, name, "")

    def negotiate(self, who: int, name: str, _: bool) -> None:
        for room in self.readers[who].rooms:
            self.fanout.settle(room)
        self.readers[who].negotiate(_BITS[_ROOMS.index(name) % len(_BITS)])

    def quit(self, who: int, *_: object) -> None:
        self.tell_one(who)
        for room in tuple(self.readers[who].rooms):
            self.fanout.settle(room)
            self.view.leave(self.readers[who], room)
        self.readers[who].is_closing = True

    def collect(self, *_: object) -> None:
        """End the batch, and compare the lines handed over in it."""
        dirty = self.fanout.collect()
        got = {each: take(each) for each in dirty}
        assert len(got) == len(dirty)
        assert got == {each: data for each, data in self.expected.items() if data}
        self.expected = dict.fromkeys(self.readers, b"")


_Step = tuple[Callable[..., None], int, str, bool]
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [_World.say] * 8
            + [_World.enter_or_leave] * 4
            + [_World.answer_labeled, _World.tell_one, _World.tell_neighbours]
            + [_World.negotiate, _World.collect, _World.quit]
        ),
        st.integers(0, _READERS - 1),
        st.sampled_from(_ROOMS),
        st.booleans(),
    ),
    max_size=60,
)
_ENTER = _World.enter_or_leave
_BOTH_IN_A_AND_B: list[_Step] = [
    (_ENTER, 0, "a", False),
    (_ENTER, 0, "b", False),
    (_ENTER, 1, "a", False),
    (_ENTER, 1, "b", False),
]


@settings(PROPERTY, max_examples=examples(150))
@given(_STEPS)
# Two rooms with the same members: the lines of one must not overtake those of the other.
@example([*_BOTH_IN_A_AND_B, (_World.say, 0, "a", True), (_World.say, 0, "b", True), (_World.say, 1, "a", True)])
# A room that is shared only from the second line on.
@example(
    [
        (_ENTER, 0, "a", False),
        (_ENTER, 1, "b", False),
        (_World.say, 0, "a", True),
        (_World.say, 1, "b", True),
        (_ENTER, 0, "b", False),
        (_World.say, 0, "a", True),
        (_World.say, 0, "b", True),
    ]
)
def test_every_reader_gets_the_lines_of_the_stream_in_order(steps: list[_Step]) -> None:
    world = _World()
    for step, who, name, flag in steps:
        step(world, who, name, flag)
    world.collect()


def _said(*numbers: int) -> bytes:
    return b"".join(b":x PRIVMSG #x :%d\r\n" % number for number in numbers)


@pytest.fixture
def world() -> _World:
    return _World()


def _room(world: _World, *members: int) -> Room:
    rooms = {world.view.enter(world.readers[member], "a", "") for member in members}
    (room,) = rooms
    return room


def test_lines_of_a_room_are_handed_over_as_one_piece(world: _World) -> None:
    """Lines that all members read in the same form are joined once, not once per member."""
    room = _room(world, 0, 1, 2)
    for _ in range(3):
        world.fanout.to_room(room, world.line(), None)
    assert world.fanout.collect() == world.readers[:3]
    assert all(each.parts == [_said(1, 2, 3)] for each in world.readers[:3])
    assert world.readers[0].parts[0] is world.readers[1].parts[0]


def test_a_sender_without_echo_does_not_get_its_own_lines(world: _World) -> None:
    room = _room(world, 0, 1)
    for sender in (0, 1, 0):
        world.fanout.to_room(room, world.line(), world.readers[sender])
    world.fanout.collect()
    assert [take(each) for each in world.readers[:2]] == [_said(2), _said(1, 3)]


def test_a_reader_without_lines_is_not_collected(world: _World) -> None:
    room = _room(world, 0)
    world.fanout.to_room(room, world.line(), world.readers[0])
    assert world.fanout.collect() == []


def test_a_new_batch_begins_empty(world: _World) -> None:
    room = _room(world, 0)
    world.fanout.to_room(room, world.line(), None)
    world.fanout.collect()
    take(world.readers[0])
    assert world.fanout.collect() == []
    world.fanout.to_room(room, world.line(), None)
    assert world.fanout.collect() == [world.readers[0]]


def test_settling_an_idle_room_does_nothing(world: _World) -> None:
    world.fanout.settle(_room(world, 0))
    assert world.fanout.collect() == []


def test_a_line_of_a_batch_carries_its_tag(world: _World) -> None:
    world.fanout.to_one(world.readers[0], world.line(), "b1")
    assert take(world.readers[0]) == b"@batch=b1 " + _said(1)


def test_captured_lines_are_kept_back_from_that_reader_alone(world: _World) -> None:
    room = _room(world, 0, 1)
    before, during, after = world.line(), world.line(), world.line()
    world.fanout.to_room(room, before, None)
    world.fanout.capture(world.readers[0])
    assert [world.fanout.is_captured(each) for each in world.readers[:2]] == [True, False]
    world.fanout.to_each(world.readers[:2], during)
    captured = world.fanout.release()
    assert [(line, batch) for line, batch in captured] == [(during, "")]
    world.fanout.give_bytes(world.readers[0], b"ANSWER\r\n")
    world.fanout.to_room(room, after, None)
    world.fanout.collect()
    assert take(world.readers[0]) == _said(1) + b"ANSWER\r\n" + _said(3)
    assert take(world.readers[1]) == _said(1, 2, 3)
    assert world.fanout.release() == []
    assert not world.fanout.is_captured(world.readers[0])


@pytest.mark.parametrize("goes_to_a_room", [True, False])
def test_a_line_is_encoded_once_for_all_readers_of_a_kind(goes_to_a_room: bool) -> None:
    view, fanout = View(MemoryHistories(0)), Fanout()
    readers = [reader(number, line_format=(LINES, TEXT_FRAMES)[number % 2]) for number in range(6)]
    for each in readers:
        each.negotiate(SERVER_TIME)
        view.enter(each, "#room", "")
    line = Line(":x PRIVMSG #room :hi", 1.0, (1, 0, "", 0.0))
    if goes_to_a_room:
        fanout.to_room(view.rooms["#room"], line, None)
    else:
        fanout.to_each(readers[::2] + readers[1::2], line)
    fanout.collect()
    assert [each.parts for each in readers] == [[line.encoded(each.tag_bits)] for each in readers]
    assert len({id(part) for each in readers for part in each.parts}) == 2


def test_speakers_get_the_others_lines_without_copies() -> None:
    """With a copy for each speaker, a batch of a thousand lines would exist as often as there are speakers."""
    view, fanout = View(MemoryHistories(0)), Fanout()
    readers = [reader(number) for number in range(4)]
    for each in readers:
        view.enter(each, "#room", "")
    lines = [Line(f":{number} PRIVMSG #room :hi", 1.0, (1, number, "", 0.0)) for number in range(3)]
    for line, speaker in zip(lines, readers[:3], strict=True):
        fanout.to_room(view.rooms["#room"], line, speaker)
    fanout.collect()
    for speaker, own in zip(readers[:3], lines, strict=True):
        assert speaker.parts == [line.body for line in lines if line is not own]
        assert all(any(part is line.body for line in lines) for part in speaker.parts)
    assert readers[3].parts == [b"".join(line.body for line in lines)]
