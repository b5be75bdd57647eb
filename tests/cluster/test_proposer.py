"""A client's commands at its own tracker: their order, and their fate while the engine is away."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import cast

import pytest

from chatcore.cluster.courier import Courier
from chatcore.cluster.flights import CUT_OFF, Flights, Pending
from chatcore.cluster.proposer import Proposer
from chatcore.commands.admitting import admitted
from chatcore.commands.context import Context
from chatcore.commands.dispatch import read_command
from chatcore.commands.response import Response
from chatcore.errors import Leave
from chatcore.state.records import Commanded, Left, Record, Stepped
from chatcore.state.steps import Joining
from chatcore.state.turns import Turn
from tests.support.stage import Stage
from tests.support.together import started, wait_until


class _Held:
    """A courier that keeps records; with `is_landing`, they land at once, without effect."""

    def __init__(self) -> None:
        self.is_reachable = True
        self.is_landing = True
        self.sent: list[tuple[Record, Pending]] = []

    def submit(self, record: Record, pending: Pending) -> None:
        """See Courier."""
        pending.flight.begin(pending)
        self.sent.append((record, pending))
        if self.is_landing:
            pending.flight.land(pending)


class _Client:
    """A registered client and its commands."""

    def __init__(self) -> None:
        self.courier, self.flights = _Held(), Flights()
        self.dismissed: list[int] = []
        conduct = Proposer(
            cast("Courier", self.courier), self.flights, lambda client, words: self.dismissed.append(client)
        )
        actor = Stage().actor("alice", "#room", caps="batch message-tags")
        alone = actor.ctx
        self._conduct = conduct
        self.client = actor.client
        self._ctx = Context(actor.client, alone.registry, alone.config, alone._stream, alone.services, conduct.carry)

        self.append_markers = conduct.append_markers

    def leaves(self) -> None:
        """Have it leave."""
        self._conduct.leave(self._ctx, "Quit", is_lost=False)

    def registers(self) -> None:
        """Complete its registration."""
        self._conduct.carry(self._ctx, admitted(self._ctx, "alice"))

    def fails_to_register(self) -> None:
        """Complete its registration, which is refused."""
        with pytest.raises(Leave):
            self.registers()

    def is_fenced(self) -> None:
        """Void its commands, as if the others had fenced its tracker."""
        self.flights.void(self.client.id + 1)

    def says(self, line: str) -> Response:
        """Run one line."""
        return self._conduct.dispatch(self._ctx, *read_command(line.encode()))


@pytest.fixture
def alice() -> _Client:
    return _Client()


def test_commands_that_change_something_are_appended_with_their_cost(alice: _Client) -> None:
    assert alice.says("@+x=y;batch=1 PRIVMSG #room,#other :tea").tokens == 1
    alice.says("JOIN #other,#third")
    assert [record for record, _ in alice.courier.sent] == [
        Commanded(alice.client.id, "PRIVMSG", ("#room,#other", "tea"), (("+x", "y"),)),
        Stepped(alice.client.id, Joining((("#other", ""), ("#third", "")))),
    ]
    assert [pending.tokens for _, pending in alice.courier.sent] == [1, 1]


def test_a_further_marker_is_answered_at_once_and_appended_later(alice: _Client) -> None:
    times = [f"2023-11-14T22:13:1{second}.000Z" for second in (0, 9, 5)]
    answers = [alice.says(f"MARKREAD #ROOM timestamp={time}").replies for time in times]
    assert answers == [[], *[[("MARKREAD", "#room", f"timestamp={times[1]}")]] * 2]
    alice.append_markers()
    assert len(alice.courier.sent) == 1, "the next marker must not be appended yet"
    alice.leaves()
    told = [record.params[1] for record, _ in alice.courier.sent if isinstance(record, Commanded)]
    assert told == [f"timestamp={times[0]}", f"timestamp={times[1]}"]
    assert isinstance(alice.courier.sent[-1][0], Left)


@pytest.mark.parametrize("line", ["MARKREAD #room", "MARKREAD #room timestamp=2099-01-01T00:00:00.000Z"])
def test_queries_and_future_markers_are_not_kept(alice: _Client, line: str) -> None:
    assert [alice.says(line).replies, alice.says(line).replies] == [[], []]


def test_a_query_is_answered_locally(alice: _Client) -> None:
    assert [reply[0] for reply in alice.says("TOPIC #room").replies] == ["331"]
    assert [reply[0] for reply in alice.says("METADATA *").replies] == ["461"]
    assert alice.courier.sent == []


def test_without_the_engine_everything_but_leaving_is_refused(alice: _Client) -> None:
    alice.courier.is_reachable = False
    for line in ("PRIVMSG #room :tea", "JOIN #other", "NICK alicia"):
        response = alice.says(line)
        assert [reply[0] for reply in response.replies] == ["400"]
    assert alice.says("QUIT :bye").end_reason == "Quit"
    assert alice.courier.sent == []


@pytest.mark.parametrize("line", ["KICK #room", "PRIVMSG #room :tea"])
def test_a_refusal_does_not_overtake_results_of_earlier_commands(alice: _Client, line: str) -> None:
    alice.courier.is_landing = False
    alice.says("PRIVMSG #room :first")
    alice.courier.is_reachable = False
    ((_, first),) = alice.courier.sent
    alice.client.credit.turn = cast("Turn", SimpleNamespace(give=lambda: first.flight.land(first)))
    assert [reply[0] for reply in alice.says(line).replies] == ["461" if "KICK" in line else "400"]
    assert first.is_over, "the refusal must wait for the earlier command"


def test_a_ping_does_not_confirm_commands_lost_to_a_fence(alice: _Client) -> None:
    alice.courier.is_landing = False
    alice.says("PRIVMSG #room :lost")
    threading.Timer(0.05, alice.is_fenced).start()
    with pytest.raises(Leave, match=CUT_OFF):
        alice.says("PING x")


def test_after_a_fence_commands_fail_without_waiting(alice: _Client) -> None:
    alice.is_fenced()
    alice.courier.is_landing = False
    for line in ("PRIVMSG #room :late", "PING x"):
        with pytest.raises(Leave, match=CUT_OFF):
            alice.says(line)
    alice.leaves()
    assert not alice.courier.sent


def test_no_state_is_kept_of_clients_before_registration(alice: _Client) -> None:
    alice.client.is_registered = False
    assert alice.says("CAP LS").replies
    assert not alice.says("PRIVMSG #room :hello").published
    assert len(alice.flights) == 0
    alice.client.is_registered = True
    alice.says("PRIVMSG #room :hello")
    assert len(alice.flights) == 1
    alice.leaves()
    assert len(alice.flights) == 0


def test_queries_are_answered_while_a_message_is_held(alice: _Client) -> None:
    alice.courier.is_landing = False
    alice.says("PRIVMSG #room :held")
    ((_, held),) = alice.courier.sent
    held.flight.hold(held, lambda: None)
    assert alice.says("PING x").replies[-1][-1] == "x"
    assert alice.says("QUIT :bye").end_reason == "Quit", "whether its text may be shown is not known yet"
    held.flight.land(held)


def test_a_refused_registration_ends_with_the_reason(alice: _Client) -> None:
    alice.client.is_registered, alice.courier.is_reachable = False, False
    with pytest.raises(Leave, match="try again in a moment"):
        alice.registers()


def test_a_held_registration_dismisses_the_client(alice: _Client) -> None:
    alice.client.is_registered, alice.courier.is_landing = False, False
    with started(alice.fails_to_register):
        wait_until(lambda: alice.courier.sent)
        ((_, held),) = alice.courier.sent
        held.flight.hold(held, lambda: None)
        wait_until(lambda: alice.dismissed)
        held.flight.land(held, result=False)
    assert alice.dismissed == [alice.client.id]
