"""A log with its sealer, which runs in the test's thread and by the test's clock."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.protocol.timestamp import format_time
from chatcore.server.audit.log import AuditLog
from chatcore.server.audit.sealing import sealer as sealing
from chatcore.server.audit.sealing.key_file import KeyFile
from chatcore.server.audit.sealing.keys import begin_keys, chain_of, new_key
from chatcore.server.audit.sealing.sealer import SEAL_S, Sealer
from chatcore.server.audit.sealing.seals import find_seals
from chatcore.server.audit.sealing.verifying import Report, Verification

_EPOCH = 1_800_000_000.0


class Desk:
    """The logs of successive tracker runs in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "logs" / "chat.log"
        self.seals = folder / "logs" / "chat.log.seal"
        self.state = folder / "state"
        self.state.mkdir()
        self.told: list[str] = []
        self.clock = 0.0
        self.key = b""
        self.said = 0
        self._log: AuditLog | None = None
        self._sealer: Sealer | None = None

    @property
    def log(self) -> AuditLog:
        assert self._log
        return self._log

    @property
    def sealer(self) -> Sealer:
        assert self._sealer
        return self._sealer

    def start(self) -> None:
        """Begin a run."""
        self._sealer = sealing.open_sealer(self.path, self.state, self.told.append, lambda: self.clock, self.now)
        if self._sealer.needs_key:
            self.key = new_key()
            self._sealer.begin_chain(*begin_keys(self.key))
        self._log = AuditLog(self.path, fsync=False, witness=self._sealer)
        self.sealer.turn()

    def now(self) -> float:
        return _EPOCH + self.clock

    def say(self, *texts: str) -> None:
        """Log messages, in one write."""
        self.clock += 0.001
        self.log.write([f"{format_time(self.now())} message #lobby ann :{text}\n" for text in texts])

    def seal(self) -> None:
        """Let time pass until the logged messages are sealed."""
        self.sealer.turn()
        self.clock += SEAL_S
        self.sealer.turn()

    def say_and_seal(self, *texts: str) -> None:
        self.say(*texts)
        self.seal()

    def rotate(self, name: str, *, is_packed: bool = False) -> Path:
        """Rotate the log as logrotate does."""
        left = self.rotate_alone(name)
        self.sealer.turn()
        return self.pack(left) if is_packed else left

    def rotate_alone(self, name: str) -> Path:
        """Rotate the log, and leave the sealer alone."""
        left = self.path.rename(self.path.with_name(name))
        self.log.look()
        assert self.log.follow()
        return left

    def pack(self, left: Path) -> Path:
        """Compress a file."""
        packed = left.with_name(left.name + ".gz")
        packed.write_bytes(gzip.compress(left.read_bytes(), mtime=0))
        left.unlink()
        return packed

    def end(self) -> None:
        """End the run."""
        self._close_log()
        if self.sealer.ident is None:
            self.sealer.finish()
        self.sealer.close()
        self._sealer = None

    def kill(self) -> None:
        """End the run as a kill would, leaving everything as it is."""
        self._close_log()
        if self._sealer:
            self._sealer.close()  # its thread was never started: it writes nothing
            self._sealer = None

    def _close_log(self) -> None:
        if self._log:
            self._log.close()
            self._log = None

    def verify(self, *, with_state: bool = True) -> Report:
        """Verify the log as `log verify` does."""
        path = find_seals(self.seals, self.key)
        if path is None:
            return Report(["no seals"])
        state = KeyFile(self.state / "seal-key").read() if with_state else None
        own = state if state and state.chain == chain_of(self.key) else None
        return Verification(self.path, path, self.key, own).run()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.kill()


@pytest.fixture
def small(desk: Desk) -> Desk:
    """A small log in three files, one of them compressed, each sealed in two goes; the tracker has ended."""
    desk.start()
    for rotation in (lambda: desk.rotate("chat.log.2", is_packed=True), lambda: desk.rotate("chat.log.1"), desk.end):
        desk.say_and_seal("one", "two")
        desk.say_and_seal("three", "four")
        rotation()
    return desk
