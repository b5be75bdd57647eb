"""The result of one line from a client: its replies and its price. A new one is made for each line."""

from __future__ import annotations

from chatcore.state.requests import Reply
from chatcore.state.stream import Label


class Response:
    """The replies, price and outcome of a line's command. Its handler (through the Context) and dispatch fill it in."""

    __slots__ = ("end_reason", "label", "published", "replies", "tokens")

    def __init__(self, label: Label | None = None) -> None:
        self.label = label  # the client's label for the command
        self.replies: list[Reply] = []
        self.published = 0  # number of events; a registered client's replies are among them
        self.tokens = 0.0  # price in flood control, beyond the one token that each line costs; only dispatch sets it
        self.end_reason: str | None = None  # why the visit ends; None if it goes on
