"""The notice about gaps in history."""

from __future__ import annotations

import pytest

from chatcore.commands.missing import gaps_within
from chatcore.protocol.capabilities import SEARCH, STANDARD_REPLIES
from chatcore.state.history import Gap, HistoryQuery, Past, Recorded
from tests.support.stage import Actor, Stage
from tests.support.stage_services import StageArchive

_TEN, _ELEVEN = 1_795_168_800_000, 1_795_172_400_000  # on 2026-11-20
_GAP = Gap(100, 200, _TEN, _ELEVEN)
_WORDS = "Some of what was said between 2026-11-20 10:00 and 2026-11-20 11:00 UTC may be missing here"


def _line(id_: int) -> Recorded:
    return Recorded(id_, 2, 3, "bob!u@h", None, "", "PRIVMSG #Tea :before")


@pytest.fixture
def stage() -> Stage:
    return Stage(history=100)


@pytest.fixture
def archive(stage: Stage) -> StageArchive:
    archive = StageArchive(found=(_line(50), _line(95)), missing=(Gap(60, 80, _TEN, _ELEVEN),))
    stage.services.archive = archive
    return archive


@pytest.fixture
def alice(stage: Stage) -> Actor:
    alice = stage.actor("alice", "#tea")
    alice.client.capabilities = STANDARD_REPLIES | SEARCH
    return alice


@pytest.mark.parametrize(
    ("subcommand", "limit", "ids", "is_within"),
    [
        ("LATEST", 2, (50, 250), True),
        ("LATEST", 2, (210, 250), False),
        ("LATEST", 9, (210, 250), False),
        ("LATEST", 2, (10, 90), True),
        ("BEFORE", 2, (210, 250), False),
        ("BEFORE", 9, (210, 250), True),
        ("BEFORE", 9, (), True),
        ("BEFORE", 9, (10, 90), False),
        ("AFTER", 2, (10, 90), False),
        ("AFTER", 9, (10, 90), True),
        ("AFTER", 9, (210, 250), False),
        ("BETWEEN", 9, (50, 250), True),
        ("BETWEEN", 9, (10, 90), False),
        ("AROUND", 9, (10, 150), True),
    ],
)
def test_a_gap_is_reported_within_the_span_of_the_answer(
    subcommand: str, limit: int, ids: tuple[int, ...], is_within: bool
) -> None:
    past = Past(1, tuple(map(_line, ids)), 300)
    assert gaps_within((_GAP,), HistoryQuery(subcommand, limit), past) == ([_GAP] if is_within else [])


def test_a_history_query_reports_gaps(alice: Actor, archive: StageArchive) -> None:
    assert alice.says("CHATHISTORY LATEST #TEA * 5").replies == [("NOTE", "CHATHISTORY", "GAP", "#tea", _WORDS)]
    alice.client.capabilities = 0
    assert alice.says("CHATHISTORY LATEST #tea * 5").replies == [("NOTICE", "alice", _WORDS)]
    archive.found = (_line(95),)
    assert alice.says("CHATHISTORY LATEST #tea * 5").replies == []


def test_a_search_reports_gaps(alice: Actor, archive: StageArchive) -> None:
    assert alice.says("SEARCH text=tea").replies == [("NOTE", "SEARCH", "GAP", "*", _WORDS)]
    assert alice.says("SEARCH text=tea;in=#tea").replies == [("NOTE", "SEARCH", "GAP", "#tea", _WORDS)]
    for bound in ("after=2026-11-20T11:00:00Z", "before=2026-11-20T10:00:00Z"):
        assert alice.says(f"SEARCH text=tea;{bound}").replies == []


def test_only_the_latest_gaps_are_reported(alice: Actor, archive: StageArchive) -> None:
    archive.missing = tuple(Gap(100 + number, 101 + number, 0, _TEN + number * 60_000) for number in range(9))
    replies = alice.says("SEARCH text=tea").replies
    assert [reply[-1] for reply in replies] == [
        f"Some of what was said before 2026-11-20 10:0{number} UTC may be missing here" for number in (6, 7, 8)
    ]
