"""The record of a schedule, which is all the checker gets. Plain data, saved as JSON and copies of logs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

CAPS = "echo-message labeled-response batch message-tags server-time draft/message-redaction away-notify"
RESUMING_CAPS = f"{CAPS} chatcore/resume"
FULL_CAPS = f"{RESUMING_CAPS} draft/channel-rename draft/metadata-3 draft/read-marker"

SUBSCRIBED = "mood"
"""The metadata key that clients with METADATA subscribe to."""


@dataclass
class Visit:
    """One connection of a person, from its registration on."""

    tracker: str
    nick: str
    address: str
    caps: str
    received: list[str] = field(default_factory=list)
    end: str = "cut"
    """cut: the connection broke; quit: it ended with QUIT and was read to the end; here: it lasted to the end."""
    log_bytes: int | None = None
    """The size of the tracker's log when the tracker was killed, if that ended the visit."""

    @property
    def who(self) -> str:
        """Return its name in findings."""
        return f"{self.nick} ({self.address} on {self.tracker})"


@dataclass
class Transcript:
    """What happened. `logs` are chat.log by tracker; `last` is the text after which nothing is compared."""

    seed: str
    logs: dict[str, bytes]
    visits: list[Visit]
    last: str
    acknowledged: list[str] = field(default_factory=list)
    """Texts of messages that were echoed to their senders."""
    facts: dict[str, list[str]] = field(default_factory=dict)
    """By tracker: its answers to the same questions, at the end, when nothing happens."""
    histories: dict[str, dict[str, list[tuple[str, str, str]]]] = field(default_factory=dict)
    """By room and tracker: msgid, nick and text of all messages in CHATHISTORY."""
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Visits that could not be resumed by token: nick and address."""
    accounts: list[str] = field(default_factory=list)
    """Accounts that were registered and tried on all trackers."""
    is_alone: bool = False
    """Whether it is one tracker, without an engine."""
    gaps_allowed: bool = False
    """Whether a tracker was away so long that its log may have a gap."""
    troubles: list[str] = field(default_factory=list)
    """Failures the stage noticed: a tracker that ended, a person who waits forever."""

    def __str__(self) -> str:
        """Return a summary for people."""
        lines = sum(len(visit.received) for visit in self.visits)
        return f"{len(self.visits)} visits, {lines} lines received, {len(self.acknowledged)} acknowledged"

    def save(self, folder: Path) -> None:
        """Write all of it to a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        data = asdict(self)
        for name, log in data.pop("logs").items():
            (folder / f"{name}.log").write_bytes(log)
        (folder / "transcript.json").write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")


def load(folder: Path) -> Transcript:
    """Return what `save` wrote."""
    data: dict[str, Any] = json.loads((folder / "transcript.json").read_text(encoding="utf-8"))
    data["visits"] = [Visit(**visit) for visit in data["visits"]]
    data["refused"] = [(nick, address) for nick, address in data["refused"]]
    data["histories"] = {
        room: {tracker: [(msgid, nick, text) for msgid, nick, text in lines] for tracker, lines in places.items()}
        for room, places in data["histories"].items()
    }
    return Transcript(logs={path.stem: path.read_bytes() for path in folder.glob("*.log")}, **data)
