"""Visits that are resumed on another tracker than the one that lost them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatcore.cluster.shelves import Shelves
from chatcore.errors import AccountsUnavailable, Leave
from chatcore.protocol.capabilities import RESUME
from chatcore.server.access.resumable import NOT_GONE, TAKEN_UP
from chatcore.server.access.resume_tokens import MAX_OVER, RESUMABLE_S
from chatcore.server.access.shared import resumption
from chatcore.server.access.shared.resumption import SharedResumption, Surroundings
from chatcore.server.access.shared.stays import OFFERED_S, Stay
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.state.kept_visit import KeptVisit, Seat
from chatcore.state.records import RowsSet
from chatcore.state.registry import Registry
from chatcore.state.requests import VisitForgotten
from tests.support.shelf import LocalShelf
from tests.support.stage_admission import StageBans, StageKeys


class _Tracker:
    """One of several trackers: `ended` are the clients it asked to end, `homes` the rooms it sends each back to."""

    def __init__(self, house: _House) -> None:
        self.house = house
        self.published: list[VisitForgotten] = []
        self.ended: list[tuple[int, str]] = []
        self.homes: dict[int, tuple[str, ...]] = {}
        self.shelf = LocalShelf("visits", house.shelves)
        around = Surroundings(
            house.registry,
            house.keys,
            house.bans,
            lambda: house.now,
            lambda token: f"digest of {token}",
            self.published.append,
            lambda client, reason: house.end(self, client, reason),
            self.homes.__setitem__,
            0.05,
        )
        self.resumption = SharedResumption(self.shelf, around)

    def found(self, token: str, client: Client) -> KeptVisit:
        """Return the visit that a token resumes."""
        found = self.resumption.find(token, client)
        assert found is not None
        return found[0]

    def take_up(self, token: str, client: Client) -> KeptVisit:
        """Have a client resume a visit, as far as its handler does before it is in."""
        taken = self.resumption.take(client, self.found(token, client))
        assert taken is not None
        client.visit = taken.visit
        return taken


class _House:
    """Two trackers with an instant stream. What `one` does for the stream, all would do."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.registry = Registry(lambda: self.now)
        self.shelves = Shelves()
        self.keys, self.bans = StageKeys(), StageBans()
        self.on_end: Callable[[int], None] = lambda client: None
        self.one, self.two = _Tracker(self), _Tracker(self)

    def end(self, by: _Tracker, client: int, reason: str) -> None:
        by.ended.append((client, reason))
        self.on_end(client)

    def client(self, number: int, nick: str = "ann", host: str = "192.0.2.1") -> Client:
        """Return a client on its way in."""
        client = Client(number, host, 4711, Credit(9))
        client.capabilities = RESUME
        client.name(nick)
        return client

    def enter(self, client: Client, *rooms: str, at: _Tracker | None = None) -> str:
        """Have a client enter by a tracker and join rooms; return its token."""
        token = (at or self.one).resumption.give(client, client.nick)
        self.registry.claim_nick(client, client.nick)
        self.one.resumption.arrive(client)
        with self.registry.hold(rooms, create=True) as held:
            for channel in held.values():
                channel.add_locked(client)
        return token

    def lose(self, client: Client, *, is_lost: bool = True) -> bool:
        """Have all note that a client's connection broke (commands.departure)."""
        may_return = self.one.resumption.depart(client, is_lost=is_lost)
        with self.registry.hold_channels_of(client) as channels:
            seats = [Seat(channel.name, channel.instance, False) for channel in channels]
            for channel in channels:
                channel.remove_locked(client, may_return=may_return)
        self.registry.release_nick(client, lambda: None)
        if may_return:
            self.one.resumption.note_seats(client, seats)
        return may_return

    def absent(self, room: str) -> list[str]:
        """Return the seats kept in a room."""
        channel = self.registry.channel(room)
        return list(channel.absent) if channel is not None else []


@pytest.fixture
def house() -> _House:
    return _House()


