"""Announces the chat on the network, by a program that runs beside the tracker.

The operator turns this on and off, and the choice is remembered in the state folder. Heartbeat follows the machine's
addresses, which change as people carry it around, and restarts the program when it has ended.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from time import monotonic

from chatcore.protocol.nearby import SERVICE_TYPE, properties, service_label
from chatcore.server.nearby import responder
from chatcore.server.nearby.announcement import Announcement
from chatcore.transport.private_files import replace_private

LAN_FILE = "lan"
MISSING = "lan needs zeroconf: pip install '.[lan]'"

_ON = b"on\n"
_LOOK_S = 5.0  # between checks of the addresses
_RETRY_S = 60.0
_GOODBYE_S = 2.0
_MOST_CHARS = 300
_UNKNOWN = "the program that announces it has ended"


@dataclass(frozen=True, slots=True)
class Told:
    """What is announced at the moment. `problem` says why nothing is, although it is on."""

    is_on: bool
    announcement: Announcement | None = None
    problem: str = ""


class Announcer:
    """Announces the chat while that is wanted. Any thread; only `close` waits."""

    def __init__(
        self,
        wish: bool | None,
        state_dir: Path,
        find: Callable[[], Announcement | None],
        tell: Callable[[str], None],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`wish` is the operator's choice for this run, None to use the remembered one.

        `find` returns what to announce now. `tell` tells the operator something. `clock` returns monotonic seconds.
        """
        self._file = state_dir / LAN_FILE
        self._find = find
        self._tell = tell
        self._clock = clock
        self._lock = threading.Lock()  # guards all below
        self._is_on = self._file.exists() if wish is None else wish
        self._has_ended = True
        self._running: _Responder | None = None
        self._leaving: list[_Responder] = []
        self._look_at = 0.0
        self._retry_at = 0.0
        self._problem = ""

    def start(self) -> None:
        """Begin to announce, if that is wanted."""
        with self._lock:
            self._has_ended = False
            self._look_locked()

    def turn(self, *, on: bool) -> None:
        """Start or stop announcing, and remember that. Raises OSError if it cannot be remembered; it is done anyway."""
        with self._lock:
            self._is_on = on
            self._retry_at, self._problem = 0.0, ""
            self._look_locked()
        if on:
            replace_private(self._file, _ON)
        else:
            self._file.unlink(missing_ok=True)

    def told(self) -> Told:
        """Return what is announced."""
        with self._lock:
            running = self._running
            return Told(self._is_on, running.what) if running else Told(self._is_on, None, self._problem)

    def tick(self) -> None:
        """Follow the addresses, and check whether the program still runs. Heartbeat's thread."""
        with self._lock:
            self._leaving = [each for each in self._leaving if not each.has_left(self._clock())]
            if self._running is not None and self._running.has_ended:
                self._note_end_locked(self._running)
            elif self._clock() < self._look_at:
                return
            self._look_locked()

    def leave(self) -> None:
        """Withdraw the announcement for good."""
        with self._lock:
            self._has_ended = True
            self._stop_locked()

    def close(self) -> None:
        """Wait until it is withdrawn. Main thread, after `leave`."""
        with self._lock:
            for each in self._leaving:
                each.wait(_GOODBYE_S)
            self._leaving.clear()

    def _look_locked(self) -> None:
        now = self._clock()
        self._look_at = now + _LOOK_S
        wanted = self._find() if self._is_on and not self._has_ended else None
        if self._running is not None and self._running.what != wanted:
            self._stop_locked()
            self._retry_at = 0.0
        if wanted is not None and self._running is None and now >= self._retry_at:
            self._begin_locked(wanted)

    def _begin_locked(self, wanted: Announcement) -> None:
        self._retry_at = self._clock() + _RETRY_S
        if find_spec("zeroconf") is None:
            self._fail_locked(MISSING)
            return
        try:
            self._running = _Responder(wanted)
        except OSError as error:
            self._fail_locked(f"cannot start the program that announces it: {error.strerror}")

    def _stop_locked(self) -> None:
        if self._running is not None:
            self._running.leave(self._clock() + _GOODBYE_S)
            self._leaving.append(self._running)
            self._running = None

    def _note_end_locked(self, ended: _Responder) -> None:
        self._running = None
        self._fail_locked(ended.last_words() or _UNKNOWN)

    def _fail_locked(self, problem: str) -> None:
        if problem != self._problem:
            self._problem = problem
            self._tell(f"The chat is not announced on this network: {problem}")


class _Responder:
    """One run of `responder`. Only under the announcer's lock."""

    def __init__(self, what: Announcement) -> None:
        """Start it. Raises OSError."""
        self.what = what
        argument = {
            "type": SERVICE_TYPE,
            "label": service_label(what.pin, token_hex(4)),
            "port": what.port,
            "properties": properties(what.pin),
            "addresses": what.addresses,
            "interfaces": what.interfaces,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-P", responder.__file__, json.dumps(argument)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # so that no key pressed at our terminal reaches it
        )
        self._killed_at = 0.0

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def last_words(self) -> str:
        """Return why it has ended, if it said so, and release the process."""
        with self._process as process:
            assert process.stdout is not None
            return process.stdout.read(_MOST_CHARS).decode(errors="replace").strip()

    def leave(self, killed_at: float) -> None:
        """Tell it to say goodbye and end. It is killed if it is still running at `killed_at`."""
        self._killed_at = killed_at
        assert self._process.stdin is not None
        self._process.stdin.close()

    def has_left(self, now: float) -> bool:
        """Return whether it is gone, and release the process if so."""
        if not self.has_ended and now >= self._killed_at:
            self._process.kill()
        if self.has_ended:
            self.last_words()
        return self.has_ended

    def wait(self, seconds: float) -> None:
        """Wait for its end, for at most `seconds`, then kill it."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self._process.kill()
        self.last_words()
