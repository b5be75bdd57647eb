"""Capability negotiation: what a server offers, and what it has enabled for us. Pure.

https://ircv3.net/specs/extensions/capability-negotiation. Nobody has to wait for an answer: requests are recorded, and
so are the answers, whenever they come.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from chatcore.protocol.message import Message

MOST_CAPABILITIES = 1000


class Negotiation:
    """The capabilities of one connection."""

    def __init__(self) -> None:
        self.offered: dict[str, str] = {}
        """Names and their values."""
        self.is_listed = False
        """Whether the list is complete."""
        self.enabled: frozenset[str] = frozenset()
        self.refused: frozenset[str] = frozenset()
        self._asked: deque[frozenset[str]] = deque()  # unanswered requests; the server answers in order

    @property
    def is_absurd(self) -> bool:
        """Whether the server offers more capabilities than any real one."""
        return len(self.offered) > MOST_CAPABILITIES

    def ask(self) -> Message:
        """Return the request for the list."""
        return Message("CAP", ("LS", "302"))

    def request(self, names: Iterable[str]) -> list[Message]:
        """Return the request to enable these capabilities, all or none; empty if there are none."""
        wanted = list(names)
        if not wanted:
            return []
        self._asked.append(frozenset(wanted))
        return [Message("CAP", ("REQ", " ".join(wanted)))]

    def take(self, message: Message) -> None:
        """Handle a CAP message."""
        subcommand = message.params[1] if len(message.params) > 1 else ""
        if subcommand == "LS" and not self.is_listed:
            self.offered.update(_name_and_value(word) for word in message.params[-1].split())
            self.is_listed = message.params[2:3] != ("*",)
        elif subcommand in ("ACK", "NAK") and self._asked:
            answered = self._asked.popleft()
            if subcommand == "ACK":
                self.enabled |= answered
            else:
                self.refused |= answered


def _name_and_value(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name, value
