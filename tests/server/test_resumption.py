"""Resuming lost visits: waiting for them, giving up, and clearing up after them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chatcore.errors import AccountsUnavailable, Leave, StreamClosed
from chatcore.protocol.capabilities import RESUME
from chatcore.server.access.resumable import NOT_GONE, TAKEN_UP
from chatcore.server.access.resume_file import ResumeFile
from chatcore.server.access.resume_tokens import RESUMABLE_S, ResumeTokens
from chatcore.server.resumption import Resumer
from chatcore.server.roster import Roster
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials
from chatcore.state.credit import Credit
from chatcore.state.kept_visit import KeptVisit, Seat
from chatcore.state.latch import Latch
from chatcore.state.registry import Registry
from chatcore.state.requests import VisitForgotten
from tests.support.dormant import dormant
from tests.support.stage_admission import StageBans, StageKeys


class _House:
    """A tracker without threads, with stand-ins for its visits."""

    def __init__(self, file: ResumeFile) -> None:
        self.now = 0.0
        self.tokens = ResumeTokens(file, lambda: self.now, lambda: self.now)
        self.registry = Registry(lambda: self.now)
        self.keys, self.bans = StageKeys(), StageBans()
        self.visits: dict[int, Any] = {}
        self.published: list[VisitForgotten] = []
        self.publish: Callable[[VisitForgotten], None] = self.published.append
        roster = cast("Roster", SimpleNamespace(get=self.visits.get))
        self.resumer = Resumer(self.tokens, roster, self.registry, self.keys, self.bans, self._publish, 0.01)

    def _publish(self, event: VisitForgotten) -> None:
        self.publish(event)

    def client(self, number: int, nick: str = "ann") -> Client:
        """Return a client that is registering."""
        client = Client(number, "192.0.2.1", 4711, Credit(9))
        client.capabilities = RESUME
        client.name(nick)
        latch = Latch()
        ended: list[tuple[str, bool]] = []
        self.visits[number] = SimpleNamespace(
            client=client,
            arrival=SimpleNamespace(homes=()),
            has_left=latch,
            ended=ended,
            end=lambda reason, is_lost: ended.append((reason, is_lost)),
        )
        return client

    def enter(self, client: Client, *rooms: str) -> str:
        """Register a client and have it join rooms; return its token."""
        token = self.resumer.give(client, client.nick)
        self.resumer.arrive(client)
        with self.registry.hold(rooms, create=True) as held:
            for channel in held.values():
                channel.add_locked(client)
        return token

    def lose(self, client: Client) -> bool:
        """Lose its connection, as its thread would (server.visit)."""
        may_return = self.resumer.depart(client, is_lost=True)
        with self.registry.hold_channels_of(client) as channels:
            seats = [Seat(channel.name, channel.instance, False) for channel in channels]
            for channel in channels:
                channel.remove_locked(client, may_return=may_return)
        if may_return:
            self.resumer.note_seats(client, seats)
        self.visits[client.id].has_left.set()
        return may_return

    def absent(self, room: str) -> dict[str, str]:
        """Return the visits that may return to a room."""
        channel = self.registry.channel(room)
        assert channel is not None
        return channel.absent

    def look(self) -> None:
        """Tick as the heartbeat does, however recent the last tick was."""
        self.resumer._next_look = 0.0
        self.resumer.tick()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[_House]:
    with closing(ResumeFile(tmp_path, "")) as file:
        yield _House(file)


def _found(house: _House, token: str, client: Client) -> tuple[KeptVisit, Credentials | None]:
    found = house.resumer.find(token, client)
    assert found is not None
    return found


def test_a_stuck_old_connection_fails_the_resume_but_keeps_the_token(house: _House) -> None:
    ann, again = house.client(1), house.client(2)
    token = house.enter(ann)
    found, _ = _found(house, token, again)
    with pytest.raises(Leave, match=NOT_GONE):
        house.resumer.take(again, found)
    assert house.visits[1].ended == [(TAKEN_UP, True)]
    house.resumer.release(again)
    assert house.resumer.find(token, house.client(3)) is not None


def test_of_two_resuming_clients_the_earlier_one_must_leave(house: _House) -> None:
    ann, slower, again = house.client(1), house.client(2), house.client(3)
    token = house.enter(ann)
    house.lose(ann)
    found, _ = _found(house, token, slower)
    assert house.resumer.find(token, again) is not None
    assert house.visits[2].ended == [(TAKEN_UP, False)]
    with pytest.raises(Leave, match=TAKEN_UP):
        house.resumer.take(slower, found)
    slower.visit = found.visit
    with pytest.raises(Leave, match=TAKEN_UP):
        house.resumer.give(slower, "ann")
    assert house.resumer.take(again, found) is not None
    again.visit = found.visit
    second = house.resumer.give(again, "ann")
    assert house.resumer.find(token, house.client(4)) is None, "client 3 is coming in with this token"
    house.resumer.withdraw(again)
    assert house.resumer.find(second, house.client(4)) is None


def test_a_visit_that_ends_for_good_cannot_be_resumed(house: _House) -> None:
    ann, again = house.client(1), house.client(2)
    token = house.enter(ann)
    found, _ = _found(house, token, again)

    def leave(reason: str, is_lost: bool) -> None:
        house.resumer.depart(ann, is_lost=False)
        house.visits[1].has_left.set()

    house.visits[1].end = leave
    assert house.resumer.take(again, found) is None
    assert house.resumer.take(again, found) is None


def test_a_resumed_visit_gets_its_last_state_and_rooms(house: _House) -> None:
    ann, bob = house.client(1), house.client(9, "bob")
    token = house.enter(ann, "#Room")
    house.enter(bob, "#room")
    ann.away = "tea"
    house.resumer.note(ann)
    assert house.lose(ann)
    assert house.absent("#room") == {"visit 1": "o"}
    again = house.client(2)
    found, _ = _found(house, token, again)
    taken = house.resumer.take(again, found)
    assert taken is not None
    assert (taken.away, taken.visit) == ("tea", "1")
    assert house.visits[2].arrival.homes == ("#Room",)
    del house.visits[2]
    assert house.resumer.take(again, found) == taken, "a connection that is gone must not be an error"


def test_a_password_change_before_the_resume_ends_the_visit(house: _House) -> None:
    house.keys.accounts["ann"] = "pw"
    ann, bob, again = house.client(1), house.client(9, "bob"), house.client(2)
    ann.login = house.keys.account("ann")
    token = house.enter(ann, "#room")
    house.enter(bob, "#room")
    house.lose(ann)
    found, login = _found(house, token, again)
    assert login == ann.login
    house.keys.accounts["ann"] = "another"
    assert house.resumer.take(again, found) is None
    assert house.absent("#room") == {}
    assert house.resumer.find(token, house.client(3)) is None


def test_unreadable_accounts_leave_the_token_valid(house: _House) -> None:
    house.keys.accounts["ann"] = "pw"
    ann, again = house.client(1), house.client(2)
    ann.login = house.keys.account("ann")
    token = house.enter(ann)
    house.lose(ann)
    house.keys.is_unavailable = True
    with pytest.raises(AccountsUnavailable):
        house.resumer.find(token, again)
    house.keys.is_unavailable = False
    _found(house, token, again)


def test_a_client_without_a_token_leaves_no_seat(house: _House) -> None:
    ann, bob = house.client(1), house.client(9, "bob")
    ann.capabilities = 0
    with house.registry.hold(["#room"], create=True) as held:
        held["#room"].add_locked(ann)
        held["#room"].add_locked(bob)
    assert not house.lose(ann)
    assert house.absent("#room") == {}


def test_an_expired_visit_is_forgotten_and_its_seats_cleared(house: _House) -> None:
    ann, bob = house.client(1), house.client(9, "bob")
    house.enter(ann, "#room", "#lone")
    house.enter(bob, "#room")
    house.lose(ann)
    house.now = RESUMABLE_S
    house.resumer._next_look = 1e18
    house.resumer.tick()
    assert house.published == []
    house.look()
    assert house.absent("#room") == {}
    assert house.published == [VisitForgotten("1")]
    assert house.registry.channel("#lone") is None


def test_rooms_are_looked_up_once_for_many_expired_visits(house: _House, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    names_of = house.registry.names_of

    def counted(instances: Collection[int]) -> dict[int, str]:
        nonlocal looks
        looks += 1
        return names_of(instances)

    monkeypatch.setattr(house.registry, "names_of", counted)
    for number in range(1, 6):
        ann = house.client(number, f"ann{number}")
        house.enter(ann, f"#{number}")
        house.lose(ann)
    house.now = RESUMABLE_S
    house.look()
    assert len(house.published) == 5
    assert looks == 1


def test_a_visit_ended_between_loss_and_leave_keeps_no_seat(house: _House) -> None:
    ann, bob = house.client(1), house.client(9, "bob")
    house.enter(ann, "#room")
    house.enter(bob, "#room")
    assert house.resumer.depart(ann, is_lost=True)
    house.tokens.end("1")
    with house.registry.hold_channels_of(ann) as channels:
        seats = [Seat(channel.name, channel.instance, False) for channel in channels]
        for channel in channels:
            channel.remove_locked(ann, may_return=True)
    house.resumer.note_seats(ann, seats)
    assert house.absent("#room") == {}
    assert house.published == [VisitForgotten("1")]


def test_a_ban_ends_a_lost_visit_even_if_it_is_lifted_later(house: _House) -> None:
    ann, bob = house.client(1), house.client(9, "bob")
    tokens = [house.enter(ann), house.enter(bob)]
    house.lose(ann)
    house.lose(bob)
    house.bans.add("ann")
    house.look()
    house.bans.remove("ann")
    house.look()
    found = [house.resumer.find(token, house.client(20)) for token in tokens]
    assert [each[0].nick for each in found if each is not None] == ["bob"]


def test_visits_can_expire_after_the_stream_has_closed(house: _House) -> None:
    def refuse(event: VisitForgotten) -> None:
        raise StreamClosed

    ann = house.client(1)
    house.enter(ann)
    house.lose(ann)
    house.publish = refuse
    house.now = RESUMABLE_S
    house.look()
    assert house.tokens.lost() == {}


def test_rooms_are_resumed_after_a_restart_and_expired_seats_cleared(
    tmp_path: Path,
) -> None:
    with closing(ResumeFile(tmp_path, "")) as file:
        token = _House(file).enter(Client(1, "192.0.2.1", 4711, Credit(9)))
    with closing(ResumeFile(tmp_path, "")) as file:
        house = _House(file)
        rooms = [
            dormant("#Old", accounts={"visit 1": "v", "visit 2": "", "id": "o"}),
            dormant("#other", instance=10, accounts={"id": "o"}),
        ]
        house.registry.lay_down(rooms)
        house.resumer.seat(rooms)
        again = house.client(7)
        found, _ = _found(house, token, again)
        assert house.resumer.take(again, found) is not None
        assert house.visits[7].arrival.homes == ("#Old",)
        house.resumer.release(again)
        house.now = 1e9
        house.look()
        (old,) = (room for room in house.registry.dormant_rooms() if room.name == "#Old")
        assert old.accounts == {"visit 2": "", "id": "o"}
