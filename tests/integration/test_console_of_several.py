"""The console of one of several trackers: it shows everybody, and reaches them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatcore.server.console.table import carry_out
from tests.support.dormant import dormant
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker
from tests.support.valkey import valkey_process


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[list[Hosted]]:
    """Two trackers of one chat, inside this process."""
    with (
        valkey_process(tmp_path / "engine") as engine,
        hosted_tracker(tmp_path / "one", cluster=engine.url) as one,
        hosted_tracker(tmp_path / "two", cluster=engine.url) as two,
    ):
        yield [one, two]


def _data(hosted: Hosted, line: str) -> Any:
    result = carry_out(hosted.tracker, line)
    assert result.is_done, result.problem
    return json.loads(json.dumps(result.data))


def _lines(hosted: Hosted, line: str) -> list[list[str]]:
    return [each.split() for each in carry_out(hosted.tracker, line).lines]


def test_who_is_here_and_by_which(pair: list[Hosted]) -> None:
    pair[0].client("ann", "#a")
    bob = pair[1].client("bob", "#a")
    names = [f"127.0.0.1:{each.port}" for each in pair]
    wait_until(lambda: [each.tracker.registry.client_count() for each in pair] == [2, 2])
    for each, name, other in zip(pair, names, reversed(names), strict=True):
        people = {row["nick"]: row for row in _data(each, "active")["people"]}
        assert [people[nick]["tracker"] for nick in ("ann", "bob")] == names
        assert (people["bob"]["address"], people["bob"]["rooms"]) == (bob.address, ["#a"])
        assert _lines(each, "active")[0] == ["NAME", "ADDRESS", "SINCE", "IDLE", "TRACKER", "ROOMS"]
        shown = [(row["name"], row["people"], row["is_this"]) for row in _data(each, "trackers")["trackers"]]
        assert shown == [(name, 1, True), (other, 1, False)]


def test_who_is_elsewhere_is_reached(pair: list[Hosted]) -> None:
    bob = pair[1].client("bob")
    wait_until(lambda: pair[0].tracker.registry.client("bob"))
    assert _data(pair[0], "say tea is ready") == {"said": "tea is ready"}
    assert bob.receive().params[-1] == "tea is ready"
    assert _data(pair[0], "kick BOB be nice") == {"nick": "bob"}
    assert bob.receive_rest()[-1].params == ("Closing link: Kicked by the operator: be nice",)
    wait_until(lambda: pair[0].tracker.registry.client("bob") is None)
    assert carry_out(pair[0].tracker, "kick bob").problem == "Nobody here is called bob."


def test_a_room_that_waits_is_forgotten_by_all(pair: list[Hosted]) -> None:
    for each in pair:
        each.tracker.registry.lay_down([dormant("#old")])
    assert _data(pair[1], "forget old") == {"room": "#old"}
    wait_until(lambda: not any(each.tracker.registry.dormant_count() for each in pair))
    wait_until(lambda: all("forget #old" in each.log_lines() for each in pair))
