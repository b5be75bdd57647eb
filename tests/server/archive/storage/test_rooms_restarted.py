"""From commands to the file and back: rooms survive any end of a tracker unchanged."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from chatcore.server.archive.journal.records import FactRecord, parse_record
from chatcore.server.archive.storage.rooms import Rooms
from chatcore.state.channel import Channel
from chatcore.state.dormant import DormantRoom
from chatcore.state.facts import RoomForgotten
from chatcore.state.registry import Registry
from tests.server.rendered import Rendered
from tests.support.generated import PROPERTY
from tests.support.sasl_client import plain
from tests.support.stage import Actor, Stage
from tests.support.stage_admission import STARTED_AT

_NICKS = ["ann", "bob", "cat", "eve"]
_ACCOUNTS = {0: "ann", 1: "bob", 2: "ann", 3: None}  # cat is ann's second visit, eve has no account
_ROOMS = ["#a", "#B"]
_CAPS = "sasl message-tags"


class _World:
    """A tracker without sockets whose rooms are kept in a file, restarted again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run = 0
        self.time = STARTED_AT
        self.facts: list[FactRecord] = []
        self.taken = 0  # how many of them the file has, at least
        self.position = 0
        self.rooms = Rooms(folder)
        self.start()

    def start(self) -> None:
        self.run += 1
        self.stage = Stage()
        self.stage.services.time = self.time
        self.stage.services.keys.accounts = {"ann": "pw", "bob": "pw"}
        self.stage.registry = Registry(self.stage.services.now, self.run << 32)
        self.stage.registry.lay_down(self.rooms.load(self.time))
        self.rendered = Rendered()
        self.rendered.position = self.position
        self.delivered = 0
        self.actors = [self.arrive(number) for number in range(len(_NICKS))]

    def arrive(self, number: int) -> Actor:
        actor, account = self.stage.stranger(), _ACCOUNTS[number]
        actor.client.login = self.stage.services.keys.account(account) if account else None
        for line in (f"CAP REQ :{_CAPS}", f"NICK {_NICKS[number]}", "USER u 0 * :U", "CAP END"):
            actor.says(line)
        return actor

    def deliver(self) -> None:
        """Apply what was published, as delivery would; its records become facts that wait to be taken."""
        for events in self.stage.stream.appended[self.delivered :]:
            self.rendered.apply(*events)
        self.delivered = len(self.stage.stream.appended)
        self.position = self.rendered.position
        records = [parse_record(line.decode().rstrip("\n")) for line in self.rendered.records]
        self.facts += [record for record in records if isinstance(record, FactRecord)]
        self.rendered.records.clear()

    # Steps: who, another, a room, and a switch

    def say(self, line: str, who: int, other: int, room: str, flag: bool) -> None:
        self.time += 1
        self.stage.services.time = self.time
        sign = "+" if flag else "-"
        self.actors[who].says(line.format(room=room, nick=_NICKS[other], sign=sign, mask=f"{_NICKS[other]}!*@*"))
        self.deliver()

    def leave(self, who: int, *_: object) -> None:
        self.stage.leave(self.actors[who].client)
        self.actors[who] = self.arrive(who)
        self.deliver()

    def log_in(self, who: int, *_: object) -> None:
        for line in plain("bob", "pw"):
            self.actors[who].says(line)
        self.deliver()

    def forget(self, *_: object) -> None:
        for room in self.stage.registry.dormant_rooms()[:1]:
            publish = partial(self.stage.stream.append, (RoomForgotten(room.name, room.instance),))
            self.stage.registry.forget_dormant(room, publish)
        self.deliver()

    def take(self, who: int, other: int, room: str, flag: bool) -> None:
        """Apply some facts to the file, some of them twice."""
        start = max(0, self.taken - other)
        end = len(self.facts) if flag else min(len(self.facts), self.taken + who)
        self.rooms.apply(self.facts[start:end])
        self.taken = max(self.taken, end)

    def restart(self, who: int, other: int, *_: object) -> None:
        """Restart after a crash; facts left in the journal are applied first."""
        self.time += 100
        expected = self.as_it_is()
        self.rooms.close()
        self.rooms = Rooms(self.folder)
        self.take(who, other, "", True)
        loaded = {room.name: room for room in self.rooms.load(self.time)}
        assert {name: _plain(room) for name, room in loaded.items()} == expected
        self.start()

    def as_it_is(self) -> dict[str, object]:
        """Return what the registry knows of each room, dormant or not."""
        registry = self.stage.registry
        found = {room.name: _plain(room) for room in registry.dormant_rooms()}
        return found | {channel.name: _plain(self._as_dormant(channel)) for channel in registry.channels()}

    def _as_dormant(self, channel: Channel) -> DormantRoom:
        held: dict[str, set[str]] = defaultdict(set)
        for client, letters in channel.members.items():
            if client.account_id and client.account_id not in channel.absent:
                held[client.account_id] |= set(letters)
        accounts = {account: "".join(sorted(letters)) for account, letters in held.items()} | channel.absent
        return DormantRoom(
            channel.name,
            channel.instance,
            channel.created_at,
            frozenset(channel.flags),
            channel.values,
            {letter: tuple(entries.values()) for letter, entries in channel.lists.items() if entries},
            channel.topic,
            accounts,
            self.time,
        )


