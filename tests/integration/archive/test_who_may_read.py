"""Who may read what was said, over the wire: each row of the table, by paging, by searching, and on entering."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.integration.archive.people_rows import PASSWORDS, PEOPLE
from tests.integration.archive.room_rows import ROOM_ROWS
from tests.integration.archive.row import Row
from tests.support.play import Play

_WIRES = ("tcp", "ws")
# For rows that hold with and without a restart, a usual run tries one of the two, a thorough run both.
_CASES = [
    pytest.param(
        row,
        is_restarted,
        _WIRES[(number + is_restarted) % 2],
        id=f"{row.words}{', later' * is_restarted}",
        marks=pytest.mark.thorough if len(row.when) > 1 and is_restarted == number % 2 else (),
    )
    for number, row in enumerate((*ROOM_ROWS, *PEOPLE, *PASSWORDS))
    for is_restarted in row.when
]
_TEXT = re.compile(r"^\w+: (PRIVMSG|NOTICE) (\S+) :(\w+)$", re.MULTILINE)


@pytest.mark.parametrize(("row", "is_restarted", "wire"), _CASES)
def test_each_row_of_the_table(tmp_path: Path, accounts: Path, row: Row, is_restarted: bool, wire: str) -> None:
    """Everything readable, and nothing else, is found by every way of looking for it."""
    said = {text: target for _, target, text in _TEXT.findall(row.said)}
    with Play(tmp_path, accounts, wire, **row.settings) as play:
        play.act(row.said.splitlines())
        if is_restarted:
            play.restart()
        play.replayed.clear()
        play.act(row.come.splitlines())
        for who in {**row.reads, **row.finds}:
            reads = set(row.reads.get(who, "").split())
            found = (reads & {*said}) | set(row.finds.get(who, "").split())
            if who in row.reads:
                assert play.history(who) == reads, f"what {who} reads by paging"
            assert {text for text in said if play.search(who, f"text={text}")} == found, f"what {who} finds"
            assert play.search(who, "after=2001-01-01T00:00:00.000Z") == found
            in_rooms = {text for text in found if said[text].startswith("#")}
            assert play.search(who, "in=#room") | play.search(who, "in=#open") == in_rooms
            assert set().union(*(play.search(who, f"from={author}") for author in _authors(row))) == found
            if who in play.replayed:
                assert play.replayed[who] == {text for text in reads if said.get(text, "#").startswith("#")}


def _authors(row: Row) -> set[str]:
    return {line.partition(":")[0] for line in row.said.splitlines()}
