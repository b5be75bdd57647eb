"""An archive that finds what it was given to take."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chatcore.protocol.message import Message
from chatcore.server.archive.off import NoArchive
from chatcore.state.history import Recorded, SearchQuery, Seeker


class Found(NoArchive):
    """Keeps what a client has heard, and finds the parts of words in it."""

    is_on = True

    def __init__(self) -> None:
        self._lines: list[Recorded] = []

    def take(self, heard: Iterable[Message]) -> None:
        """Keep what was said. What is heard must have ids and times."""
        for message in heard:
            if message.command != "PRIVMSG":
                continue
            ms = round(datetime.fromisoformat(message.tags["time"]).timestamp() * 1000)
            line_id = int(message.tags["msgid"][:16], 16)
            rest = f"PRIVMSG {message.params[0]} :{message.params[1]}"
            self._lines.append(Recorded(line_id, ms, ms, message.source or "", None, "", rest))

    def search(self, seeker: Seeker, query: SearchQuery) -> tuple[Recorded, ...]:
        """See Archive."""
        lines = tuple(line for line in self._lines if _matches(line, query))
        return lines[: query.limit] if query.after_ms is not None else lines[-query.limit :]


def _matches(line: Recorded, query: SearchQuery) -> bool:
    _, target, text = line.rest.split(" ", 2)
    return (
        all(word in text for word in query.text.split())
        and query.room in ("", target)
        and query.author in ("", line.source.partition("!")[0])
        and (query.after_ms is None or line.order_ms >= query.after_ms)
        and (query.before_ms is None or line.order_ms <= query.before_ms)
    )