def _plain(room: DormantRoom) -> object:
    return room._replace(
        values=dict(room.values),
        lists=dict(room.lists),
        accounts={account: "".join(sorted(letters)) for account, letters in room.accounts.items()},
    )


_Step = tuple[Callable[..., None], int, int, str, bool]


def _line(text: str) -> Callable[..., None]:
    return lambda world, *rest: world.say(text, *rest)


_JOIN, _PART = _line("JOIN {room} key"), _line("PART {room}")
_DEMOTE, _VOICE = _line("MODE {room} -o {nick}"), _line("MODE {room} +v {nick}")
_VERBS = [
    *[_JOIN] * 8,
    *[_PART] * 2,
    *[_line(f"MODE {{room}} {{sign}}{letter}") for letter in ("i", "s", "m", "t", "k key", "l 3")],
    *[_line(f"MODE {{room}} {{sign}}{letter} {{mask}}") for letter in ("b", "e", "I")],
    *[_line(f"MODE {{room}} {{sign}}{letter} {{nick}}") for letter in ("o", "v", "ov")],
    _line("MODE {room} {sign}ib-k+bv {mask} key {nick}!*@* {nick}"),
    _line("TOPIC {room} :tea, {nick}"),
    _line("TOPIC {room} :"),
    _line("KICK {room} {nick}"),
    _line("INVITE {nick} {room}"),
    _line("NICK {nick}_"),
    *[_World.leave] * 2,
    *[_World.log_in] * 2,
    _World.forget,
    *[_World.take] * 3,
    *[_World.restart] * 4,
]
_PERSON = st.integers(0, len(_NICKS) - 1)
_STEP = st.tuples(st.sampled_from(_VERBS), _PERSON, _PERSON, st.sampled_from(_ROOMS), st.booleans())


def _steps_in_a(*steps: tuple[Callable[..., None], int, int]) -> list[_Step]:
    """Return steps in #a: the action, who does it, and to whom."""
    return [(verb, who, other, "#a", True) for verb, who, other in steps]


_RESTART = (_World.restart, 0, 0)


@PROPERTY
@given(st.lists(_STEP, max_size=60))
@example(_steps_in_a((_JOIN, 0, 0), _RESTART, (_JOIN, 3, 0), (_JOIN, 0, 0)))
@example(_steps_in_a((_JOIN, 0, 0), (_JOIN, 2, 0), (_PART, 0, 0)))
@example(_steps_in_a((_JOIN, 0, 0), _RESTART, (_JOIN, 0, 0), (_DEMOTE, 0, 0)))
@example(_steps_in_a((_JOIN, 0, 0), (_JOIN, 1, 1), (_VOICE, 0, 1), _RESTART, (_JOIN, 3, 3), (_World.log_in, 3, 3)))
@example(
    _steps_in_a(
        (_JOIN, 3, 3), (_World.log_in, 3, 3), _RESTART, _RESTART, (_JOIN, 0, 0), _RESTART, (_World.forget, 0, 0)
    )
)
def test_all_rooms_survive_a_restart_unchanged(steps: list[_Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = _World(Path(folder))
        try:
            for step, who, other, room, flag in steps:
                step(world, who, other, room, flag)
            world.restart(1, 1)
        finally:
            world.rooms.close()
