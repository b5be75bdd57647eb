"""What a handler is given: its client, the directories, the settings, and the way to answer and to publish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from chatcore.commands.services import Services
from chatcore.config import Config
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials
from chatcore.state.events import Event
from chatcore.state.facts import Connected
from chatcore.state.registry import Registry
from chatcore.state.requests import Replied, Reply
from chatcore.state.stream import Label, Stream

ANSWER_LINES_PER_TOKEN = 40
LOOKS_PER_TOKEN = 400
"""What one token of the flood control pays for: lines of a long answer, things that are looked at for one."""
LOOKS_PER_MASK = 10


class Exchange(Protocol):
    """One SASL exchange: a mechanism at work (commands.sasl)."""

    received: str  # base64 of the client's message so far
    credentials: Credentials | None  # what has been proven, once it is done

    def respond(self, data: bytes) -> bytes | None:
        """Take a whole message; return the next challenge, or None when the client has logged in.

        Raises SaslError when it has not, AccountsUnavailable.
        """


@dataclass(slots=True)
class Registration:
    """How far a client has come before it is registered."""

    nick: str = ""
    user: str = ""
    is_negotiating: bool = False
    speaks_302: bool = False  # the version of capability negotiation
    is_proven: bool = False
    is_unheard: bool = False  # a proof was offered, but the accounts could not be read
    sasl: Exchange | None = None
    failed_logins: int = 0


class Context:
    """One client's view of the tracker, used by its thread alone.

    A command's whole output is one append: handlers collect replies with `reply` and call `publish` at most once,
    with everything that happened, while they hold the locks of what they changed.
    """

    def __init__(self, client: Client, registry: Registry, config: Config, stream: Stream, services: Services) -> None:
        self.client = client
        self.registry = registry
        self.config = config
        self.services = services
        self.registration = Registration()
        self.replies: list[Reply] = []
        self.has_published = False
        self.more_targets = 0  # of the command, beyond the first
        self.more_answer_lines = 0  # that delivery will write, about so many
        self.looks = 0  # how many rooms or clients had to be looked at
        self.label: Label | None = None
        self.channel_binding: bytes | None = None  # of the TLS connection: tls-server-end-point (RFC 5929)
        self._stream = stream

    def look_at_neighbours(self) -> None:
        """Count everybody in the client's rooms as looked at: each is told."""
        self.looks += sum(len(channel.members) for channel in self.registry.channels_of(self.client))

    def take_cost(self) -> float:
        """Return what the command was worth beyond the one token that each costs, and forget it."""
        lines = len(self.replies) + self.more_answer_lines
        tokens, self.looks = divmod(self.looks, LOOKS_PER_TOKEN)  # many small ones add up
        cost = self.more_targets + lines // ANSWER_LINES_PER_TOKEN + tokens
        self.more_targets = self.more_answer_lines = 0
        return cost

    def reply(self, *reply: str) -> None:
        """Add an answer to the client: a numeric or command and its parameters."""
        self.replies.append(reply)

    def publish(self, *events: Event) -> None:
        """Append the events, with the replies collected so far in front, to the stream. Once a command."""
        self.publish_all(events)

    def publish_all(self, events: tuple[Event, ...]) -> None:
        """Do as `publish` does, with the events in a tuple: this is the hot path."""
        if self.has_published:
            raise RuntimeError("a command publishes once")
        self.has_published = True
        if self.replies and self.client.is_registered:
            events = (Replied(self.client.id, self.take_replies()), *events)
        self._stream.append(events, self.client.credit, self.label)

    def publish_connected(self, connected: Connected, welcome: list[Reply]) -> None:
        """Append the end of registration; the replies so far and the welcome are the first that delivery sends."""
        self.has_published = True
        replies = (*self.take_replies(), *welcome)
        self._stream.append((connected, Replied(self.client.id, replies)), self.client.credit)

    def take_replies(self) -> tuple[Reply, ...]:
        """Return the replies collected so far and forget them."""
        replies = tuple(self.replies)
        self.replies.clear()
        return replies
