"""A person at a client: connects to a tracker, gives commands, and keeps every line received. Never waits."""

from __future__ import annotations

from base64 import b64encode
from time import monotonic

from tests.faults.cluster.connection import Connection
from tests.faults.cluster.lines import IrcLine, parse_irc_line
from tests.faults.cluster.transcript import SUBSCRIBED, Visit

_TRY_AGAIN = "try again in a moment"


class Person:
    """A participant. The stage asks for `fileno` and calls `read` when there is data."""

    def __init__(self, name: str, caps: str, source: str = "127.0.0.1") -> None:
        """`name` begins its nicks; `source` is its address on loopback."""
        self.name = name
        self.caps = caps
        self.visit: Visit | None = None
        """The current visit."""
        self.visits: list[Visit] = []
        self.acknowledged: list[str] = []
        """Texts of its own that were echoed."""
        self.ids: list[tuple[str, str]] = []
        """Rooms and msgids of own messages of this visit."""
        self.pending: dict[str, float] = {}
        """When each unanswered command was given, by label."""
        self.answers: list[IrcLine] = []
        """All lines of this visit that come from no person: answers to questions."""
        self.refusals: list[str] = []
        """Answers to commands that the chat could not accept."""
        self.has_settled_in = False
        """Whether it has given its first commands since it arrived."""
        self.account = ""
        """The account that it has registered."""
        self.password = f"correct {name} battery staple"
        self.refused: list[tuple[str, str]] = []
        """Visits that it could not resume: first nick, and address."""
        self.nick = ""
        self._source = source
        self._connection: Connection | None = None
        self._tracker = ""
        self._numbers = 0
        self._visits = 0
        self._received: list[str] = []
        self._token = ""
        self._resuming: tuple[str, Visit] | None = None

    @property
    def is_connected(self) -> bool:
        """Return whether there is a connection, registered or not."""
        return self._connection is not None

    @property
    def is_in(self) -> bool:
        """Return whether it is registered and still connected."""
        return self.visit is not None

    @property
    def has_labels(self) -> bool:
        """Return whether its commands carry labels."""
        return "labeled-response" in self.caps

    @property
    def tracker(self) -> str:
        """Return the tracker of its current or last connection."""
        return self._tracker

    def __str__(self) -> str:
        """Describe its state, for findings."""
        state = "in" if self.is_in else "connected" if self.is_connected else "gone"
        waits = "".join(f", waits for {label}" for label in self.pending)
        return f"{self.name} on {self._tracker} is {state}{waits}; last {self._received[-3:]}"

    def fileno(self) -> int:
        """Return the descriptor of the connection."""
        assert self._connection is not None
        return self._connection.fileno()

    def arrive(self, tracker: str, port: int, nick: str = "", *, has_tls: bool = False) -> None:
        """Connect and register, with a given nick that others may want too, or with a unique one.

        A person who has lost a connection resumes that visit if there is a token.
        """
        self._visits += 1
        self._tracker, self.nick = tracker, nick or self.account or f"{self.name}x{self._visits}"
        self.has_settled_in = False
        self.pending.clear()
        self.ids.clear()
        self.answers.clear()
        self._received = []
        self._connection = Connection.open(port, self._source, has_tls=has_tls)
        self.send(*self._greeting())

    def _greeting(self) -> list[str]:
        introduction = [f"NICK {self.nick}", f"USER {self.name} 0 * :{self.name}"]
        if not self.caps:
            return introduction
        caps, proof = self.caps, []
        self._resuming, token = None, self._token
        if token and self.visits and self._connection is not None:
            self._resuming, self._token = (token, self.visits[-1]), ""
            proof = [f"RESUME {token}"]
        elif self.account:
            credentials = b64encode(f"\0{self.account}\0{self.password}".encode()).decode()
            caps, proof = f"{caps} sasl", ["AUTHENTICATE PLAIN", f"AUTHENTICATE {credentials}"]
        subscription = [f"METADATA * SUB {SUBSCRIBED}"] if "draft/metadata-3" in caps else []
        return [f"CAP REQ :{caps}", *proof, *subscription, *introduction, "CAP END"]

    def send(self, *lines: str) -> None:
        """Send lines as they are."""
        if self._connection is not None:
            self._connection.send(lines)
            self._look()

    def give(self, command: str) -> None:
        """Give a command, and wait for its answer in `pending`."""
        self._numbers += 1
        label = f"{self.name}.{self._numbers}"
        self.pending[label] = monotonic()
        self.send(*([f"@label={label} {command}"] if self.has_labels else [command, f"PING {label}"]))

    def quit(self, text: str) -> None:
        """Leave for good."""
        if self.visit is not None:
            self.visit.end = "quitting"
            self._token = ""
            self.send(f"QUIT :{text}")

    def leave(self) -> None:
        """Close the connection without QUIT."""
        if self._connection is not None:
            self._connection.close()
            self._look()

    def read(self) -> None:
        """Process the lines that have arrived."""
        assert self._connection is not None
        self._take_all(self._connection.read())

    def read_rest(self) -> None:
        """Process all lines until the connection ends."""
        if self._connection is not None:
            self._take_all(self._connection.read_rest())

    def _take_all(self, lines: list[str]) -> None:
        for line in lines:
            self._take(line)
        self._look()

    def _look(self) -> None:
        """Notice the end of the connection."""
        if self._connection is not None and not self._connection.is_open:
            self._connection = self.visit = self._resuming = None
            self.pending.clear()

    def _take(self, raw: str) -> None:
        line = parse_irc_line(raw)
        if line.command == "PING":
            self.send(f"PONG :{line.params[-1]}")
            return
        if line.command == "001":
            self._let_in(line.params[0])
        elif self.visit is None:
            self._take_before(line)
        elif line.command == "NICK" and line.nick == self.nick:
            self.nick = line.params[0]
        elif line.command == "RESUME" and line.params[0] == "TOKEN":
            self._token = line.params[1]
        self._received.append(raw)
        self._note_answer(line)
        if self.visit is not None and line.command == "ERROR" and self.visit.end == "quitting":
            self.visit.end = "quit"

    def _take_before(self, line: IrcLine) -> None:
        """Process a line from before the registration."""
        if line.command in ("433", "432"):
            self.nick = f"{self.name}x{self._visits}r"
            self.send(f"NICK {self.nick}")
        elif line.command == "400" and self._connection is not None:  # the log cannot be written just now
            self._token = self._resuming[0] if line.params[1] == "RESUME" and self._resuming else ""
            self._connection.close()
        elif line.command == "ERROR" and self._resuming is not None and _TRY_AGAIN in line.params[-1]:
            self._token = self._resuming[0]
        elif line.command == "FAIL" and line.params[:2] == ("RESUME", "INVALID_TOKEN") and self._resuming is not None:
            visit = self._resuming[1]
            self.refused.append((visit.nick, visit.address))
            self._resuming = None

    def _let_in(self, nick: str) -> None:
        assert self._connection is not None
        self.nick, self._resuming = nick, None
        self.visit = Visit(self._tracker, nick, self._connection.address, self.caps, self._received)
        self.visits.append(self.visit)

    def _note_answer(self, line: IrcLine) -> None:
        label = line.tags.get("label", "")
        if line.command == "REGISTER" and line.params[0] == "SUCCESS":
            self.account = line.params[1]
        if line.command == "PONG" and not self.has_labels:
            label = line.params[-1]
        self.pending.pop(label, None)
        if line.command in ("PRIVMSG", "NOTICE") and label and line.nick:
            self.acknowledged.append(line.params[-1])
            if "msgid" in line.tags:
                self.ids.append((line.params[0], line.tags["msgid"]))
        elif not line.nick:
            self.answers.append(line)
        if line.command in ("FAIL", "404") and "log" in line.params[-1]:
            self.refusals.append(line.params[-1])