def test_a_visit_is_resumed_on_another_tracker(house: _House) -> None:
    ann, again = house.client(1), house.client(9)
    token = house.enter(ann)
    ann.away = "tea"
    assert house.lose(ann)
    taken = house.two.take_up(token, again)
    assert (taken.visit, taken.nick, taken.away) == (ann.visit, "ann", "tea")
    second = house.enter(again, at=house.two)
    assert house.two.resumption.find(token, house.client(10)) is None, "a token is good for one return"
    assert house.one.resumption.was_good(token)
    assert house.two.resumption.find(second, house.client(10)) is not None
    assert not house.one.resumption.was_good("another")


def test_a_client_still_connected_is_asked_to_end_on_any_tracker(house: _House) -> None:
    ann, again = house.client(1), house.client(9)
    token = house.enter(ann)
    house.on_end = lambda client: _ignore(house.lose(ann))
    ann.realname = "Ann"
    taken = house.two.take_up(token, again)
    assert house.two.ended == [(1, TAKEN_UP)]
    assert taken.realname == "Ann"


def _ignore(may_return: bool) -> None:
    """Drop a return value."""


def test_a_connection_that_does_not_end_in_time_stops_the_resumption(house: _House) -> None:
    ann, again = house.client(1), house.client(9)
    token = house.enter(ann)
    with pytest.raises(Leave, match=NOT_GONE):
        house.one.take_up(token, again)
    house.one.resumption.release(again)
    house.lose(ann)
    assert house.two.take_up(token, house.client(10)).nick == "ann"


def test_a_visit_that_just_ended_for_good_is_not_resumed(house: _House) -> None:
    ann, again = house.client(1), house.client(9)
    token = house.enter(ann)
    house.on_end = lambda client: _ignore(house.lose(ann, is_lost=False))
    found = house.one.found(token, again)
    assert house.one.resumption.take(again, found) is None
    assert house.one.resumption.find(token, house.client(10)) is None


def test_the_slower_of_two_clients_on_one_tracker_leaves(house: _House) -> None:
    ann, slower, again = house.client(1), house.client(2), house.client(3)
    token = house.enter(ann)
    house.lose(ann)
    found = house.one.found(token, slower)
    house.one.found(token, again)
    assert house.one.ended == [(2, TAKEN_UP)]
    with pytest.raises(Leave, match=TAKEN_UP):
        house.one.resumption.take(slower, found)
    house.one.take_up(token, again)
    assert house.enter(again)


def test_only_one_of_two_clients_on_two_trackers_gets_in(house: _House) -> None:
    ann, one, two = house.client(1), house.client(2), house.client(9)
    token = house.enter(ann)
    house.lose(ann)
    house.one.take_up(token, one)
    house.two.take_up(token, two)
    assert house.two.resumption.give(two, "ann")
    with pytest.raises(Leave, match=TAKEN_UP):
        house.one.resumption.give(one, "ann")
    assert house.one.resumption.find(token, house.client(3)) is None, "client 9 is coming in with this token"
    house.two.resumption.withdraw(two)
    assert house.one.resumption.give(one, "ann")
    house.one.resumption.release(one)
    house.now += OFFERED_S
    assert house.two.resumption.give(two, "ann")


def test_another_trackers_earlier_offer_wins(house: _House) -> None:
    ann, one, two = house.client(1), house.client(2), house.client(9)
    token = house.enter(ann)
    house.lose(ann)
    house.one.take_up(token, one)
    house.two.take_up(token, two)
    house.two.resumption.give(two, "ann")
    theirs = house.two.shelf.proposed[-1]
    house.two.resumption.withdraw(two)
    house.one.shelf.before.append(theirs)
    with pytest.raises(Leave, match=TAKEN_UP):
        house.one.resumption.give(one, "ann")


def test_constantly_changing_rows_let_nobody_in(house: _House) -> None:
    ann, again = house.client(1), house.client(9)
    token = house.enter(ann)
    house.lose(ann)
    house.two.take_up(token, again)
    house.two.shelf.propose = lambda rows, expected=(): False  # type: ignore[method-assign]
    with pytest.raises(Leave, match=TAKEN_UP):
        house.two.resumption.give(again, "ann")


def test_no_token_is_issued_while_the_others_are_unreachable(house: _House) -> None:
    ann, again = house.client(1), house.client(9)
    token = house.enter(ann)
    house.lose(ann)
    house.two.take_up(token, again)
    house.two.shelf.is_away = True
    assert house.two.resumption.give(again, "ann") == ""
    house.two.shelf.is_away = False
    house.two.resumption.arrive(again)
    assert house.two.resumption.find(token, house.client(10)) is None, "the first token must be used up anyway"
    assert not house.lose(again)


