"""A room created again and again, with many audiences and stays: answers equal those of a line-by-line check."""

from __future__ import annotations

import random

import pytest

from chatcore.server.archive.reading import search, trail
from chatcore.state.history import HistoryQuery, Reference
from tests.server.archive.shelf import NOON_MS, SEQUENCE, Shelf, closed_room, open_room, said, seeker

_ASKER = seeker(room="#a", instance=3, account_id="was")


def _write_at_random(shelf: Shelf, seed: int) -> list[tuple[str, str]]:
    """Create a room again, close, open, enter and leave it; return the ids and texts that the reader may read."""
    chance = random.Random(seed)
    is_in, instance, readable = False, 1, []
    for number in range(200):
        step = chance.randrange(8)
        if step == 0:
            instance += 1
        elif step == 1:
            (shelf.leave if is_in else shelf.enter)("#a", "was")
            is_in = not is_in
        else:
            era, is_open = chance.choice((1, 1, 2)), step == 2
            to = open_room(instance=instance, era=era) if is_open else closed_room(instance=instance, era=era)
            kind = "JOIN #a" if step == 3 else ""
            line = shelf.say(
                f"word w{number}", to, event=kind and f"TOPIC #a :word w{number}", ms=NOON_MS + number
            ).line
            if is_in or (era == 1 and (is_open or instance == 3)):
                readable.append((f"{line.id:016x}{SEQUENCE}", said(line) if not kind else ""))
    return [(msgid, text) for msgid, text in readable if text]


@pytest.mark.parametrize("few", [0, 1000])
@pytest.mark.parametrize("seed", range(2))
def test_exactly_the_readable_messages_are_found(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, seed: int, few: int
) -> None:
    monkeypatch.setattr(trail, "_FEW", few)
    monkeypatch.setattr(search, "_FEW", few)
    readable = _write_at_random(shelf, seed)
    texts = [text for _, text in readable]
    assert texts
    assert shelf.search(_ASKER, "word", limit=1000) == shelf.search(_ASKER, "", room="#a", limit=1000) == texts
    assert [text for text in texts if shelf.search(_ASKER, text.split()[1]) == [text]] == texts
    assert shelf.room(_ASKER, "#a") == texts
    for at in range(0, len(readable), 7):
        reference = Reference(readable[at][0])
        assert shelf.room(_ASKER, "#a", HistoryQuery("AFTER", 5, reference)) == texts[at + 1 : at + 6]
        assert shelf.room(_ASKER, "#a", HistoryQuery("BEFORE", 5, reference)) == texts[max(0, at - 5) : at]


def test_messages_outside_visits_are_left_out(shelf: Shelf) -> None:
    shelf.say("before", closed_room(instance=1))
    shelf.enter("#a", "was")
    shelf.leave("#a", "was")
    shelf.say("after", closed_room(instance=1))
    assert shelf.room(_ASKER, "#a") == shelf.search(_ASKER, "", room="#a") == []
