"""A person at a client: connects to a tracker, gives commands, and keeps every line that comes. Never blocks."""

from __future__ import annotations

import socket
from base64 import b64encode
from contextlib import suppress
from time import monotonic

from tests.faults.cluster.lines import IrcLine, parse_irc_line
from tests.faults.cluster.transcript import Visit


class Person:
    """One of those who chat. The stage asks for `fileno` and calls `read` when there is something."""

    def __init__(self, name: str, caps: str, source: str = "127.0.0.1") -> None:
        """`name` is how its nicks begin; `source` is the address of loopback that it comes from."""
        self.name = name
        self.caps = caps
        self.visit: Visit | None = None
        """The visit that it is in."""
        self.visits: list[Visit] = []
        self.acknowledged: list[str] = []
        """Texts of its own that came back."""
        self.ids: list[tuple[str, str]] = []
        """Rooms and msgids of own messages of this visit."""
        self.pending: dict[str, float] = {}
        """When each command was given that is not answered, by its label."""
        self.answers: list[IrcLine] = []
        """All lines of this visit that tell nothing of others: answers to questions."""
        self.refusals: list[str] = []
        """What was answered to commands while the chat could not take them."""
        self.has_rejoined = False
        """Whether it has entered the rooms that it likes since it arrived."""
        self.account = ""
        """The account that it has made."""
        self.password = f"correct {name} battery staple"
        self._source = source
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._tracker = ""
        self._numbers = 0
        self._visits = 0
        self.nick = ""
        self._received: list[str] = []

    @property
    def is_connected(self) -> bool:
        """Return whether there is a connection, whether let in or not."""
        return self._socket is not None

    @property
    def is_in(self) -> bool:
        """Return whether it was let in, and is still connected."""
        return self.visit is not None

    @property
    def has_labels(self) -> bool:
        """Return whether its commands carry labels."""
        return "labeled-response" in self.caps

    @property
    def tracker(self) -> str:
        """Return the tracker that it is, or was last, connected to."""
        return self._tracker

    def __str__(self) -> str:
        """Return how it is, for findings."""
        state = "in" if self.is_in else "connected" if self.is_connected else "gone"
        waits = "".join(f", waits for {label}" for label in self.pending)
        return f"{self.name} on {self._tracker} is {state}{waits}; last {self._received[-3:]}"

    def fileno(self) -> int:
        """Return the descriptor of the connection."""
        assert self._socket is not None
        return self._socket.fileno()

    def arrive(self, tracker: str, port: int, nick: str = "") -> None:
        """Connect and register; with a nick that others may want too, or one that nobody else ever has."""
        self._visits += 1
        self._tracker, self.nick = tracker, nick or self.account or f"{self.name}x{self._visits}"
        self.has_rejoined = False
        self.pending.clear()
        self.ids.clear()
        self.answers.clear()
        self._received = []
        self._buffer = b""
        try:
            self._socket = socket.create_connection(("127.0.0.1", port), 5, (self._source, 0))
        except OSError:
            return
        self._socket.settimeout(5)
        self.send(*self._greeting())

    def _greeting(self) -> list[str]:
        introduction = [f"NICK {self.nick}", f"USER {self.name} 0 * :{self.name}"]
        if self.account:
            proof = b64encode(f"\0{self.account}\0{self.password}".encode()).decode()
            sasl = ["AUTHENTICATE PLAIN", f"AUTHENTICATE {proof}"]
            return [f"CAP REQ :{self.caps} sasl", *sasl, *introduction, "CAP END"]
        return [f"CAP REQ :{self.caps}", *introduction, "CAP END"] if self.caps else introduction

    def send(self, *lines: str) -> None:
        """Send lines as they are."""
        if self._socket is not None:
            try:
                self._socket.sendall("".join(line + "\r\n" for line in lines).encode())
            except OSError:
                self._lose()

    def give(self, command: str) -> None:
        """Give a command, and wait for its answer in `pending`."""
        self._numbers += 1
        label = f"{self.name}.{self._numbers}"
        self.pending[label] = monotonic()
        self.send(*([f"@label={label} {command}"] if self.has_labels else [command, f"PING {label}"]))

    def leave(self) -> None:
        """Close the connection without a word."""
        self._lose()

    def read(self) -> None:
        """Take in what has come."""
        assert self._socket is not None
        try:
            data = self._socket.recv(1 << 16)
        except OSError:
            data = b""
        *lines, self._buffer = (self._buffer + data).split(b"\r\n")
        for line in lines:
            self._take(line.decode())
        if not data:
            self._lose()

    def read_rest(self) -> None:
        """Take in all that comes until the connection ends."""
        while self.is_connected:
            self.read()

    def _lose(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.close()
            self._socket = None
        self.visit = None
        self.pending.clear()

    def _take(self, raw: str) -> None:
        line = parse_irc_line(raw)
        if line.command == "PING":
            self.send(f"PONG :{line.params[-1]}")
            return
        if line.command == "001":
            self._let_in(line.params[0])
        elif line.command in ("433", "432") and self.visit is None:
            self.nick = f"{self.name}x{self._visits}r"
            self.send(f"NICK {self.nick}")
        elif line.command == "400" and self.visit is None:  # nobody comes in while the log cannot be written
            self._lose()
        elif line.command == "NICK" and line.nick == self.nick:
            self.nick = line.params[0]
        self._received.append(raw)
        self._note_answer(line)
        if self.visit is not None and line.command == "ERROR" and self.visit.end == "quitting":
            self.visit.end = "quit"

    def _let_in(self, nick: str) -> None:
        assert self._socket is not None
        self.nick = nick
        host, port = self._socket.getsockname()[:2]
        self.visit = Visit(self._tracker, nick, f"{host}:{port}", self.caps, self._received)
        self.visits.append(self.visit)

    def _note_answer(self, line: IrcLine) -> None:
        label = line.tags.get("label", "")
        if line.command == "REGISTER" and line.params[0] == "SUCCESS":
            self.account = line.params[1]
        if line.command == "PONG" and not self.has_labels:
            label = line.params[-1]
        self.pending.pop(label, None)
        if line.command in ("PRIVMSG", "NOTICE") and label:
            self.acknowledged.append(line.params[-1])
            if "msgid" in line.tags:
                self.ids.append((line.params[0], line.tags["msgid"]))
        elif not line.nick:
            self.answers.append(line)
        if line.command in ("FAIL", "404") and "log" in line.params[-1]:
            self.refusals.append(line.params[-1])
