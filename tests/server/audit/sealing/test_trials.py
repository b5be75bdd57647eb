"""Whatever happens to an intact log, in whatever order, it is never reported as changed."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.protocol.timestamp import format_time
from tests.server.audit.sealing.conftest import Desk
from tests.support.generated import PROPERTY

_STEPS = ("start", "say", "say", "seal", "rotate", "pack", "kill", "end", "fail", "work", "copytruncate", "wait")


class _Trial:
    """One log on a disk that fails at random."""

    def __init__(self, folder: Path, random: Random, monkeypatch: pytest.MonkeyPatch) -> None:
        self._desk = Desk(folder)
        self._random = random
        self._odds = 0.0
        self._count = 0
        self._is_running = False
        for name in ("write", "fsync", "ftruncate"):
            monkeypatch.setattr(os, name, self._failing(name))

    def _failing(self, name: str) -> object:
        real = getattr(os, name)

        def call(descriptor: int, *rest: bytes) -> object:
            if self._random.random() >= self._odds:
                return real(descriptor, *rest)
            if name == "write" and (size := self._random.randrange(len(rest[0]))):
                return real(descriptor, rest[0][:size])
            raise OSError(28, "No space left on device")

        return call

    def step(self, what: str) -> None:
        desk, self._count = self._desk, self._count + 1
        if what in ("fail", "work"):
            self._odds = self._random.choice((0.02, 0.1, 0.5)) if what == "fail" else 0.0
        elif what == "wait":
            desk.clock += 500
        elif what == "pack":
            for left in sorted(desk.path.parent.glob("chat.log.*[0-9]")):
                desk.pack(left)
        elif what == "start" and not self._is_running:
            self._is_running = True
            desk.start()
            self._mark("start :127.0.0.1:8000")
        elif self._is_running and what != "start":
            getattr(self, f"_{what}")()
        if desk.key and desk.seals.exists() and desk.seals.read_bytes().count(b"\n"):
            assert desk.verify().problems == []

    def close(self) -> None:
        self._desk.kill()

    def _mark(self, text: str) -> None:
        odds, self._odds = self._odds, 0.0
        self._desk.clock += 0.001
        self._desk.log.write([f"{format_time(self._desk.now())} {text}\n"])
        self._odds = odds

    def _say(self) -> None:
        self._desk.say(*(f"{self._count}-{index}" for index in range(self._random.randint(1, 4))))

    def _seal(self) -> None:
        self._desk.seal()

    def _rotate(self) -> None:
        self._desk.path.rename(self._desk.path.with_name(f"chat.log.{self._count}"))
        self._desk.log.look()
        if self._desk.log.follow():
            self._mark("log-opened")
        if self._random.random() < 0.7:
            self._desk.sealer.turn()

    def _copytruncate(self) -> None:
        desk = self._desk
        desk.sealer.turn()
        size = desk.path.stat().st_size
        if self._random.random() < 0.5:
            self._say()
        data = desk.path.read_bytes()
        desk.path.with_name(f"chat.log.{self._count}").write_bytes(data[: self._random.randint(size, len(data))])
        if self._random.random() < 0.5:
            desk.seal()
        os.truncate(desk.path, 0)

    def _kill(self) -> None:
        self._is_running = False
        self._desk.kill()

    def _end(self) -> None:
        self._is_running = False
        self._desk.end()


@given(steps=st.lists(st.sampled_from(_STEPS), max_size=40), seed=st.integers(0, 1 << 32))
@PROPERTY
def test_an_intact_log_verifies(tmp_path_factory: pytest.TempPathFactory, steps: list[str], seed: int) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        trial = _Trial(tmp_path_factory.mktemp("trial"), Random(seed), monkeypatch)
        try:
            for what in ("start", *steps):
                trial.step(what)
        finally:
            trial.close()
