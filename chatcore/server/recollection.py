"""Asks delivery's memory on behalf of client threads: who sent a message, and when.

A question is an event in the stream, so its answer takes into account everything said before it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count

from chatcore.errors import ArchiveUnavailable
from chatcore.state.client_id import ClientId
from chatcore.state.history import Place, Utterance
from chatcore.state.latch import Latch
from chatcore.state.requests import UtteranceSought

PATIENCE_S = 2.0


class _Question:
    """A question that a client thread waits for."""

    __slots__ = ("found", "is_answered")

    def __init__(self) -> None:
        self.is_answered = Latch()
        self.found: Utterance | None = None


class Recollection:
    """Questions to delivery's memory. Any thread asks; delivery answers."""

    def __init__(self, publish: Callable[[UtteranceSought], None]) -> None:
        """`publish` appends to the stream and raises StreamClosed."""
        self._publish = publish
        self._lock = threading.Lock()  # guards the rest
        self._numbers = count(1)
        self._questions: dict[int, _Question] = {}

    def ask(self, client: ClientId, place: Place, id_: int) -> Utterance | None:
        """Return the message with this id, None if it is not in memory. Waits for delivery; the caller holds no lock.

        Raises ArchiveUnavailable if there is no answer in time, StreamClosed.
        """
        question = _Question()
        with self._lock:
            number = next(self._numbers)
            self._questions[number] = question
        try:
            self._publish(UtteranceSought(client, number, place, id_))
            if not question.is_answered.wait(PATIENCE_S):
                raise ArchiveUnavailable("The tracker is busy, try again in a moment")
            return question.found
        finally:
            with self._lock:
                del self._questions[number]

    def answer(self, number: int, found: Utterance | None) -> None:
        """Answer a question, if anybody still waits for it. Delivery's thread."""
        with self._lock:
            question = self._questions.get(number)
        if question is not None:
            question.found = found
            question.is_answered.set()
