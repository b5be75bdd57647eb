"""Several trackers that are one chat: their snapshots are equal byte for byte, whatever their people do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pytest

from chatcore.cluster import replica
from chatcore.cluster.registry_snapshot import registry_state
from chatcore.cluster.snapshot import decode, encode
from chatcore.server.outgoing.restoration import ViewState
from chatcore.state.registry_state import RegistryState
from tests.support.agreement import disagreements
from tests.support.likely import CAPS, NICKS, ROOMS, likely_lines
from tests.support.sasl_client import plain
from tests.support.thorough import first_and_thorough
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker
from tests.support.valkey import ValkeyProcess, valkey_process

_PASSWORD = "a long way to tea"
_READ = "timestamp=2026-01-01T00:00:00.000Z"
_KINDS = {"registry": RegistryState, "view": ViewState}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[ValkeyProcess]:
    with valkey_process(tmp_path / "engine") as process:
        yield process


@pytest.fixture
def pair(tmp_path: Path, engine: ValkeyProcess) -> Iterator[list[Hosted]]:
    """Two trackers of one chat, inside this process."""
    with (
        hosted_tracker(tmp_path / "one", cluster=engine.url, registration="open") as one,
        hosted_tracker(tmp_path / "two", cluster=engine.url, registration="open") as two,
    ):
        yield [one, two]


def _state(hosted: Hosted) -> bytes:
    """Return the snapshot without the latest time, which a tracker's own notes advance until the next record."""
    tracker = hosted.tracker
    view = tracker.delivery.state()._replace(peak=0)
    return encode({"registry": registry_state(tracker.registry), "view": view})


def _differences(one: Hosted, two: Hosted) -> list[str]:
    """List the differences between the two snapshots, by part and field."""
    first, second = (decode(_state(each), _KINDS) for each in (one, two))
    return [
        f"{part}.{name}: {getattr(first[part], name)} != {getattr(second[part], name)}"
        for part in _KINDS
        for name in first[part]._fields
        if getattr(first[part], name) != getattr(second[part], name)
    ]


def _is_at_rest(trackers: Sequence[Hosted]) -> bool:
    """Return whether all trackers have carried out and delivered everything."""
    if len({each.tracker.stream.position for each in trackers}) > 1:
        return False
    return len({_last_line(each) for each in trackers}) == 1


def _last_line(hosted: Hosted) -> str:
    """Return the last log line that all trackers share."""
    return next(line for line in reversed(hosted.log_lines()) if not line.startswith("start "))


class _People:
    """People on each tracker, who do random things."""

    def __init__(self, trackers: Sequence[Hosted], seed: int, nicks: Sequence[str] = NICKS[:6]) -> None:
        self._random = Random(seed)
        self._trackers = trackers
        amy = trackers[0].client("amy", caps="sasl")
        amy.send(f"REGISTER * * :{_PASSWORD}", "QUIT :bye")
        amy.receive_rest()
        self._clients = [trackers[number % len(trackers)].client(nick, caps=CAPS) for number, nick in enumerate(nicks)]

    def live(self, number: int) -> None:
        """Do random things; somebody leaves for good, and somebody joins. Wait until everything is delivered."""
        random = self._random
        for _ in range(10):
            here = sorted(client.nick for client in self._trackers[0].tracker.registry.clients())
            for client in self._clients:
                client.send(*likely_lines(random, here), *self._more_commands(here))
        leaving = self._clients.pop(0)
        leaving.send("QUIT :bye")
        leaving.receive_rest()
        self._clients.append(self._trackers[number % len(self._trackers)].client(f"new{number}", caps=CAPS))
        for client in self._clients:
            client.sync()
        wait_until(lambda: _is_at_rest(self._trackers))

    def _more_commands(self, here: Sequence[str]) -> list[str]:
        """Return commands for more state: read markers, conversations, waiting messages, a shared account."""
        random = self._random
        lines = f"MARKREAD {random.choice(ROOMS)} {_READ}", f"PRIVMSG {random.choice(here)} :hi", "PRIVMSG amy :hi"
        return [*lines, *(plain("amy", _PASSWORD) if random.random() < 0.1 else ())]

    def move_to(self, trackers: Sequence[Hosted]) -> None:
        """Let the next people join these trackers too."""
        self._trackers = trackers


def _assert_same(trackers: Sequence[Hosted]) -> None:
    for each in trackers[1:]:
        assert _differences(trackers[0], each) == []
        assert _state(trackers[0]) == _state(each)
    assert [disagreements(each.tracker) for each in trackers] == [[]] * len(trackers)


@pytest.mark.parametrize("seed", range(2))
def test_snapshots_are_equal_after_random_commands_on_both(pair: list[Hosted], seed: int) -> None:
    people = _People(pair, seed)
    for number in range(6):
        people.live(number)
        _assert_same(pair)
    last = decode(_state(pair[0]), _KINDS)
    assert last["registry"].channels
    assert last["view"].dialogs.names
    assert last["view"].markers
    assert any(client.login for client in last["registry"].clients) or last["view"].waiting


@pytest.mark.parametrize("records", first_and_thorough(150, 100_000))
def test_a_late_tracker_has_the_same_snapshot(
    tmp_path: Path, pair: list[Hosted], engine: ValkeyProcess, monkeypatch: pytest.MonkeyPatch, records: int
) -> None:
    """It starts from the last checkpoint, or from the very beginning."""
    monkeypatch.setattr(replica, "CHECKPOINT_RECORDS", records)
    people = _People(pair, 3)
    for number in range(3):
        people.live(number)
    with hosted_tracker(tmp_path / "three", cluster=engine.url, registration="open") as late:
        everybody = [*pair, late]
        wait_until(lambda: _is_at_rest(everybody))
        _assert_same(everybody)
        people.move_to(everybody)
        for number in range(3, 6):
            people.live(number)
            _assert_same(everybody)


@pytest.mark.parametrize("records", first_and_thorough(150, 100_000))
def test_a_returning_tracker_has_the_same_snapshot(
    tmp_path: Path, engine: ValkeyProcess, monkeypatch: pytest.MonkeyPatch, records: int
) -> None:
    """It starts from its own segments; its people have left, and its log has each line once."""
    monkeypatch.setattr(replica, "CHECKPOINT_RECORDS", records)
    with hosted_tracker(tmp_path / "one", cluster=engine.url, registration="open") as one:
        with hosted_tracker(tmp_path / "two", cluster=engine.url, registration="open") as two:
            _People([one, two], 4).live(0)
        wait_until(lambda: one.tracker.registry.client_count() == 3)
        people = _People([one], 5, ["ann", "bob", "carol"])
        people.live(1)
        with hosted_tracker(tmp_path / "two", cluster=engine.url, registration="open") as back:
            everybody = [one, back]
            wait_until(lambda: _is_at_rest(everybody))
            _assert_same(everybody)
            people.move_to(everybody)
            people.live(2)
            _assert_same(everybody)
            logs = [
                [line for line in each.log_lines() if not line.startswith(("start ", "stop "))] for each in everybody
            ]
            assert logs[0] == logs[1]
