"""How clients' commands take effect: at once, or in the order that several trackers share."""

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
    """How a client's commands take effect. The client's own thread, holding no lock."""

    @property
    def dispatch(self) -> Callable[[Context, Message, Command | None], Response]:
        """Return a function that runs one command, like commands.dispatch.dispatch."""

    @property
    def carry(self) -> Callable[[Context, Step, Local | None], bool]:
        """Return a function that takes a step, like commands.steps.take."""

    def settle(self, client: Client) -> None:
        """Wait until the client's earlier lines are answered, or their answers are in the stream. Raises Leave."""

    def leave(self, ctx: Context, reason: str, *, is_lost: bool) -> None:
        """Make a registered client leave the chat. Raises StreamClosed."""