def test_a_token_just_issued_by_another_tracker_is_found(house: _House) -> None:
    ann = house.client(1)
    house.registry.claim_nick(ann, "ann")
    rows = ((ann.visit, Stay(ann.id, "digest of late").written()),)
    house.two.shelf.before.append(RowsSet("visits", rows))
    assert house.two.found("late", house.client(9)).nick == "ann"


def test_no_token_counts_as_wrong_while_the_others_are_unreachable(house: _House) -> None:
    house.two.shelf.is_away = True
    with pytest.raises(AccountsUnavailable):
        house.two.resumption.find("anything", house.client(9))
    house.two.shelf.is_away = False
    assert house.two.resumption.find("anything", house.client(9)) is None


def test_no_token_is_issued_for_another_clients_visit(house: _House) -> None:
    ann, eve = house.client(1), house.client(9)
    house.enter(ann)
    eve.visit = ann.visit
    with pytest.raises(Leave, match=TAKEN_UP):
        house.two.resumption.give(eve, "eve")
    house.two.resumption.end(eve)
    assert not house.two.resumption.depart(eve, is_lost=True)
    assert house.lose(ann)


def test_a_client_in_the_chat_gets_another_token(house: _House) -> None:
    ann = house.client(1)
    first = house.enter(ann)
    second = house.one.resumption.give(ann, "ann")
    assert house.one.resumption.find(second, house.client(9)) is None, (
        "the new token is not valid before all trackers know it"
    )
    house.one.resumption.arrive(ann)
    house.lose(ann)
    assert house.one.resumption.find(first, house.client(9)) is None
    assert house.one.resumption.find(second, house.client(9)) is not None
    house.one.resumption.arrive(house.client(7))  # a client without a token


def test_a_client_that_gives_up_its_token_cannot_come_back(house: _House) -> None:
    ann = house.client(1)
    token = house.enter(ann)
    house.one.resumption.end(ann)
    assert not house.lose(ann)
    assert house.two.resumption.find(token, house.client(9)) is None
    assert house.two.resumption.was_good(token)
    assert house.one.published == [], "no event is needed: delivery forgets the visit at its QUIT"


def test_a_client_that_never_gets_in_leaves_no_row(house: _House) -> None:
    ann, bob = house.client(1), house.client(2, "bob")
    house.one.resumption.give(ann, "ann")
    house.one.resumption.release(ann)
    house.one.resumption.release(ann)
    assert house.shelves.rows("visits") == {}
    house.one.resumption.give(bob, "bob")  # the tracker of this one dies
    house.one.resumption.beat()
    assert list(house.shelves.rows("visits")) == [bob.visit]
    house.now += OFFERED_S
    house.one.resumption.beat()
    assert house.shelves.rows("visits") == {}


def test_a_taken_nick_leaves_the_token_valid(house: _House) -> None:
    ann, again = house.client(1), house.client(9)
    token = house.enter(ann)
    house.lose(ann)
    house.two.take_up(token, again)
    for nick in ("ann", "ann-2"):
        assert house.two.resumption.give(again, nick)
        house.two.resumption.withdraw(again)
    assert house.two.resumption.give(again, "ann-3")
    assert house.two.resumption.give(again, "ann-4"), "another nick may be tried before the withdrawal arrives"
    house.two.resumption.release(again)
    assert house.one.take_up(token, house.client(3)).nick == "ann"


def test_a_lost_visit_expires_after_ten_minutes_of_stream_time(house: _House) -> None:
    ann = house.client(1)
    token = house.enter(ann, "#room", "#other")
    house.enter(house.client(2, "bob"), "#room")
    house.lose(ann)
    assert house.absent("#room") == [ann.seat]
    house.now += RESUMABLE_S - 1
    house.one.resumption.beat()
    assert house.absent("#room") == [ann.seat]
    house.now += 1
    house.one.resumption.beat()
    assert house.absent("#room") == []
    assert house.one.published == [VisitForgotten(ann.visit)]
    assert house.two.resumption.find(token, house.client(9)) is None


