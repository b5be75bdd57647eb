"""What one line of a client leads to: its answers and its price. Made anew for each line."""

from __future__ import annotations

from chatcore.state.requests import Reply
from chatcore.state.stream import Label


class Response:
    """Filled in while the line's command runs, by its handler (through the Context) and by dispatch."""

    __slots__ = ("end_reason", "label", "published", "replies", "tokens")

    def __init__(self, label: Label | None = None) -> None:
        self.label = label  # the client's own name for the command
        self.replies: list[Reply] = []
        self.published = 0  # how many events; a registered client's replies went with them
        self.tokens = 0.0  # of the flood control, beyond the one that each line costs; dispatch alone sets it
        self.end_reason: str | None = None  # why the visit ends, if it does
