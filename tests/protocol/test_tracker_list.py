"""Writing and reading TRACKERS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.protocol.tracker_list import MOST_TRACKERS, TrackerAddress, parse_trackers, write_trackers
from tests.support.generated import PROPERTY

PIN = "AB" * 32
_ADDRESSES = st.sampled_from(["10.0.0.7:8000", "[fd00::7]:8000", "b.example:443", f"{'a' * 63}.example:65535"])
_TRACKERS = st.builds(
    TrackerAddress,
    st.lists(_ADDRESSES, min_size=1, max_size=3).map(tuple),
    st.sampled_from(["", PIN]),
    st.sampled_from(["", "https://b.example/", "http://[fd00::7]:8000/"]),
    st.booleans(),
)


def test_one_tracker_is_one_word() -> None:
    told = TrackerAddress(("b.example:8000", "[fd00::7]:8000"), PIN, "https://b.example/", is_plain=True)
    assert write_trackers([told], 400) == [
        (f"b.example:8000,[fd00::7]:8000;certfp={PIN};page=https://b.example/;plain",)
    ]
    assert write_trackers([TrackerAddress(("b.example:8000",))], 400) == [("b.example:8000",)]


def test_no_trackers_make_an_empty_list() -> None:
    assert write_trackers([], 400) == [("",)]
    assert parse_trackers("") == []


@PROPERTY
@given(st.lists(_TRACKERS, max_size=20))
def test_a_written_list_is_read_back(trackers: list[TrackerAddress]) -> None:
    *more, last = write_trackers(trackers, 450)
    assert all(params[0] == "*" for params in more)
    assert len(last) == 1
    texts = [params[-1] for params in (*more, last)]
    assert [tracker for text in texts for tracker in parse_trackers(text)] == trackers
    assert all(len(text) <= 450 for text in texts)


def test_the_list_and_its_entries_are_limited() -> None:
    many = [TrackerAddress(("10.0.0.7:8000",))] * (MOST_TRACKERS + 1)
    assert sum(len(params[-1].split(" ")) for params in write_trackers(many, 400)) == MOST_TRACKERS
    assert len(parse_trackers(" ".join(["10.0.0.7:8000"] * 1000))) == MOST_TRACKERS
    (tracker,) = parse_trackers(",".join(["10.0.0.7:8000"] * 100))
    assert len(tracker.addresses) == 8
    long = TrackerAddress(tuple(f"{'a' * 60}.{number}.example:8000" for number in range(20)), PIN)
    ((word,),) = write_trackers([long], 450)
    assert len(word) <= 400
    assert word.startswith(long.addresses[0])


@pytest.mark.parametrize("word", ["", ";certfp=" + PIN, "b.example", "b.example:0", "ü.example:8000", ":8000"])
def test_invalid_addresses_are_left_out(word: str) -> None:
    assert parse_trackers(word) == []
    assert write_trackers([TrackerAddress((word,))], 400) == [("",)]


def test_invalid_attributes_are_left_out() -> None:
    text = "b.example:8000;certfp=short;page=javascript:alert(1);colour=red;plain= c.example:1,nonsense"
    assert parse_trackers(text) == [
        TrackerAddress(("b.example:8000",), is_plain=True),
        TrackerAddress(("c.example:1",)),
    ]


def test_an_invalid_page_is_not_written() -> None:
    assert write_trackers([TrackerAddress(("b.example:1",), page="https://b.example/;x")], 400) == [("b.example:1",)]
