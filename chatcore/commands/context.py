"""What a handler gets: its client, the directories, the configuration, and ways to reply and to publish."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, Protocol

from chatcore.commands.response import Response
from chatcore.commands.services import Services
from chatcore.config import Config
from chatcore.state.client import Client
from chatcore.state.compositions import Composition
from chatcore.state.credentials import Credentials
from chatcore.state.events import Event
from chatcore.state.history import Past
from chatcore.state.kept_visit import KeptVisit
from chatcore.state.registry import Registry
from chatcore.state.requests import Replied, RepliedInBatch, Reply
from chatcore.state.steps import Step
from chatcore.state.stream import Stream


class Exchange(Protocol):
    """One SASL exchange by one mechanism (commands.sasl)."""

    derives_key: bool  # a complete message makes it derive a key from a password; takes milliseconds
    received: str  # base64 of the client's message so far
    credentials: Credentials | None  # what has been proven, once it is done

    def respond(self, data: bytes) -> bytes | None:
        """Take a complete message; return the next challenge, or None once the client has logged in.

        Raises SaslError if the login failed, AccountsUnavailable.
        """


@dataclass(slots=True)
class Registration:
    """How far a client has come with its registration."""

    nick: str = ""
    refused_nick: str = ""  # the last nick that was refused because it is somebody else's
    user: str = ""
    is_negotiating: bool = False
    speaks_302: bool = False  # the version of capability negotiation
    is_proven: bool = False
    invitation: str = ""  # the id of the invitation proven in place of a password
    refusal: str = ""  # why the client's invitation is no longer valid, in words
    is_unheard: bool = False  # a proof was offered while the accounts could not be read
    sasl: Exchange | None = None
    failed_logins: int = 0
    resumed: KeptVisit | None = None  # the visit that the client is about to resume

    def prove(self, invitation: str = "") -> bool:
        """Note a proven password or, if `invitation` is given, an invitation; return whether it is the first proof."""
        is_news = not self.is_proven
        if is_news or not invitation:
            self.invitation = invitation
        self.is_proven = True
        return is_news


class Local(NamedTuple):
    """What only the client's own tracker adds to a step: lines for the client, and history from its archive."""

    lines: tuple[Reply, ...] = ()
    pasts: Mapping[str, Past] = MappingProxyType({})  # by casefolded name


class Context:
    """One client's view of the tracker, used by its thread alone.

    A command's output is a single append: handlers collect replies with `reply` and call `publish` at most once, with
    everything that happened, while they hold the locks of what they changed. `response` is new for each line; the rest
    lasts as long as the client.
    """

    def __init__(
        self,
        client: Client,
        registry: Registry,
        config: Config,
        stream: Stream,
        services: Services,
        carry: Callable[[Context, Step, Local | None], bool],
    ) -> None:
        """`carry` carries out a step: `commands.steps.take`, or a function that has all trackers carry it out."""
        self.client = client
        self.registry = registry
        self.config = config
        self.services = services
        self.registration = Registration()
        self.response = Response()
        self.channel_binding: bytes | None = None  # of the TLS connection: tls-server-end-point (RFC 5929)
        self.composition: Composition | None = None  # a message of several lines that is being sent
        self.sts = ""  # the value of the capability sts on this connection; '' if it is not offered
        self._stream = stream
        self._carry = carry

    @property
    def position(self) -> int:
        """Return the stream's last position."""
        return self._stream.position

    @property
    def sequence(self) -> str:
        """Return the suffix that all msgids share."""
        return self._stream.sequence

    def close(self) -> None:
        """Drop a half-sent multiline message, because the visit ends."""
        if self.composition is not None:
            self.registry.compositions.end(self.composition)

    def reply(self, *reply: str) -> None:
        """Add a reply to the client: a numeric or command, and its parameters. Call this before publishing anything."""
        response = self.response
        if response.published and self.client.is_registered:
            raise RuntimeError("a command replies before it publishes")
        response.replies.append(reply)

    def answer_in_batch(self, batch: tuple[str, ...], replies: list[Reply], *events: Event) -> None:
        """Send replies as one batch, and publish what happened. The command does nothing else.

        `batch` is the batch's type and its parameters (https://ircv3.net/specs/extensions/batch).
        """
        if self.client.is_registered:
            self.publish(RepliedInBatch(self.client.id, batch, tuple(replies)), *events)
            return
        self.reply("BATCH", "+1", *batch)  # one batch ends before the next begins, so one reference is enough
        for reply in replies:
            self.reply("@batch=1", *reply)
        self.reply("BATCH", "-1")

    def carry(self, step: Step, local: Local | None = None) -> bool:
        """Carry out a step, as a command's last act; return False if it could not be done after all.

        A single tracker does this at once. With several trackers all of them do it, in the stream's order; what the
        step raises becomes an answer there, and the result is known only for awaited steps (`commands.steps`). The
        replies so far are part of the answer. Raises whatever the step raises.
        """
        return self._carry(self, step, local)

    def publish(self, *events: Event) -> None:
        """Append the events to the stream, after the replies collected so far. At most once per command."""
        self.publish_all(events)

    def publish_all(self, events: tuple[Event, ...]) -> None:
        """Do the same as `publish`, with the events in a tuple: this is the hot path."""
        response = self.response
        if response.published:
            raise RuntimeError("a command publishes once")
        response.published = len(events)
        if response.replies and self.client.is_registered:
            events = (self._replied(), *events)
        self._stream.append(events, self.client.credit, response.label)

    def publish_arrival(self, events: tuple[Event, ...]) -> None:
        """Append the end of registration. The events include the replies so far: no reader exists before them."""
        self.response.published = 1
        self._stream.append(events, self.client.credit)

    def publish_departure(self, events: tuple[Event, ...]) -> None:
        """Append the client's departure, which does not result from a command."""
        self._stream.append(events)

    def _replied(self) -> Replied:
        return Replied(self.client.id, tuple(self.response.replies))
