"""MARKREAD: what is requested of delivery, and which times and places are refused."""

from __future__ import annotations

import pytest

from chatcore.errors import AccountsUnavailable
from chatcore.state.requests import MarkerRequested
from tests.support.stage import Actor, Stage

_TIME = "timestamp=2026-01-02T03:04:05.678Z"
_MS = 1767323045678


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.services.keys.accounts = {"dora": "secret"}
    return stage


@pytest.fixture
def ann(stage: Stage) -> Actor:
    return stage.actor("ann", "#Tea")


def _request(ann: Actor, line: str) -> MarkerRequested:
    outcome = ann.says(f"MARKREAD {line}")
    assert outcome.replies == []
    (event,) = outcome.events
    assert isinstance(event, MarkerRequested)
    return event


@pytest.mark.parametrize(
    ("line", "target", "time_ms"),
    [
        ("#tea", "#Tea", None),
        (f"#TEA {_TIME}", "#Tea", _MS),
        (f"#elsewhere {_TIME}", "#elsewhere", _MS),
        ("Bob", "Bob", None),
        (f"Bob {_TIME} more", "Bob", _MS),
        ("Bob timestamp=1970-01-01T00:00:00.000Z", "Bob", 0),
    ],
)
def test_a_marker_is_requested_of_delivery(ann: Actor, line: str, target: str, time_ms: int | None) -> None:
    assert _request(ann, line) == MarkerRequested(ann.client.id, target, time_ms)


def test_a_room_the_client_is_not_in_keeps_the_given_spelling(stage: Stage, ann: Actor) -> None:
    stage.actor("bob", "#Secret")
    assert _request(ann, "#SECRET").target == "#SECRET"


def test_an_absent_account_is_identified_by_its_id(stage: Stage, ann: Actor) -> None:
    assert _request(ann, f"dora {_TIME}") == MarkerRequested(ann.client.id, "dora", _MS, "id-of-dora", "dora")
    stage.services.keys.accounts = {}  # dora arrives before she has an account
    stage.actor("dora")
    stage.services.keys.accounts = {"dora": "secret"}
    assert _request(ann, "dora") == MarkerRequested(ann.client.id, "dora", None)


@pytest.mark.parametrize("line", ["MARKREAD", "MARKREAD :"])
def test_a_missing_target_is_refused(ann: Actor, line: str) -> None:
    """> If the server receives a `MARKREAD` command with missing parameters, the `NEED_MORE_PARAMS` error code MUST be
    returned."""
    assert ann.says(line).replies == [("FAIL", "MARKREAD", "NEED_MORE_PARAMS", "Missing parameters")]


@pytest.mark.parametrize(
    "time",
    [
        "*",
        ":",
        _TIME.removeprefix("timestamp="),
        _TIME.upper(),
        _TIME.removesuffix("Z"),
        "timestamp=2026-01-02T03:04:05Z",
        "timestamp=2026-01-02T03:04:05.678+00:00",
        "timestamp=2026-13-02T03:04:05.678Z",
        "timestamp=2026-02-30T03:04:05.678Z",
        "timestamp=2026-01-02T03:04:60.000Z",
        "timestamp=0000-01-01T00:00:00.000Z",
        "timestamp=1969-12-31T23:59:59.999Z",
        "timestamp=٢٠٢٦-01-02T03:04:05.678Z",
        "msgid=00000000000000000000",
    ],
)
def test_invalid_times_are_refused(ann: Actor, time: str) -> None:
    outcome = ann.says(f"MARKREAD #tea {time}")
    ((*start, _),) = outcome.replies
    assert start == ["FAIL", "MARKREAD", "INVALID_PARAMS", time.removeprefix(":")]
    assert outcome.events == ()


@pytest.mark.parametrize("target", ["#", "#tea,#cat", "bob,ann", "*", "@bob", "#" + "x" * 64, "x" * 33, "bob!u@h"])
def test_invalid_targets_are_refused(ann: Actor, target: str) -> None:
    outcome = ann.says(f"MARKREAD {target} {_TIME}")
    ((*start, _),) = outcome.replies
    assert start == ["FAIL", "MARKREAD", "INVALID_PARAMS", target]
    assert outcome.events == ()


def test_unreadable_accounts_are_an_internal_error(stage: Stage, ann: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """> If the read timestamp cannot be set or returned due to an error, the `INTERNAL_ERROR` error code SHOULD be
    returned."""

    def fail(name: str) -> None:
        raise AccountsUnavailable("no disk")

    monkeypatch.setattr(stage.services.keys, "account", fail)
    ((*start, _),) = ann.says("MARKREAD dora").replies
    assert start == ["FAIL", "MARKREAD", "INTERNAL_ERROR", "dora"]
    assert _request(ann, "#tea").target == "#Tea"
