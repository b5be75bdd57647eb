"""The workloads: one literal table. Pure; no socket, no clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Workload:
    """Rooms that are all alike: the first `senders` members of each send `messages` messages each."""

    name: str
    title: str
    rooms: int
    members: int
    senders: int
    messages: int
    window: int = 1
    """Messages of each sender that are in flight."""
    per_s: float = 0
    """Messages a second of all senders together, sent at a fixed pace; 0: as the window allows."""
    over: str = "tcp"
    options: str = ""
    """Additional options for our tracker."""
    figures: tuple[str, ...] = ("rate",)
    """The figures to report: names in FIGURES of `bench.figures`."""

    def __post_init__(self) -> None:
        """Raises ValueError if nobody would send, or nobody would be left to receive."""
        if not 0 < self.senders < self.members or self.rooms < 1 or self.messages < 1:
            raise ValueError(f"workload {self.name}: each room needs a sender, a member that only reads, and a message")

    @property
    def clients(self) -> int:
        return self.rooms * self.members

    @property
    def deliveries(self) -> int:
        """The total of lines that must arrive: each message goes to every member of its room but its sender."""
        return self.rooms * self.senders * self.messages * (self.members - 1)

    @property
    def is_for_all(self) -> bool:
        """Return whether it can run on any IRC server."""
        return self.over == "tcp" and not self.options

    @property
    def is_inside(self) -> bool:
        """Return whether it looks at the server's process, and not only at its output."""
        return not {"kb_per_client", "idle_cpu_ms"}.isdisjoint(self.figures)

    def changed(self, messages: int | None, window: int | None) -> Workload:
        """The same rooms with other numbers of messages, and of messages in flight; None keeps the table's."""
        return replace(self, messages=messages or self.messages, window=window or self.window)


# With these numbers of messages a run takes about two seconds, so that its beginning and end matter little.
WORKLOADS = (
    Workload("A", "30 rooms of 10, one speaks", 30, 10, 1, 1_500),
    Workload("B", "30 rooms of 10, nine speak", 30, 10, 9, 250),
    Workload("C", "a room of 100, four flood", 1, 100, 4, 12_000, window=8),
    Workload("D", "a room of 100, one speaks", 1, 100, 1, 4_000),
    Workload("E", "a room of 1,000, four flood", 1, 1_000, 4, 1_200, window=8),
    Workload("F", "100 rooms of 100, one speaks", 100, 100, 1, 30, figures=("rate", "logins_per_s", "kb_per_client")),
    Workload("L", "50 people, 5 messages a second", 1, 50, 5, 15, per_s=5, figures=("p50_ms", "p99_ms")),
    Workload("J", "2,000 people come in and join", 200, 10, 1, 1, figures=("logins_per_s",)),
    Workload("A-tls", "A over TLS", 30, 10, 1, 800, over="tls"),
    Workload("C-tls", "C over TLS", 1, 100, 4, 4_000, window=8, over="tls"),
    Workload("J-tls", "600 people come in over TLS", 60, 10, 1, 1, over="tls", figures=("logins_per_s",)),
    Workload("A-ws", "A over WebSocket", 30, 10, 1, 800, over="ws"),
    Workload("A-fsync", "A with --fsync", 30, 10, 1, 800, options="--fsync"),
    Workload("I", "100 people, nobody speaks", 1, 100, 1, 1, figures=("listening_ms", "idle_cpu_ms", "wake_ups")),
)


def select(names: Iterable[str]) -> list[Workload]:
    """The workloads with these names, in the table's order. Raises ValueError for a name that is not in it."""
    wanted = {name.strip().lower() for name in names}
    unknown = wanted - {workload.name.lower() for workload in WORKLOADS}
    if unknown or not wanted:
        known = ", ".join(workload.name for workload in WORKLOADS)
        raise ValueError(f"no workload {', '.join(sorted(unknown)) or 'given'}; there are {known}")
    return [workload for workload in WORKLOADS if workload.name.lower() in wanted]
