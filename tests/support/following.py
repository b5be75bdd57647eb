"""Two trackers on a stage: one carries out its clients' commands, and the other follows, from records alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import tee
from types import SimpleNamespace
from typing import Any, cast, get_args

from chatcore.commands.admitting import newcomer
from chatcore.commands.context import Context, Local
from chatcore.commands.dispatch import rerun, retake
from chatcore.commands.response import Response
from chatcore.commands.services import Services
from chatcore.commands.steps import take
from chatcore.commands.table import Command
from chatcore.protocol.message import Message
from chatcore.state.channel import Channel
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.state.dormant import DormantRoom
from chatcore.state.events import Event
from chatcore.state.facts import Fact
from chatcore.state.metadata import Profile
from chatcore.state.notes import Note
from chatcore.state.records import Commanded, Stepped
from chatcore.state.registry import Registry
from chatcore.state.requests import Replied
from chatcore.state.slow_mode import SlowMode
from chatcore.state.steps import Admitted, Step
from chatcore.state.striped import StripedDict
from chatcore.state.taken_back import TakenBack
from chatcore.state.whowas import Whowas
from tests.support.stage import Stage

_LOGGED = (*get_args(Fact), Note)
_OF_ONE_TRACKER: dict[type[Any], set[str]] = {
    Client: {"credit", "looks", "_lock"},
    Channel: {"lock", "ban_effects", "_speech_rules"},
    Registry: {"_unix_time", "compositions", "_counting"},
}
_PARTS: dict[type[Any], tuple[str, ...]] = {
    Profile: ("account_id", "values"),
    SlowMode: ("interval_s", "_spoken"),
    TakenBack: ("_claimed",),
    Whowas: ("_departed",),
}


class Leader(Stage):
    """A tracker whose clients' commands become records, which `follower` gets."""

    def __init__(self, **settings: object) -> None:
        """`settings` are of the Config."""
        super().__init__(**settings)
        self.follower = Follower(self)
        self.recorded: list[Commanded | Stepped] = []

    def lay_down(self, rooms: Iterable[DormantRoom]) -> None:
        """See Stage."""
        mine, theirs = tee(rooms)
        super().lay_down(mine)
        self.follower.registry.lay_down(room._replace(accounts=dict(room.accounts)) for room in theirs)

    def carry(self, ctx: Context, step: Step, local: Local | None) -> bool:
        """See Context.carry."""
        with self._recording(Stepped(ctx.client.id, step), has_replies=bool(ctx.response.replies)):
            return super().carry(ctx, step, local)

    def run(self, ctx: Context, message: Message, command: Command) -> None:
        """Run a handler, on both trackers if the command is shared."""
        if not command.is_shared(ctx.client, message):
            super().run(ctx, message, command)
            return
        tags = tuple(message.tags.items())
        with self._recording(Commanded(ctx.client.id, message.command, message.params, tags)):
            super().run(ctx, message, command)

    def leave(self, client: Client) -> None:
        """See Stage."""
        super().leave(client)
        self.follower.leave(client.id)

    @contextmanager
    def _recording(self, record: Commanded | Stepped, *, has_replies: bool = False) -> Iterator[None]:
        before = self.stream.position
        try:
            yield
        finally:
            self.recorded.append(record)
            entry = self.follower.follow(record, before, has_replies=has_replies)
            mine = self.stream.appended[before] if self.stream.position > before else ()
            assert _logged(entry) == _logged(mine), record


def _logged(events: tuple[Event, ...]) -> list[tuple[int, Event]]:
    """Return the events of an entry that are logged, each with the number at the end of its line's id."""
    return [(at, event) for at, event in enumerate(events) if isinstance(event, _LOGGED)]


class Follower:
    """Another tracker, which has nothing but the records: no password, archive, disk, bucket or registration."""

    def __init__(self, leader: Leader) -> None:
        self._stage = Stage()
        self._leader = leader
        services = leader.services
        self._services = SimpleNamespace(
            now=services.now,
            monotonic=services.monotonic,
            keys=SimpleNamespace(account=services.keys.account),
            archive=SimpleNamespace(is_on=True),
            resumption=SimpleNamespace(arrive=lambda client: None, end=lambda client: None, note=lambda client: None),
            disconnect=lambda client, reason: None,
        )
        self.registry = Registry(services.now)
        self._contexts: dict[int, Context] = {}

    def follow(self, record: Commanded | Stepped, position: int, *, has_replies: bool) -> tuple[Event, ...]:
        """Carry out a record, after a position; return the published events."""
        stream = self._stage.stream
        stream.position = position
        before, response = len(stream.appended), Response()
        if isinstance(record, Commanded):
            message = Message(record.command, record.params, None, dict(record.tags))
            rerun(self._contexts[record.client], message, response)
        elif isinstance(record.step, Admitted):
            ctx = self._context(newcomer(record.client, record.step, Credit(1)))
            if retake(ctx, record.step, None, response):
                self._contexts[record.client] = ctx
        else:
            retake(self._contexts[record.client], record.step, None, response)
        entry = stream.appended[before] if len(stream.appended) > before else ()
        is_shifted = has_replies and not isinstance(record, Commanded) and not isinstance(record.step, Admitted)
        if entry and is_shifted and not response.replies:
            return (Replied(record.client, ()), *entry)
        return entry

    def leave(self, client_id: int) -> None:
        """Have somebody leave."""
        client = self._contexts.pop(client_id).client
        with self.registry.hold_channels_of(client) as channels:
            for channel in channels:
                channel.remove_locked(client)
            self.registry.release_nick(client)

    def _context(self, client: Client) -> Context:
        services, stream = cast("Services", self._services), cast("Any", self._stage.stream)
        ctx = Context(client, self.registry, self._leader.config, stream, services, take)
        del ctx.registration, ctx.channel_binding, ctx.composition, ctx.sts
        return ctx


def state_of(registry: Registry) -> list[str]:
    """Return the state that all trackers must agree on: a text for each value of clients, channels and the registry."""
    people = sorted(registry.clients(), key=lambda client: client.id)
    rooms = sorted(registry.channels(), key=lambda channel: channel.key_name)
    things: list[Client | Channel | Registry] = [*people, *rooms, registry]
    return [f"{_name(thing)}: {name} = {value}" for thing in things for name, value in _rows(thing)]


def _rows(thing: Client | Channel | Registry) -> list[tuple[str, Any]]:
    left_out = _OF_ONE_TRACKER[type(thing)]
    return [(name, _plain(value)) for name, value in vars(thing).items() if name not in left_out]


def _name(thing: Client | Channel | Registry) -> str:
    return str(thing.id) if isinstance(thing, Client) else thing.key_name if isinstance(thing, Channel) else "registry"


def _plain(value: Any) -> Any:
    """Return a value as text or lists. A meaningful order is kept."""
    kind = type(value)
    if kind in _PARTS:
        return [_plain(getattr(value, name)) for name in _PARTS[kind]]
    if isinstance(value, Client | Channel):
        return _name(value)
    if isinstance(value, DormantRoom):  # an empty list counts as none
        value = value._replace(lists={letter: entries for letter, entries in value.lists.items() if entries})
    if isinstance(value, StripedDict):
        found = [each for each in value.snapshot() if not isinstance(each, Profile) or each.values]
        return sorted(map(str, map(_plain, found)))
    if isinstance(value, Mapping):
        return [(_plain(key), _plain(each)) for key, each in value.items()]
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, list | tuple | deque):
        return [_plain(each) for each in value]
    assert value is None or isinstance(value, str | int | float | bytes), f"no rule for comparing {value!r}"
    return repr(value)
