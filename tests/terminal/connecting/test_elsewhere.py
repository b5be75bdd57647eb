"""Other addresses of the chat, and the order in which they are tried."""

from __future__ import annotations

from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.terminal.connecting.elsewhere import MOST_PLACES, Place, Route, places_of

HOME = Place("a.example", 8000)
B = TrackerAddress(("b.example:8000", "10.0.0.2:8000"), "B" * 64)
C = TrackerAddress(("[fd00::3]:9000",), "C" * 64)


def test_the_first_addresses_come_before_the_other_ones() -> None:
    b, c = Place("b.example", 8000, "B" * 64), Place("fd00::3", 9000, "C" * 64)
    also_b = Place("10.0.0.2", 8000, "B" * 64)
    assert places_of([B, C], HOME, HOME) == (b, c, also_b)
    assert places_of([B, C], HOME, HOME, 3) == (c, b, also_b)


def test_the_current_tracker_is_left_out_and_home_comes_last() -> None:
    here = Place("fd00::3", 9000)
    assert [place.address for place in places_of([B, C], here, HOME)] == [
        "b.example:8000",
        "10.0.0.2:8000",
        "a.example:8000",
    ]
    told_of_home = TrackerAddress(("a.example:8000",), "A" * 64)
    assert places_of([told_of_home], here, HOME) == (Place("a.example", 8000, "A" * 64),)


def test_there_may_be_no_places() -> None:
    assert places_of([], HOME, HOME, 5) == ()


def test_places_are_bounded() -> None:
    many = [TrackerAddress(tuple(f"10.0.{number}.{other}:1" for other in range(8))) for number in range(64)]
    assert len(places_of(many, HOME, HOME)) == MOST_PLACES


def _rounds(route: Route, count: int) -> list[Place | None]:
    return [route.next() for _ in range(count)]


def test_a_round_begins_at_the_current_tracker() -> None:
    b, c = places_of([C, TrackerAddress(("b.example:8000",))], HOME, HOME)
    route = Route((b, c), is_here_gone=False, is_awaited=False)
    assert _rounds(route, 3) == [None, b, c]
    ends = [route.is_round_over]
    assert route.next() is None
    assert [*ends, route.is_round_over] == [True, False]
    route.restart()
    assert route.next() is None


def test_a_restarting_tracker_is_tried_twice_first() -> None:
    (c,) = places_of([C], HOME, HOME)
    route = Route((c,), is_here_gone=False, is_awaited=True)
    assert route.next() is None
    assert route.is_round_over
    assert _rounds(route, 4) == [None, c, None, c]


def test_a_departed_tracker_is_not_tried() -> None:
    (c,) = places_of([C], HOME, HOME)
    assert _rounds(Route((c,), is_here_gone=True, is_awaited=False), 2) == [c, c]
    route = Route((c,), is_here_gone=False, is_awaited=False)
    route.leave_out_here()
    assert _rounds(route, 2) == [c, c]
    alone = Route((), is_here_gone=True, is_awaited=False)
    alone.leave_out_here()
    assert _rounds(alone, 2) == [None, None]


def test_a_silent_tracker_is_tried_last() -> None:
    (c,) = places_of([C], HOME, HOME)
    route = Route((c,), is_here_gone=False, is_awaited=False, is_silent=True)
    assert _rounds(route, 4) == [c, None, c, None]
    assert _rounds(Route((), is_here_gone=False, is_awaited=False, is_silent=True), 2) == [None, None]
    assert _rounds(Route((c,), is_here_gone=True, is_awaited=False, is_silent=True), 2) == [c, c]
