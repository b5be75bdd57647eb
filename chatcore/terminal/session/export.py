"""An export: history fetched page by page, oldest first, and written as JSON Lines. Pure."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from chatcore.protocol.message import Message, parse_source
from chatcore.protocol.names import casefold, is_channel

LABEL = "export-"
"""The labels of an export's requests, and no others, begin with this."""

MOST_TARGETS = 10_000

_MOST_A_PAGE = 1000
_PAGE = 100
_EVER = ("timestamp=1970-01-01T00:00:00.000Z", "timestamp=9999-12-31T00:00:00.000Z")


@dataclass
class Export:
    """An export in progress. Its requests are labeled, as other history may be asked for meanwhile."""

    number: int
    """The number of this export within the visit."""
    most: int
    """How many messages one answer may have; 0 if the tracker does not say."""
    targets: deque[str] = field(default_factory=deque)
    """The rooms and people still to come."""
    target: str = ""
    label: str = ""
    """The label of the pending request."""
    latest: str = ""
    """Where the last page ended."""
    _asked: int = 0

    def ask_targets(self) -> Message:
        """Return the request for the list of rooms and conversations."""
        return self._labeled("TARGETS", *_EVER, str(_MOST_A_PAGE))

    def ask_next_target(self) -> Message | None:
        """Return the request for the first page of the next target, None after the last target."""
        if not self.targets:
            return None
        self.target, self.latest = self.targets.popleft(), ""
        return self.ask()

    def ask(self) -> Message:
        """Return the request for the target's next page."""
        count = min(self.most or _PAGE, _MOST_A_PAGE)
        return self._labeled("AFTER", self.target, self.latest or _EVER[0], str(count))

    def pass_by(self, message: Message) -> None:
        """Advance past a message. Only the first line of a message has an id, so the last id seen counts."""
        place = place_of(message)
        if place.startswith("msgid=") or not self.latest.startswith("msgid="):
            self.latest = place

    def take_targets(self, names: Iterable[str]) -> None:
        """Add targets that are not yet in the list."""
        known = {casefold(name) for name in self.targets}
        for name in names:
            if casefold(name) not in known and len(self.targets) < MOST_TARGETS:
                self.targets.append(name)

    def _labeled(self, *params: str) -> Message:
        self._asked += 1
        self.label = f"{LABEL}{self.number}-{self._asked}"
        return Message("CHATHISTORY", params, tags={"label": self.label})


def place_of(message: Message) -> str:
    """Return a message's position in a history; '' if it has neither id nor time."""
    msgid, time = message.tags.get("msgid"), message.tags.get("time")
    return f"msgid={msgid}" if msgid else f"timestamp={time}" if time else ""


def as_json(target: str, message: Message) -> str:
    """Return a message from the history of a room or conversation as one line of JSON."""
    tags = message.tags
    return json.dumps(
        {
            "time": tags.get("time"),
            "msgid": tags.get("msgid"),
            "room" if is_channel(target) else "with": target,
            "nick": parse_source(message.source or "").nick,
            "account": tags.get("account"),
            "command": message.command.upper(),
            "text": message.params[1],
            "tags": {name: value for name, value in tags.items() if name.startswith("+")},
        },
        ensure_ascii=False,
    )
