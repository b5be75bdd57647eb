"""Handlers on a stage: a registry, a stream that records, and services that a test can set. No sockets."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import NamedTuple, cast

from chatcore.commands.context import Context, Local
from chatcore.commands.dispatch import dispatch, read_command
from chatcore.commands.response import Response
from chatcore.commands.steps import take
from chatcore.commands.table import Command
from chatcore.config import Config
from chatcore.protocol.message import Message, parse
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.state.dormant import DormantRoom
from chatcore.state.events import Event
from chatcore.state.facts import Quit
from chatcore.state.registry import Registry
from chatcore.state.requests import Replied, Reply
from chatcore.state.steps import Step
from chatcore.state.stream import Label, Stream
from tests.support.stage_services import StageServices


class Outcome(NamedTuple):
    """The results of one line: replies, published or not; other published events; its price; the visit's end."""

    replies: list[Reply]
    events: tuple[Event, ...]
    tokens: float
    end_reason: str | None

    @property
    def codes(self) -> list[str]:
        """Return the replies' numerics and commands."""
        return [reply[0] for reply in self.replies]


class _Record:
    """The part of a Stream that handlers know; records what is appended."""

    def __init__(self) -> None:
        self.appended: list[tuple[Event, ...]] = []
        self.position = 0
        self.sequence = "0123456789"
        self.labels: list[Label | None] = []

    def append(self, events: tuple[Event, ...], credit: Credit | None = None, label: Label | None = None) -> None:
        self.appended.append(events)
        self.position += 1
        self.labels.append(label)


class Actor:
    """One client, and the results of its lines."""

    def __init__(self, stage: Stage, ctx: Context) -> None:
        self.client = ctx.client
        self.ctx = ctx
        self._stage = stage

    def says(self, line: str | bytes) -> Outcome:
        """Run one line, as the client's own thread would."""
        appended = self._stage.stream.appended
        before = len(appended)
        message, command = read_command(line.encode() if isinstance(line, str) else line)
        return self._outcome(dispatch(self.ctx, message, command, self._stage.run), before)

    def _outcome(self, response: Response, before: int) -> Outcome:
        new = [events for events in self._stage.stream.appended[before:] if not isinstance(events[0], Quit)]
        assert len(new) <= 1, "a command's whole output is one append"
        events = new[0] if new else ()
        published = [event for event in events if isinstance(event, Replied)]
        if events and self.client.is_registered:
            answers = [event for event in published if event.is_answer]
            assert [reply for event in answers for reply in event.replies] == response.replies
        rest = tuple(event for event in events if not isinstance(event, Replied))
        return Outcome(response.replies, rest, response.tokens, response.end_reason)


class Stage:
    """The stage. It has one thread."""

    def __init__(self, **settings: object) -> None:
        """`settings` are of the Config."""
        self.config = Config(server_name="tracker.chat", **settings)  # type: ignore[arg-type]
        self.services = StageServices(leave=self.leave)
        self.registry = Registry(self.services.now)
        self.services.people = self.registry.clients
        self.stream = _Record()
        self._ids = count(1)

    def stranger(self, host: str = "192.0.2.1") -> Actor:
        """Return a client that has said nothing yet."""
        number = next(self._ids)
        client = Client(number, host, 40000 + number, Credit(64))
        client.connected_at = self.services.now()
        stream = cast("Stream", self.stream)
        return Actor(self, Context(client, self.registry, self.config, stream, self.services, self.carry))

    def actor(self, nick: str, *rooms: str, caps: str = "", host: str = "192.0.2.1") -> Actor:
        """Return a client that is in, and in these rooms."""
        actor = self.stranger(host)
        lines = ["CAP LS 302", f"CAP REQ :{caps}", "CAP END"] if caps else []
        for line in (*lines[:2], f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}", *lines[2:]):
            actor.says(line)
        for room in rooms:
            actor.says(f"JOIN {room}")
        assert actor.client.is_registered
        return actor

    def lay_down(self, rooms: Iterable[DormantRoom]) -> None:
        """Add rooms from before a restart."""
        self.registry.lay_down(rooms)

    def carry(self, ctx: Context, step: Step, local: Local | None) -> bool:
        """See Context.carry: alone."""
        return take(ctx, step, local)

    def run(self, ctx: Context, message: Message, command: Command) -> None:
        """Run a handler: alone."""
        command.handler(ctx, message)

    def leave(self, client: Client) -> None:
        """Let a client leave, as its thread would (server.visit)."""
        with self.registry.hold_channels_of(client) as channels:
            for channel in channels:
                channel.remove_locked(client)
            quit_event = Quit(client.id, "Quit", False)
            self.registry.release_nick(client, lambda: self.stream.append((quit_event,)))


def reply(text: str) -> Reply:
    """Return a reply as it would be written: `reply("403 #x :There is no such room")`."""
    message = parse(text)
    return (message.command, *message.params)