def test_a_visit_being_resumed_does_not_expire(house: _House) -> None:
    ann, again = house.client(1), house.client(9)
    token = house.enter(ann)
    house.lose(ann)
    house.now += RESUMABLE_S - 1
    house.two.take_up(token, again)
    house.two.resumption.give(again, "ann")
    house.now += 2
    house.one.resumption.beat()
    house.one.resumption.arrive(again)
    assert house.lose(again)


def test_resuming_rejoins_rooms_except_closed_ones_that_ended(house: _House) -> None:
    ann, again = house.client(1), house.client(9)
    token = house.enter(ann, "#room", "#ended")
    house.enter(house.client(2, "bob"), "#room")
    house.lose(ann)
    room = house.registry.channel("#room")
    assert room is not None
    seats = Seat("#closed", 99, True), Seat("#ended", 98, False), Seat("#room", room.instance, False)
    house.one.resumption.note_seats(ann, seats)
    house.one.take_up(token, again)
    assert house.one.homes == {9: ("#ended", "#room")}


def test_the_address_with_most_lost_visits_yields(house: _House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resumption, "MAX_LOST", 2)
    people = [house.client(n, f"n{n}", f"192.0.2.{1 if n < 3 else 9}") for n in (1, 2, 3)]
    tokens = []
    for client in people:
        tokens.append(house.enter(client))
        house.now += 1
        house.lose(client)
    found = [house.two.resumption.find(token, house.client(9)) is not None for token in tokens]
    assert found == [False, True, True]
    assert house.one.published == [VisitForgotten(people[0].visit)]


def test_a_visit_dropped_at_once_keeps_no_seat(house: _House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resumption, "MAX_LOST", 0)
    ann = house.client(1)
    house.enter(ann, "#room")
    house.enter(house.client(2, "bob"), "#room")
    house.lose(ann)
    assert house.absent("#room") == []


def test_a_ban_ends_a_lost_visit(house: _House) -> None:
    ann, bob = house.client(1), house.client(2, "bob", "192.0.2.2")
    token = house.enter(ann)
    house.lose(ann)
    found = house.two.found(token, house.client(9))
    house.bans.bans.append("192.0.2.1")
    assert house.two.resumption.find(token, house.client(10)) is None
    assert house.two.resumption.take(house.client(9), found) is None
    house.one.resumption.beat()
    house.one.resumption.look_again()
    house.one.resumption.beat()
    house.bans.bans.clear()
    assert house.two.resumption.find(token, house.client(9)) is None, "lifting the ban must not bring the visit back"
    house.enter(bob)
    house.bans.bans.append("bob")
    assert not house.lose(bob)


def test_a_new_account_password_ends_a_lost_visit(house: _House) -> None:
    ann = house.client(1)
    house.keys.accounts["ann"] = "secret"
    ann.login = house.keys.account("ann")
    token = house.enter(ann)
    house.lose(ann)
    found = house.two.resumption.find(token, house.client(9))
    assert found is not None
    assert found[1] == ann.login
    house.keys.accounts["ann"] = "another"
    assert house.two.resumption.find(token, house.client(10)) is None
    house.one.resumption.look_again()
    house.one.resumption.beat()
    assert house.one.published == [VisitForgotten(ann.visit)]


def test_a_limited_number_of_used_tokens_is_remembered(house: _House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_OVER > 1
    monkeypatch.setattr(resumption, "MAX_OVER", 1)
    tokens = []
    for number in (1, 2):
        client = house.client(number, f"n{number}")
        tokens.append(house.enter(client))
        house.lose(client, is_lost=False)
    assert [house.one.resumption.was_good(token) for token in tokens] == [False, True]


def test_a_tracker_started_from_a_snapshot_can_resume_visits(house: _House) -> None:
    ann, again = house.client(1), house.client(9)
    token = house.enter(ann, "#room")
    house.lose(ann)
    state = house.shelves.state()
    other = _House()
    other.shelves.restore(state)
    other.two.take_up(token, again)
    other.enter(again, at=other.two)
    assert other.lose(again)
    other.one.resumption.note(again)
    for nothing in (other.one.resumption.tick, other.one.resumption.close):
        nothing()
    other.one.resumption.seat([])
    house.shelves.apply(RowsSet("visits", ()))
    assert house.shelves.state() == state
