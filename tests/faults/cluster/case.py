"""A transcript under examination: its parsed logs and the findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from tests.faults.cluster.lines import LOCAL_KINDS, LogLine, parse_log_line
from tests.faults.cluster.oracle import Oracle
from tests.faults.cluster.transcript import Transcript
from tests.faults.cluster.world import Contradiction, Fenced

SAID = frozenset({"message", "notice", "private-message", "private-notice"})


class Finding(NamedTuple):
    """A broken promise: the rule and the evidence."""

    rule: str
    text: str

    def __str__(self) -> str:
        """Return the finding as it is printed."""
        return f"{self.rule}: {self.text}"


@dataclass
class Log:
    """One tracker's log: its lines, and the index of the last line that is compared."""

    tracker: str
    data: bytes
    lines: list[LogLine]
    end: int

    def shared(self) -> list[tuple[int, LogLine]]:
        """Return the lines that all trackers share, with their indices, up to the end."""
        return [(n, line) for n, line in enumerate(self.lines[: self.end + 1]) if line.kind not in LOCAL_KINDS]

    def has_gap(self) -> bool:
        """Return whether it reports a gap."""
        return any(line.kind == "gap" for line in self.lines)

    def lines_in(self, size: int) -> int:
        """Return how many lines its first bytes have."""
        return self.data[:size].count(b"\n")


class Case:
    """A transcript under examination."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.findings = [Finding("stage", trouble) for trouble in transcript.troubles]
        self.logs = {name: self._read(name, data) for name, data in transcript.logs.items()}
        self.ids: dict[str, str] = {}
        """msgids by text, and texts by msgid: no text looks like one."""
        self._oracles: dict[str, Oracle | None] = {}

    def oracle(self, name: str) -> Oracle | None:
        """Return the oracle of a tracker's log or, if that has a gap, of another's; None if no log is usable."""
        if name not in self._oracles:
            log = self.whole() if self.logs[name].has_gap() else self.logs[name]
            self._oracles[name] = self._read_by_oracle(log) if log is not None else None
        return self._oracles[name]

    def any_oracle(self) -> Oracle | None:
        """Return the oracle of a log without a gap; None if no log is usable."""
        log = self.whole()
        return self.oracle(log.tracker) if log is not None else None

    def whole(self) -> Log | None:
        """Return the longest log that has no gap."""
        return max((log for log in self.logs.values() if not log.has_gap()), key=lambda log: log.end, default=None)

    def _read_by_oracle(self, log: Log) -> Oracle | None:
        try:
            return Oracle(log.lines, is_alone=self.transcript.is_alone)
        except Contradiction as contradiction:
            rule = "fence" if isinstance(contradiction, Fenced) else "contradiction"
            self.find(rule, f"{log.tracker}'s log: {contradiction}")
            return None

    def find(self, rule: str, text: str) -> None:
        """Note a finding."""
        self.findings.append(Finding(rule, text))

    def identify(self, msgid: str, text: str, where: str) -> None:
        """Note the msgid of a message; find a message that shares its msgid with another."""
        for one, other in ((msgid, text), (text, msgid)):
            if self.ids.setdefault(one, other) != other:
                self.find("msgid", f"{where} has {one!r} with {other!r}, and others with {self.ids[one]!r}")

    def _read(self, name: str, data: bytes) -> Log:
        lines, end = [], -1
        for number, line in enumerate(data.decode().split("\n")[:-1]):
            parsed = parse_log_line(line)
            if parsed is None:
                self.find("lines", f"line {number + 1} of {name}'s log is none: {line!r}")
                parsed = LogLine("", "gap", (), None)
            if parsed.text == self.transcript.last and parsed.kind in SAID:
                end = number
            lines.append(parsed)
        if end < 0:
            self.find("last", f"{name}'s log never got to the last message {self.transcript.last!r}")
            end = len(lines)
        return Log(name, data, lines, end)


def some(texts: Iterable[str | None]) -> str:
    """Return the first of them and the number of others."""
    first, *others = map(repr, texts)
    return f"{first} and {len(others)} others" if others else first
