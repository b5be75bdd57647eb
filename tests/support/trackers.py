"""Trackers for tests: one inside the test's process, or the real program."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from chatcore.config import Config, Limits
from chatcore.errors import StreamClosed
from chatcore.protocol.goodbye import TRACKER_LEFT
from chatcore.server.audit.sealing.keys import begin_keys, new_key, to_word
from chatcore.server.premises import MakeSsh, no_ssh
from chatcore.server.tracker import Tracker
from chatcore.server.visit import Visit
from chatcore.state.credit import Credit
from tests.support.irc import DEADLINE_S, IrcClient

ROOT = Path(__file__).parents[2]
_LISTENING = re.compile(r"listening on port (\d+)")


class Hosted:
    """A tracker inside this process, with the clients that a test connects to it."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self.port = tracker.port
        self.log_path = tracker.config.log
        self._clients: list[IrcClient] = []
        self.farewell = TRACKER_LEFT
        """The goodbye to everybody at the end."""
        self.verification_key = ""
        """The key of the chain of seals that begins with this tracker, if one does."""
        if tracker.sealer and tracker.sealer.needs_key:
            first = new_key()
            tracker.sealer.begin_chain(*begin_keys(first))
            self.verification_key = to_word(first)

    def connect(self, *, wire: str = "", proxied: str = "") -> IrcClient:
        """Return a new connection, from the address `proxied` if it is given; it is closed when the test ends."""
        client = IrcClient(self.port, wire=wire, proxied=proxied)
        self._clients.append(client)
        return client

    def client(
        self, nick: str, *channels: str, caps: str = "", password: str = "", wire: str = "", proxied: str = ""
    ) -> IrcClient:
        """Return a registered client that is in these channels, with all output so far read."""
        client = self.connect(wire=wire, proxied=proxied)
        client.register(nick, password=password, caps=caps)
        if channels:
            client.join(*channels)
        return client

    def visit_of(self, nick: str) -> Visit:
        """Return the visit of the client with this nick."""
        return next(visit for visit in self.tracker.visits() if visit.client.nick == nick)

    def log_text(self) -> str:
        """Return chat.log once everything published before this call has been written, or refused by the disk."""
        credit = Credit(1)
        credit.take()
        try:
            self.tracker.stream.append((), credit)
        except StreamClosed:
            self.tracker.delivery.join(DEADLINE_S)
        else:
            assert credit.take(), "delivery gives the credit back with the entry"
        return self.log_path.read_bytes().decode()

    def log_lines(self) -> list[str]:
        """Return the lines of `log_text` without their times."""
        return [line.partition(" ")[2] for line in self.log_text().split("\n")[:-1]]

    def close_clients(self) -> None:
        """Close all connections."""
        for client in self._clients:
            client.close()


@contextmanager
def hosted_tracker(folder: Path, password: str = "", **settings: Any) -> Iterator[Hosted]:
    """Run a tracker on a free port of loopback. `settings` are fields of Config or of Limits; no rates by default.

    With `make_ssh` people can come by ssh (see Tracker).
    A browser's connections, which outlive its window, are not kept for long, nor are those that it opens in advance:
    the leak check waits for them.
    """
    make_ssh: MakeSsh = settings.pop("make_ssh", no_ssh)
    limits: dict[str, Any] = {"http_idle_timeout_s": 0.5, "first_byte_timeout_s": 8.0}
    limits |= {name: settings.pop(name) for name in tuple(settings) if name in Limits.__dataclass_fields__}
    config = Config(
        **{
            "host": "127.0.0.1",
            "port": 0,
            "log": folder / "chat.log",
            "state_dir": folder / "state",
            "max_name_length": 32,
            "limits": replace(Limits().without_rates(), **limits),
            **settings,
        }
    )
    tracker = Tracker(config, password, make_ssh=make_ssh)
    hosted = Hosted(tracker)
    tracker.start()
    try:
        yield hosted
    finally:
        hosted.close_clients()
        tracker.stop(hosted.farewell)


class TrackerProcess:
    """The real program, its standard input a pipe. `port` is where it listens on loopback."""

    def __init__(
        self,
        folder: Path,
        *flags: str,
        password: str = "",
        env: dict[str, str] | None = None,
        new_session: bool = False,
        started_by: Sequence[str] = (),
    ) -> None:
        """Start it and wait until it listens; in a session of its own it has no controlling terminal.

        `started_by` is a command that ends with starting the one that follows it.
        """
        self.log_path = folder / "chat.log"
        command = [
            *started_by,
            sys.executable,
            str(ROOT / "tracker.py"),
            *("--host", "127.0.0.1", "--port", "0", "--log", str(self.log_path), "--state-dir", str(folder / "state")),
            *(() if password else ("--no-password",)),
            *flags,
        ]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **(env or {})},
            start_new_session=new_session,
        )
        self.output: list[str] = []
        try:
            if password:
                self.type(password)
            self.port = self._read_port()
        except BaseException:
            self.process.kill()
            self.process.communicate(timeout=DEADLINE_S)
            raise

    def type(self, line: str) -> None:
        """Give the tracker a line on its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def read_until(self, pattern: str) -> re.Match[str]:
        """Return the match of `pattern` in the next line of output that has one."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line.rstrip("\n"))
            found = re.search(pattern, line)
            if found:
                return found
        raise AssertionError(f"the tracker ended without {pattern!r}: {self.output}")

    def wait(self) -> int:
        """Wait for the end; return the exit status."""
        return self.process.wait(DEADLINE_S)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, read the rest of the output, and return the exit status (negative: the signal's number)."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        output, _ = self.process.communicate(timeout=DEADLINE_S)
        self.output.extend(output.splitlines())
        return self.process.returncode

    def _read_port(self) -> int:
        return int(self.read_until(_LISTENING.pattern)[1])


@contextmanager
def tracker_process(
    folder: Path, *flags: str, password: str = "", new_session: bool = False, started_by: Sequence[str] = ()
) -> Iterator[TrackerProcess]:
    """Run the real program; it is ended, if need be killed, when the test ends."""
    tracker = TrackerProcess(folder, *flags, password=password, new_session=new_session, started_by=started_by)
    try:
        yield tracker
    finally:
        if tracker.process.poll() is None:
            tracker.process.kill()
        tracker.process.communicate(timeout=DEADLINE_S)  # also closes the pipes of a tracker that has ended by itself
