"""Counts what a tracker runs: the modules it imports, and the functions that its threads call for a message.

Messages are sent one at a time, each when all threads of the tracker are idle, so the numbers of a tree are the same
each time. Linux only, which shows whether a thread sleeps.
"""

from __future__ import annotations

import functools
import marshal
import operator
import re
import shlex
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench.member import LoadError
from bench.tracker_process import REPOSITORY, Cores, Server, running

_ROUNDS = 9
_MESSAGES = 5  # per round, which so takes less than a second, after which some things are done again
_APART_S = 0.001  # a tracker that is asked twice in a millisecond skips formatting the time
_WAIT_S = 30.0
_PROFILER = REPOSITORY / "bench" / "profiled_tracker.py"
# Without the user's variables, and with sets in the same order each time.
_ENVIRONMENT = "env -i PYTHONHASHSEED=0"
_BY_THE_CLOCK = "heartbeat"  # the thread that works twice a second anyway
_TASK = re.compile(r"^State:\t(\w).*^voluntary_ctxt_switches:\t(\d+)", re.DOTALL | re.MULTILINE)


class Call(NamedTuple):
    """A function that one kind of thread calls."""

    thread: str
    """The module in which the thread begins."""
    is_c: bool
    """Whether it is one of Python's own, written in C."""
    function: str


Calls = dict[Call, float]
"""How often each function is called for a message."""


@dataclass(frozen=True)
class Structure:
    """The counts of a tracker."""

    python: str
    """The version of Python."""
    modules: frozenset[str]
    """The modules imported before it listens."""
    late_modules: frozenset[str]
    """The modules imported later, as clients come and talk."""
    calls: dict[str, Calls]
    """By shape."""


def examine(python: str, tree: Path, cores: Cores) -> Structure:
    """Start the tracker of a tree and count. Raises ServerError or LoadError."""
    with ExitStack() as at_end:
        folder = at_end.enter_context(tempfile.TemporaryDirectory(prefix="chatcore-bench-"))
        listening = at_end.enter_context(socket.socket(socket.AF_UNIX))
        listening.bind(f"{folder}/control")
        listening.listen()
        command = shlex.join([python, str(_PROFILER), str(tree), f"{folder}/control"])
        server = at_end.enter_context(running(f"{_ENVIRONMENT} {command}", cores))
        control = at_end.enter_context(listening.accept()[0])
        stage = at_end.enter_context(closing(Stage(server, control)))
        stage.settle()
        python, modules, _ = stage.look()
        stage.enter()
        calls = {name: _per_message(stage, shape) for name, shape in SHAPES.items()}
        return Structure(python, modules, stage.look().modules - modules, calls)


def _per_message(stage: Stage, shape: Callable[[Stage], None]) -> Calls:
    """Count for some rounds, skip the first, and return the minimum of the others: timing can only add calls."""
    rounds: list[Counter[Call]] = []
    for _ in range(1 + _ROUNDS):
        before = stage.look().calls
        for _ in range(_MESSAGES):
            shape(stage)
        rounds.append(stage.look().calls - before)
    least = functools.reduce(operator.and_, rounds[1:])
    return {call: least[call] / _MESSAGES for call in sorted(least)}


class Caller:
    """A client that waits for expected lines. Raises LoadError if they do not come."""

    def __init__(self, address: tuple[str, int], nick: str) -> None:
        """Connect and register."""
        self.nick = nick
        self._sock = socket.create_connection(address, _WAIT_S)
        self._lines = self._sock.makefile("rb")
        self.say(f"NICK {nick}\r\nUSER {nick} 0 * :bench")
        self.hear(" 001 ")

    def say(self, line: str) -> None:
        self._sock.sendall(f"{line}\r\n".encode())

    def hear(self, words: str) -> None:
        """Read up to the line that contains these words."""
        try:
            found = any(words.encode() in line for line in self._lines)
        except OSError as error:
            raise LoadError(f"client {self.nick}: no {words!r} came: {error}") from error
        if not found:
            raise LoadError(f"client {self.nick}: connection closed by the server before {words!r}")

    def close(self) -> None:
        self._lines.close()
        self._sock.close()


class Look(NamedTuple):
    """The counts that a tracker reports at one moment."""

    python: str
    modules: frozenset[str]
    calls: Counter[Call]


class Stage:
    """A tracker that counts its calls, and ten members of a room there; the first one speaks."""

    def __init__(self, server: Server, control: socket.socket) -> None:
        self._address, self.process = server.address, server.process
        self._control = control
        self._answers = control.makefile("rb")
        self.members: list[Caller] = []

    def enter(self) -> None:
        """Connect the members, one after the other."""
        for number in range(10):
            self.members.append(Caller(self._address, f"m{number}"))
            self.members[-1].say("JOIN #room")
            self.members[-1].hear(" 366 ")
            self.settle()

    def speak(self, line: str, words: str, readers: list[Caller]) -> None:
        """Send a line as the first member, and wait until all readers get a line that contains these words."""
        self.members[0].say(line)
        for reader in readers:
            reader.hear(words)
        self.settle()

    def visit(self) -> None:
        """Have a guest log in and quit."""
        with closing(Caller(self._address, "guest")) as guest:
            self.settle()
            guest.say("QUIT")
            guest.hear("ERROR ")
            self.settle()
        self.settle()

    def settle(self) -> None:
        """Wait until the tracker is idle: all its threads sleep, and none has run since the last look."""
        deadline = time.monotonic() + _WAIT_S
        before, now = None, _sleeps(self.process)
        while now is None or now != before:
            if time.monotonic() > deadline:
                raise LoadError(f"the tracker is still at work after {_WAIT_S:g} s")
            before, now = now, _sleeps(self.process)
        time.sleep(_APART_S)

    def look(self) -> Look:
        """Ask which modules are imported, and how often each function has been called."""
        try:
            self._control.sendall(b"?")
            python, modules, threads = marshal.load(self._answers)
        except (OSError, EOFError) as error:
            raise LoadError("the tracker has ended") from error
        calls: Counter[Call] = Counter()
        for name, counts in threads:
            thread = name.rpartition(".")[2]
            for (module, function, is_c), count in counts.items():
                if thread != _BY_THE_CLOCK:
                    calls[Call(thread, is_c, f"{module}.{function}" if module else function)] += count
        imported = (name for name in modules if not name.startswith("__editable__"))  # as for an installed checkout
        return Look(python, frozenset(imported), calls)

    def close(self) -> None:
        for member in self.members:
            member.close()
        self._answers.close()


def _sleeps(process: int) -> dict[str, str] | None:
    """Return how often each thread of a process has fallen asleep; None if one is awake."""
    sleeps = {}
    for task in Path(f"/proc/{process}/task").iterdir():
        try:
            found = _TASK.search((task / "status").read_text())
        except OSError:  # it has ended
            return None
        if found is None or found[1] != "S":
            return None
        sleeps[task.name] = found[2]
    return sleeps


def _join_and_part(stage: Stage) -> None:
    stage.speak("JOIN #other", " 366 ", stage.members[:1])
    stage.speak("PART #other", " PART #other", stage.members[:1])


SHAPES: dict[str, Callable[[Stage], None]] = {
    "room of 10": lambda stage: stage.speak("PRIVMSG #room :hello", " PRIVMSG #room ", stage.members[1:]),
    "one person": lambda stage: stage.speak("PRIVMSG m1 :hello", " PRIVMSG m1 ", stage.members[1:2]),
    "PING": lambda stage: stage.speak("PING x", " PONG ", stage.members[:1]),
    "JOIN, PART": _join_and_part,
    "login, QUIT": Stage.visit,
}
