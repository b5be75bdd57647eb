"""The commands of this tracker's clients in flight: appended, but not yet carried out."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from chatcore.errors import Leave, StreamClosed
from chatcore.state.credit import Credit
from chatcore.state.requests import Reply
from chatcore.state.stream import Label

CUT_OFF = "Connection closed: the tracker was cut off from the others"

_LOOK_S = 1.0


class Pending:
    """What only this tracker knows about a record: whose command it is, and what the client waits for."""

    __slots__ = (
        "client",
        "credit",
        "end_reason",
        "flight",
        "is_awaited",
        "is_over",
        "is_refusable",
        "label",
        "local",
        "replies",
        "result",
        "tokens",
    )

    def __init__(
        self,
        flight: Flight,
        client: int = 0,
        credit: Credit | None = None,
        label: Label | None = None,
        replies: tuple[Reply, ...] = (),
        local: Any = None,
        tokens: float = 0.0,
        *,
        is_awaited: bool = False,
        is_refusable: bool = True,
    ) -> None:
        self.flight = flight
        self.client = client
        self.credit = credit
        self.label = label
        self.replies = replies  # sent before its result
        self.local = local
        self.tokens = tokens  # of the flood control, already paid
        self.is_refusable = is_refusable  # it may be refused until it is sent
        self.is_awaited = is_awaited  # its client's thread waits for what comes of it, and has its credit otherwise
        self.end_reason = ""  # why the client's visit ends, if it does
        self.is_over = False
        self.result = False  # whether it took effect


class _Held(NamedTuple):
    """Commands up to `last` that may or may not have been appended, and the `credits` that they hold."""

    last: Pending
    credits: list[Credit]
    on_over: Callable[[], None]


class Flight:
    """One client's, in the order of the stream. Its own thread submits and waits, delivery lands."""

    __slots__ = ("_changed", "_closed", "_debt", "_held", "_is_void", "_pending")

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pending: deque[Pending] = deque()
        self._debt = 0.0  # tokens of the flood control, for what was carried out meanwhile
        self._closed = False
        self._is_void = False
        self._held: _Held | None = None

    def begin(self, pending: Pending) -> None:
        """Note one that is about to be appended. Raises Leave if nothing of this client counts any more."""
        with self._changed:
            if self._is_void:
                raise Leave(CUT_OFF)
            self._pending.append(pending)

    def first(self) -> Pending | None:
        """Return the one that was appended first. Delivery's thread."""
        return self._pending[0] if self._pending else None

    def land(self, pending: Pending, *, result: bool = True, tokens: float = 0.0) -> None:
        """Note that it is carried out, or will never be. Any thread, without a lock."""
        with self._changed:
            if pending.is_over:
                return
            pending.is_over, pending.result = True, result
            self._pending.remove(pending)  # nearly always the first
            self._debt += tokens
            held = self._held
            if held is not None and held.last is pending:
                self._held = None
                for credit in held.credits:
                    credit.allow(-1)
            self._changed.notify_all()
        if held is not None and held.last is pending:
            held.on_over()

    def hold(self, last: Pending, on_over: Callable[[], None]) -> None:
        """Let nobody wait any more for what is in flight up to `last`: whether it was appended is not known.

        `on_over` is called once it is known: without a lock, by whoever lands that, or at once. Any thread.
        """
        with self._changed:
            is_over = last.is_over
            if not is_over:
                before = [*self._pending][: self._pending.index(last) + 1]
                credits = [each.credit for each in before if each.credit is not None and not each.is_awaited]
                self._held = _Held(last, credits, on_over)
                for credit in credits:  # or a client that has used up its own could not even ask
                    credit.allow(1)
                self._changed.notify_all()
        if is_over:
            on_over()

    def void(self) -> None:
        """Have nothing of what is in flight be carried out any more, nor anything that comes: so answer nothing either,
        or a client took that for a confirmation of what went before. Any thread.
        """
        with self._changed:
            self._is_void = True
            for pending in self._pending:
                pending.is_over, pending.end_reason = True, CUT_OFF
            self._pending.clear()
            self._held = None
            self._changed.notify_all()

    def take_debt(self) -> float:
        """Return how many tokens the client owes, and reset the count. Its own thread."""
        with self._changed:
            debt, self._debt = self._debt, 0.0
            return debt

    def settle(self, credit: Credit) -> None:
        """Wait until nothing is in flight, or what is in flight is held, or the client's visit is being ended.

        Its turn is given to others. Raises StreamClosed; Leave if nothing of this client counts any more.
        """
        if (self._pending and self._held is None) or self._closed:
            credit.turn.give()
            credit.is_held = True
            with self._changed:
                while self._pending and self._held is None and not (self._closed or credit.is_closed):
                    self._changed.wait(_LOOK_S)  # nobody wakes this thread for its visit's end
            credit.is_held = False
        if self._closed:
            raise StreamClosed
        if self._is_void:
            raise Leave(CUT_OFF)

    def wait(self, pending: Pending, seconds: float | None = None, *, or_held: bool = False) -> bool:
        """Wait until one is over, `or_held`; return whether it is over. Raises StreamClosed."""

        def is_enough() -> bool:
            return pending.is_over or self._closed or (or_held and self._held is not None)

        with self._changed:
            self._changed.wait_for(is_enough, seconds)
        if not pending.is_over and self._closed:
            raise StreamClosed
        return pending.is_over

    def close(self) -> None:
        """Release the waiting thread: the tracker is stopping. Any thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class Flights:
    """By client. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[int, Flight] = {}
        self._first = 0  # the clients before this one are of an incarnation that is gone
        self._closed = False

    def __len__(self) -> int:
        """Return how many clients have an entry."""
        return len(self._flights)

    def of(self, client: int) -> Flight:
        """Return a client's flight; the caller must forget it in the end. Most connections never have one."""
        flight = self._flights.get(client)
        if flight is None:
            with self._lock:
                flight = self._flights.setdefault(client, Flight())
                if self._closed:
                    flight.close()
                if 0 < client < self._first:
                    flight.void()
        return flight

    def settle(self, client: int, credit: Credit) -> None:
        """Wait until nothing of a client is in flight, as Flight.settle does. Its own thread.

        Raises StreamClosed; Leave if nothing of this client counts any more.
        """
        flight = self._flights.get(client)
        if flight is not None:
            flight.settle(credit)
        elif self._closed:
            raise StreamClosed
        elif client < self._first:
            raise Leave(CUT_OFF)

    def take_debt(self, client: int) -> float:
        """Return how many tokens a client owes, and forget that. Its own thread."""
        flight = self._flights.get(client)
        return flight.take_debt() if flight is not None else 0.0

    def first(self, client: int) -> Pending | None:
        """Return what a client appended first of all that is in flight. Delivery's thread."""
        flight = self._flights.get(client)
        return flight.first() if flight is not None else None

    def forget(self, client: int) -> None:
        """Forget a client that is gone and has nothing in flight that anybody waits for."""
        with self._lock:
            flight = self._flights.pop(client, None)
        if flight is not None:
            flight.close()

    def void(self, first: int) -> None:
        """Have nothing of what is in flight be carried out any more, nor anything of clients before `first`.

        Any thread.
        """
        with self._lock:
            self._first = first
            flights = list(self._flights.values())
        for flight in flights:
            flight.void()

    def close(self) -> None:
        """Release all waiting threads: the tracker is stopping."""
        with self._lock:
            self._closed = True
            flights = list(self._flights.values())
        for flight in flights:
            flight.close()
