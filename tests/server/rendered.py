"""A renderer with everything but sockets, for tests of the lines that each reader gets."""

from __future__ import annotations

import re
from collections.abc import Callable

from chatcore.config import Config
from chatcore.protocol.message import Message, parse
from chatcore.server.outgoing.fanout import Fanout
from chatcore.server.outgoing.membership import Reader
from chatcore.server.outgoing.memory_history import MemoryHistories
from chatcore.server.outgoing.renderer import Renderer
from chatcore.server.outgoing.rendering.context import RenderContext
from chatcore.server.outgoing.view import View
from chatcore.state import facts
from chatcore.state.events import Event
from chatcore.state.stream import Entry, Label
from chatcore.transport.connection import Connection
from tests.support.readers import FakeHost, connected, no_connection, take

_BATCH = re.compile(r"\bb\d+\b")


class Rendered:
    """Applies entries one after the other, a second apart, and shows what each reader got.

    `records` are the journal records about rooms.
    """

    def __init__(
        self, config: Config | None = None, connection_of: Callable[[int], Connection] = lambda client: no_connection()
    ) -> None:
        config = config or Config()
        self.histories = MemoryHistories(config.history)
        self.records: list[bytes] = []
        self.view = View(self.histories, append_record=self.records.append)
        self.fanout = Fanout()
        self.host = FakeHost(connection_of)
        self.context = RenderContext(config, self.view, self.fanout, self.host, lambda _: None)
        self.renderer = Renderer(self.context)
        self.position = 0

    def apply(self, *events: Event, label: Label | None = None) -> None:
        """Apply an entry with these events."""
        self.position += 1
        self.renderer.apply(Entry(self.position, float(self.position), events, None, label))

    def enter(self, client: int, nick: str, *channels: str, capabilities: int = 0) -> None:
        """Connect a client and have it join channels; discard the lines that anybody gets."""
        self.apply(connected(client, nick, capabilities=capabilities))
        for channel in channels:
            self.apply(facts.Joined(client, channel, "" if self.view.room(channel) else "o"))
        self.read_all()

    def reader(self, client: int) -> Reader:
        """Return the reader with this id."""
        return self.view.readers[client]

    def read_all(self) -> dict[int, list[Message]]:
        """End the batch; return what each reader got in it."""
        return {reader.id: _messages(take(reader)) for reader in self.fanout.collect()}

    def read(self, client: int) -> list[Message]:
        """End the batch; return what one reader got in it."""
        return self.read_all().get(client, [])


class Told:
    """What each reader got, with batches renamed: their real names count batches of all readers."""

    def __init__(self, rendered: Rendered) -> None:
        self.rendered = rendered

    def read_all(self) -> dict[int, list[str]]:
        """End the batch; return what each reader got in it, as text."""
        told = self.rendered.read_all()
        return {client: _with_numbered_batches(told[client]) for client in sorted(told)}


def _with_numbered_batches(lines: list[Message]) -> list[str]:
    names: dict[str, str] = {}
    return [_BATCH.sub(lambda found: names.setdefault(found[0], f"batch {len(names)}"), str(line)) for line in lines]


def _messages(data: bytes) -> list[Message]:
    assert not data or data.endswith(b"\r\n")
    return [parse(line) for line in data.decode().split("\r\n")[:-1]]
