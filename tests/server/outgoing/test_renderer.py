"""Renderer: who sees which events, compared with a naive model."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.server.archive.journal.records import FactRecord, parse_record
from chatcore.server.outgoing.room_book import RoomBook
from chatcore.state import facts
from tests.server.outgoing.model import PEOPLE, STEP, VERBS, Step, world_of
from tests.server.rendered import Rendered
from tests.support.every_event import left_out
from tests.support.generated import PROPERTY
from tests.support.readers import connected


@PROPERTY
@given(st.integers(2, PEOPLE), st.lists(STEP, min_size=10, max_size=60))
def test_everyone_gets_their_events_once_and_in_order(here: int, steps: list[Step]) -> None:
    world = world_of(here)
    for step, who, other, room, flag in steps:
        step(world, who, other, room, flag)
    world.check()
    world.stop()


def test_the_steps_cover_every_kind_of_event() -> None:
    applied: set[type[Any]] = set()
    for verb in dict.fromkeys(VERBS):
        world = world_of(PEOPLE)
        for other in range(1, PEOPLE + 1):
            verb(world, 1, other, "#a", True)
            verb(world, 1, other, "#a", False)
        world.join_or_part(1, 1, "#new", True)
        world.check()
        world.stop()
        applied |= world.applied
    assert left_out(applied) == []


def test_a_failed_record_of_rooms_is_reported_and_drops_no_client(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(book: RoomBook, id_: int) -> None:
        raise ValueError("planted")

    rendered = Rendered()
    monkeypatch.setattr(RoomBook, "write", fail)
    rendered.enter(1, "ann", "#a")
    assert rendered.host.lost == []
    assert [text.startswith("A fault in this program: some rooms may not survive") for text in rendered.host.told] == [
        True
    ]
    assert "could not be recorded" in caplog.text


def test_each_event_writes_its_room_changes_as_one_record() -> None:
    rendered = Rendered()
    rendered.apply(connected(1)._replace(account="ann", account_id="id1"))
    rendered.apply(facts.Joined(1, "#a", "o", 7, 1000), facts.Joined(1, "#b", "o", 8, 1000))
    rendered.apply(facts.Said(1, "#a", "PRIVMSG", "hi"))
    rendered.apply(facts.Quit(1, "bye", False))
    records = [parse_record(record.decode().rstrip("\n")) for record in rendered.records]
    assert [(record.id >> 16, record.data["changes"]) for record in records if isinstance(record, FactRecord)] == [
        (2, [["began", 7, "#a", 1000, "nt"], ["account", 7, "id1", "o"]]),
        (2, [["began", 8, "#b", 1000, "nt"], ["account", 8, "id1", "o"]]),
        (4, [["ended", 7], ["ended", 8]]),
    ]
    assert len({record.id for record in records if isinstance(record, FactRecord)}) == 3


def test_a_multiline_message_counts_as_unsent_bytes_at_once() -> None:
    rendered = Rendered()
    for client in (1, 2, 3):
        rendered.enter(client, f"n{client}", "#a")
    rendered.apply(facts.Said(1, "#a", "PRIVMSG", "short"))
    assert rendered.fanout.uncollected_bytes == 0
    rendered.apply(facts.Said(1, "#a", "PRIVMSG", "\n".join(["x" * 100] * 100)))
    assert rendered.fanout.uncollected_bytes > 3 * 10_000
    assert [len(seen) for seen in rendered.read_all().values()] == [101, 101]
