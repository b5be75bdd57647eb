"""What operators see of a tracker among several: the others, the engine, its lag, and its metrics."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatcore.server.console.table import carry_out
from tests.support.prometheus import Family, parse_exposition
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker
from tests.support.valkey import ValkeyProcess, valkey_process


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[ValkeyProcess]:
    with valkey_process(tmp_path / "engine") as process:
        yield process


@pytest.fixture
def one(engine: ValkeyProcess, tmp_path: Path) -> Iterator[Hosted]:
    with hosted_tracker(tmp_path / "one", cluster=engine.url) as hosted:
        yield hosted


def _data(hosted: Hosted) -> Any:
    return json.loads(json.dumps(carry_out(hosted.tracker, "trackers").data))


def _shown(engine: ValkeyProcess) -> str:
    return f"127.0.0.1:{engine.port}"


def _lines(hosted: Hosted) -> list[str]:
    return [*carry_out(hosted.tracker, "trackers").lines]


def _figures(hosted: Hosted) -> dict[str, Family]:
    return parse_exposition(hosted.tracker.metrics())


def _figure(hosted: Hosted, name: str) -> float:
    return _figures(hosted)[f"chatcore_cluster_{name}"].value


def test_trackers_are_shown_with_start_and_last_contact(engine: ValkeyProcess, one: Hosted, tmp_path: Path) -> None:
    with hosted_tracker(tmp_path / "two", cluster=engine.url) as two:
        wait_until(lambda: _figure(one, "trackers") == 2)
        mine, other = _data(one)["trackers"]
        assert _data(two)["trackers"][0]["since"] == other["since"] > mine["since"]
        assert [0 <= each["heard_s"] < 60 for each in (mine, other)] == [True, True]
        head, first, second, *_ = _lines(one)
        assert head.split() == ["TRACKER", "SINCE", "PEOPLE", "HEARD"]
        when = r"\d{4}-\d\d-\d\d \d\d:\d\d"
        assert re.fullmatch(rf"127\.0\.0\.1:{one.port} +{when} +0 +\d+ s ago +this one", first)
        assert re.fullmatch(rf"127\.0\.0\.1:{two.port} +{when} +0 +\d+ s ago", second)
    wait_until(lambda: _figure(one, "trackers") == 1)
    assert len(_data(one)["trackers"]) == 1
    name = f"127.0.0.1:{two.port}"
    told = [f"{name} takes part in the chat now.", f"{name} takes part no longer: the tracker has left."]
    assert [notice for notice in one.tracker.notices if "takes part" in notice] == told
    assert not any("takes part" in notice for notice in two.tracker.notices)


def test_a_tracker_that_others_consider_gone_is_not_this_one(one: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    footing: Any = one.tracker.footing
    monkeypatch.setattr(footing._replica, "incarnation", 99)
    assert [each["is_this"] for each in _data(one)["trackers"]] == [False]


@pytest.mark.thorough
def test_an_unreachable_engine_is_shown_with_waiting_records(engine: ValkeyProcess, one: Hosted) -> None:
    assert _lines(one)[-1] == f"The engine at {_shown(engine)} can be reached."
    told = _data(one)["engine"]
    assert (told["address"], told["is_reachable"], told["away_since"]) == (_shown(engine), True, None)
    engine.kill()
    wait_until(lambda: not _data(one)["engine"]["is_reachable"])
    carry_out(one.tracker, "say tea")
    told = _data(one)["engine"]
    assert told["away_since"].endswith("Z")
    assert (told["behind_s"], told["waiting"] > 0) == (None, True)
    assert _lines(one)[-1].startswith(f"The engine at {_shown(engine)} cannot be reached since ")
    assert (_figure(one, "engine_reachable"), _figure(one, "records_waiting") > 0) == (0, True)
    engine.start()
    wait_until(lambda: _data(one)["engine"]["is_reachable"])
    wait_until(lambda: _figure(one, "records_waiting") == 0)
    assert _figure(one, "engine_reachable") == 1


@pytest.mark.thorough
def test_a_silent_engine_leaves_the_lag_unknown(engine: ValkeyProcess, one: Hosted) -> None:
    engine.pause()
    try:
        assert _data(one)["engine"]["behind_s"] is None
    finally:
        engine.resume()


@pytest.mark.thorough
def test_a_tracker_that_applies_nothing_is_behind(one: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _data(one)["engine"]["behind_s"] == 0
    with monkeypatch.context() as full:
        full.setattr(one.tracker.stream, "is_held", lambda: True)
        wait_until(lambda: _data(one)["engine"]["behind_s"] > 0)
        assert _lines(one)[-1].startswith("This tracker is ")
        assert _figure(one, "batches_waiting") > 0
    one.tracker.stream.wake()
    wait_until(lambda: _data(one)["engine"]["behind_s"] == 0)


@pytest.mark.thorough
def test_records_appends_and_checkpoints_are_counted(one: Hosted) -> None:
    before = _figures(one)
    ann = one.client("ann", "#tea")
    ann.command("PRIVMSG #tea :hello")
    after = _figures(one)
    name = "chatcore_cluster_append_seconds"
    count, total = (f"{name}_count", ()), (f"{name}_sum", ())
    assert after[name].samples[count] > before[name].samples[count]
    assert 0 < after[name].samples[total] < 60, "a time of years means that two clocks were mixed up"
    records = "chatcore_cluster_records_total"
    assert after[records].value >= before[records].value + 3
    assert _figure(one, "checkpoints_total") == 0
    stream: Any = one.tracker.stream
    stream.call(stream.runner.make_checkpoint)
    assert _figure(one, "checkpoints_total") == 1


def test_a_single_tracker_shows_no_cluster(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        assert "cluster" not in hosted.tracker.metrics()
        assert _lines(hosted) == ["This tracker is alone."]
