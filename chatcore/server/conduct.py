"""How what clients do takes effect: at once, or in the order that several trackers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from chatcore.commands.context import Context, Local
from chatcore.commands.response import Response
from chatcore.commands.table import Command
from chatcore.protocol.message import Message
from chatcore.state.client import Client
from chatcore.state.steps import Step


class Conduct(Protocol):
    """How what a client does takes effect. Its own thread, without a lock."""

    @property
    def dispatch(self) -> Callable[[Context, Message, Command | None], Response]:
        """Return what runs one command, as commands.dispatch.dispatch does."""

    @property
    def carry(self) -> Callable[[Context, Step, Local | None], bool]:
        """Return what has a step taken, as commands.steps.take does."""

    def settle(self, client: Client) -> None:
        """Wait until what the client has given so far is answered, or its answer in the stream. Raises Leave."""

    def leave(self, ctx: Context, reason: str, *, is_lost: bool) -> None:
        """Have a registered client leave. Raises StreamClosed."""
