"""CAP: what a server offers, and what it has switched on for us. Pure.

https://ircv3.net/specs/extensions/capability-negotiation. Nothing has to be waited for: what is asked for is noted, and
so are the answers, whenever they come.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from chatcore.protocol.message import Message

MOST_CAPABILITIES = 1000


class Negotiation:
    """That of one connection."""

    def __init__(self) -> None:
        self.offered: dict[str, str] = {}
        """Names with what the server says beside them."""
        self.is_listed = False
        """Whether the list of them has ended."""
        self.enabled: frozenset[str] = frozenset()
        self.refused: frozenset[str] = frozenset()
        self._asked: deque[frozenset[str]] = deque()  # the server answers in order

    @property
    def is_absurd(self) -> bool:
        """Whether a server offers more than any has."""
        return len(self.offered) > MOST_CAPABILITIES

    def ask(self) -> Message:
        """Return the question what there is."""
        return Message("CAP", ("LS", "302"))

    def request(self, names: Iterable[str]) -> list[Message]:
        """Return what asks for these to be switched on, all or none; nothing for none."""
        wanted = list(names)
        if not wanted:
            return []
        self._asked.append(frozenset(wanted))
        return [Message("CAP", ("REQ", " ".join(wanted)))]

    def take(self, message: Message) -> None:
        """Note what a CAP message says."""
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
