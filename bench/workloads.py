"""What is measured: one literal table. Pure; no socket, no clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Workload:
    """Rooms that are all alike: the first `senders` members of each send `messages` messages each."""

    letter: str
    title: str
    rooms: int
    members: int
    senders: int
    messages: int

    def __post_init__(self) -> None:
        """Raises ValueError where nobody would send, or nobody would be left to watch for what arrives."""
        if not 0 < self.senders < self.members or self.rooms < 1 or self.messages < 1:
            raise ValueError(
                f"workload {self.letter}: each room needs a sender, a member that only reads, and a message"
            )

    @property
    def clients(self) -> int:
        return self.rooms * self.members

    @property
    def sent(self) -> int:
        """Messages that all senders of all rooms send together."""
        return self.rooms * self.senders * self.messages

    @property
    def deliveries(self) -> int:
        """Lines that must arrive in all: each message goes to every member of its room but its sender."""
        return self.sent * (self.members - 1)

    def deliveries_to(self, *, sends: bool) -> int:
        """Lines that must arrive at one member, which hears every sender of its room but itself."""
        return self.messages * (self.senders - 1 if sends else self.senders)

    def with_messages(self, messages: int | None) -> Workload:
        """The same rooms with another number of messages per sender; None keeps the table's."""
        return self if messages is None else replace(self, messages=messages)


# The numbers of messages make a run last about two seconds: long enough that beginning and end weigh little.
WORKLOADS = (
    Workload("A", "30 rooms of 10, one sends", rooms=30, members=10, senders=1, messages=1_500),
    Workload("B", "30 rooms of 10, nine send", rooms=30, members=10, senders=9, messages=400),
    Workload("C", "a room of 100, four flood", rooms=1, members=100, senders=4, messages=15_000),
    Workload("D", "a room of 100, one sends", rooms=1, members=100, senders=1, messages=6_000),
)


def select(letters: Iterable[str]) -> list[Workload]:
    """The workloads with these letters, in the table's order. Raises ValueError for a letter not in it."""
    wanted = {letter.strip().upper() for letter in letters}
    unknown = wanted - {workload.letter for workload in WORKLOADS}
    if unknown or not wanted:
        known = ", ".join(workload.letter for workload in WORKLOADS)
        raise ValueError(f"no workload {', '.join(sorted(unknown)) or 'given'}; there are {known}")
    return [workload for workload in WORKLOADS if workload.letter in wanted]
