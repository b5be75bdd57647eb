"""Derives from chat.log what everybody must have been sent, in which order, and the state at the end. Pure.

Knows nothing of the program's implementation. A log that contradicts itself raises Contradiction.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.faults.cluster import people_lines, room_lines, said_lines
from tests.faults.cluster.lines import IrcLine, LogLine
from tests.faults.cluster.world import Contradiction, World

COMPARED = frozenset({"JOIN", "PART", "KICK", "QUIT", "NICK", "TOPIC", "MODE", "PRIVMSG", "NOTICE", "INVITE", "REDACT"})
COMPARED |= {"AWAY", "RENAME"}
VALUES = frozenset({"761", "766"})
"""Values that people set or remove about themselves: news of others unless it is an answer."""
_HISTORY = ("chathistory", "draft/chathistory", "chatcore/search")
_READERS = {**people_lines.READERS, **room_lines.READERS, **said_lines.READERS}


def is_compared(line: IrcLine, batches: dict[str, str]) -> bool:
    """Return whether a received line tells of a present event; `batches` maps names to kinds, kept up to date."""
    if line.command == "BATCH" and line.params[0].startswith("+"):
        batches[line.params[0][1:]] = line.params[1]
    if line.command in VALUES:
        return "batch" not in line.tags and "label" not in line.tags
    if line.command not in COMPARED or batches.get(line.tags.get("batch", ""), "") in _HISTORY:
        return False
    return bool(line.nick) or (line.command == "MODE" and line.params[0].startswith("#"))


class Oracle(World):
    """Reads a log: the visits, what each was told, and the state at the end."""

    def __init__(self, lines: Iterable[LogLine], *, is_alone: bool = False) -> None:
        """Raise Contradiction. See World of `is_alone`."""
        super().__init__(is_alone=is_alone)
        for self.number, line in enumerate(lines):
            self.time = line.time
            reader = _READERS.get(line.kind)
            if reader is not None:
                try:
                    reader(self, line.words, line.text or "")
                except Contradiction as contradiction:
                    raise type(contradiction)(f"{line}: {contradiction}") from None
                except (KeyError, ValueError) as error:
                    raise Contradiction(f"{line}: {error!r}") from error
