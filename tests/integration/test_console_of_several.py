"""The console of one of several trackers: it shows and reaches everybody."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chatcore.cluster import courier, proposer
from chatcore.errors import ChatError
from chatcore.server.console import slow
from chatcore.server.console.console import Console
from chatcore.server.console.line_source import LineSource
from chatcore.server.console.order_queue import Orders
from chatcore.server.console.table import CUT_OFF, carry_out
from chatcore.transport.wake_pipe import WakePipe
from tests.support.dormant import dormant
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker
from tests.support.valkey import ValkeyProcess, valkey_process


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyProcess]:
    with valkey_process(tmp_path_factory.mktemp("engine")) as engine:
        yield engine


@pytest.fixture(scope="module")
def trackers(tmp_path_factory: pytest.TempPathFactory, engine: ValkeyProcess) -> Iterator[list[Hosted]]:
    folder = tmp_path_factory.mktemp("trackers")
    with (
        hosted_tracker(folder / "one", cluster=engine.url, keep_alive=True) as one,
        hosted_tracker(folder / "two", cluster=engine.url, keep_alive=True) as two,
    ):
        yield [one, two]


@pytest.fixture
def pair(trackers: list[Hosted]) -> Iterator[list[Hosted]]:
    """Two trackers of one chat, inside this process, without any clients."""
    wait_until(lambda: not any(each.tracker.registry.client_count() or each.tracker.visits() for each in trackers))
    yield trackers
    for each in trackers:
        each.close_clients()


def _data(hosted: Hosted, line: str) -> Any:
    result = carry_out(hosted.tracker, line)
    assert result.is_done, result.problem
    return json.loads(json.dumps(result.data))


def _rooms(hosted: Hosted) -> dict[str, list[str]]:
    return {row["nick"]: row["rooms"] for row in _data(hosted, "active")["people"]}


def _lines(hosted: Hosted, line: str) -> list[list[str]]:
    return [each.split() for each in carry_out(hosted.tracker, line).lines]


@contextmanager
def _console(hosted: Hosted, written: list[str]) -> Iterator[Console]:
    """The console of a tracker at which nobody types; collect its output."""
    read_end, write_end = os.pipe()
    os.close(write_end)
    with WakePipe() as wake_pipe, os.fdopen(read_end) as nothing:
        yield Console(hosted.tracker, LineSource(nothing.fileno()), wake_pipe, written.append, Orders(wake_pipe.wake))


def test_active_shows_people_with_their_trackers(pair: list[Hosted]) -> None:
    pair[0].client("ann", "#a")
    bob = pair[1].client("bob", "#a")
    names = [f"127.0.0.1:{each.port}" for each in pair]
    wait_until(lambda: all(_rooms(each) == {"ann": ["#a"], "bob": ["#a"]} for each in pair))
    for each, name, other in zip(pair, names, reversed(names), strict=True):
        people = {row["nick"]: row for row in _data(each, "active")["people"]}
        assert [people[nick]["tracker"] for nick in ("ann", "bob")] == names
        assert (people["bob"]["address"], people["bob"]["rooms"]) == (bob.address, ["#a"])
        assert _lines(each, "active")[0] == ["NAME", "ADDRESS", "SINCE", "IDLE", "TRACKER", "ROOMS"]
        shown = [(row["name"], row["people"], row["is_this"]) for row in _data(each, "trackers")["trackers"]]
        assert shown == [(name, 1, True), (other, 1, False)]


@pytest.mark.thorough
def test_say_and_kick_reach_people_on_other_trackers(pair: list[Hosted]) -> None:
    bob = pair[1].client("bob")
    wait_until(lambda: pair[0].tracker.registry.client("bob"))
    assert _data(pair[0], "say tea is ready") == {"said": "tea is ready"}
    assert bob.receive().params[-1] == "tea is ready"
    assert _data(pair[0], "kick BOB be nice") == {"nick": "bob"}
    assert bob.receive_rest()[-1].params == ("Closing link: Kicked by the operator: be nice",)
    wait_until(lambda: pair[0].tracker.registry.client("bob") is None)
    assert carry_out(pair[0].tracker, "kick bob").problem == "Nobody here is called bob."


@pytest.mark.thorough
def test_a_waiting_room_is_forgotten_on_all_trackers(pair: list[Hosted]) -> None:
    for each in pair:
        each.tracker.registry.lay_down([dormant("#old")])
    assert _data(pair[1], "forget old") == {"room": "#old"}
    wait_until(lambda: not any(each.tracker.registry.dormant_count() for each in pair))
    wait_until(lambda: all("forget #old" in each.log_lines() for each in pair))


@pytest.mark.thorough
def test_a_ban_ends_and_counts_visits_on_all_trackers(pair: list[Hosted]) -> None:
    people = [pair[0].client("eve1"), pair[1].client("eve2")]
    wait_until(lambda: [each.tracker.registry.client_count() for each in pair] == [2, 2])
    assert _data(pair[0], "ban eve?") == {"ban": "eve?", "disconnected": 2}
    assert ["Banned by the operator" in person.receive_rest()[-1].params[-1] for person in people] == [True, True]


@pytest.fixture
def breakable(tmp_path: Path) -> Iterator[tuple[ValkeyProcess, Hosted, Hosted]]:
    """An engine, and two trackers of one chat."""
    with (
        valkey_process(tmp_path / "engine") as engine,
        hosted_tracker(tmp_path / "one", cluster=engine.url) as one,
        hosted_tracker(tmp_path / "two", cluster=engine.url) as two,
    ):
        yield engine, one, two


@pytest.mark.thorough
def test_a_tracker_that_is_cut_off_can_kick_only_its_own_people(
    breakable: tuple[ValkeyProcess, Hosted, Hosted], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, one, two = breakable
    ann, bob = one.client("ann", "#a"), two.client("bob", "#a")
    wait_until(lambda: one.tracker.registry.client("bob"))
    monkeypatch.setattr(courier, "PATIENCE_S", 0.0)
    monkeypatch.setattr(proposer, "PATIENCE_S", 0.2)
    engine.kill()
    wait_until(lambda: one.tracker.footing.refusal)
    for line in ("ban eve", "unban eve", "invite", "forget #old", "say tea"):
        assert carry_out(one.tracker, line).problem == CUT_OFF
    with pytest.raises(ChatError):
        one.tracker.bans.add("eve")
    assert "bob is on another tracker" in carry_out(one.tracker, "kick bob").problem
    assert _data(one, "kick ann") == {"nick": "ann"}
    ann.receive_rest()  # until the connection ends
    engine.start()
    assert (bob.receive_until("QUIT").source or "").startswith("ann!")
    wait_until(lambda: not any(each.tracker.registry.client("ann") for each in (one, two)))
    one.log_text()
    assert [member.nick for member in one.tracker.delivery._view.rooms["#a"].members] == ["bob"]


def test_a_command_that_waits_for_the_engine_is_reported(
    pair: list[Hosted], engine: ValkeyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow, "SLOW_S", 0.0)
    monkeypatch.setattr(proposer, "PATIENCE_S", 0.2)
    written: list[str] = []
    engine.pause()
    try:
        with _console(pair[0], written) as console:
            console.execute("ban eve")
            assert [re.split("[;,:]", text)[0] for text in written] == [
                "The engine does not answer yet",
                "The trackers of this chat cannot reach each other",
            ]
            assert "it is done once they can" in written[1]
    finally:
        engine.resume()
    wait_until(lambda: all("eve" in _data(each, "bans")["bans"] for each in pair))
    wait_until(lambda: all("ban eve" in each.log_lines() for each in pair))


@pytest.mark.thorough
def test_exit_of_one_tracker_leaves_the_chat_running(pair: list[Hosted]) -> None:
    wait_until(pair[0].tracker.footing.others)
    (line,) = carry_out(pair[0].tracker, "exit").lines
    assert line == f"This tracker leaves; the chat goes on at 127.0.0.1:{pair[1].port}, until they are closed too."
    written: list[str] = []
    with _console(pair[0], written) as console:
        assert console.run(lambda: True) == ""  # a signal
    assert written[-1] == line
