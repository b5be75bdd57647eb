"""The trackers that the client remembers."""

from __future__ import annotations

import json

import pytest

from chatcore.terminal.recent import Visited, find, parse_visited, remember, write_visited

_HOME = Visited("192.168.1.5", 8000, "ann", "SHA256:abc")
_WORK = Visited("chat.example", 9000, "ann", "SHA256:def", "ann")


def test_written_trackers_can_be_read() -> None:
    assert parse_visited(write_visited([_HOME, _WORK])) == [_HOME, _WORK]


def test_the_format_of_an_earlier_version_can_be_read() -> None:
    (row,) = json.loads(write_visited([_HOME]))
    del row["key"]
    assert parse_visited(json.dumps([row])) == [_HOME]


def test_the_latest_tracker_is_first_and_there_are_no_duplicates() -> None:
    visited = remember(remember([], _HOME, 9), _WORK, 9)
    assert visited == [_WORK, _HOME]
    again = Visited("192.168.1.5", 8000, "bob")
    assert remember(visited, again, 9) == [again, _WORK]
    assert remember(visited, again, 1) == [again]


def test_a_tracker_is_found_by_host_and_port() -> None:
    assert find([_HOME, _WORK], "CHAT.example", 9000) == _WORK
    assert find([_HOME, _WORK], "chat.example", 8000) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        "[" * 100_000,
        '["x", {"host": "a"}, {"sound": 1}]',
        *(
            json.dumps([{"host": "a", "port": 1, "name": "b", **damage}])
            for damage in (
                {"port": 0},
                {"port": True},
                {"port": "1"},
                {"host": ""},
                {"host": 1},
                {"name": "\x1b[2J"},
                {"name": "a b"},
                {"name": "a" * 301},
                {"more": 1},
                {"key": None},
            )
        ),
    ],
)
def test_damaged_entries_are_left_out(text: str) -> None:
    assert parse_visited(text) == []
