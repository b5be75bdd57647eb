"""When the client tries to reconnect, and when it gives up."""

import random
import re
import threading
from typing import cast

import pytest

from chatcore.errors import ChatError, ConfigError
from chatcore.protocol.goodbye import Ending
from chatcore.protocol.message import Message
from chatcore.terminal.connecting import comeback
from chatcore.terminal.connecting.awake import Awake
from chatcore.terminal.connecting.comeback import Comeback
from chatcore.terminal.connecting.elsewhere import Place
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.connecting.ticket import Ticket
from chatcore.terminal.connecting.turned_away import Ended
from chatcore.terminal.connecting.wire import _not_encrypted
from chatcore.terminal.screen.render import render_plain
from chatcore.terminal.session.effects import Item
from tests.support.scripted import DEADLINE_S
from tests.support.sleeping import Clocks


class Told:
    """Records what a comeback reports."""

    def __init__(self) -> None:
        self.absences: list[str] = []
        self.shown: list[str] = []
        self.has_ended = threading.Event()

    def tell_absence(self, text: str) -> None:
        self.absences.append(text)

    def remark(self, item: Item) -> None:
        self.shown.append(render_plain(item))

    def come_back(self, handshake: Handshake, welcome: Message, place: Place | None) -> None:
        raise AssertionError

    def stay_away(self, reason: str, *, is_over: bool) -> None:
        self.shown.append(reason)
        self.has_ended.set()

    def fail(self, fault: Exception) -> None:
        self.shown.append(repr(fault))
        self.has_ended.set()


class Refusing:
    """A login that fails, the last time for good."""

    def __init__(self, *errors: ChatError) -> None:
        self.errors = [*errors, Ended("banned", "Closing link: Banned")]

    def come_back(self, _ticket: Ticket, _watch: object, _place: object) -> None:
        raise self.errors.pop(0)


@pytest.mark.parametrize(
    ("said", "is_tried_on"),
    [
        ("ERROR :Closing link: Too many are connecting, try again in a moment", True),
        ("ERROR :Closing link: You are banned from this tracker", False),
        ("HTTP/1.1 302 Found", True),
    ],
)
def test_only_a_ban_at_the_door_stops_the_retries(said: str, is_tried_on: bool) -> None:
    error = _not_encrypted(said.encode() + b"\r\n", "")
    told = Told()
    trying = Comeback(cast(Login, Refusing(error)), Ticket("ann", "", None), told)
    assert trying._can_go_on(error)
    assert (trying._obstacle is None) is is_tried_on


def test_a_lasting_reason_is_shown_once() -> None:
    told = Told()
    trying = Comeback(cast(Login, None), Ticket("ann", "", None), told)
    for _ in range(comeback.UNTOLD_FAILURES + 3):
        assert trying._can_go_on(ConfigError("no route to host"))
    assert trying._can_go_on(ConfigError("connection refused"))
    assert told.shown == ["error: no route to host", "error: connection refused"]
    for number in range(100):
        assert trying._can_go_on(ConfigError(f"reason {number}"))
    assert len(told.shown) == comeback.MOST_TOLD_REASONS


def test_pauses_grow_to_half_a_minute_and_restart_after_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test does not wait: each pause ends the moment it is shown."""
    clocks, pauses = Clocks(), []

    def wait(trying: Comeback, within_s: float) -> comeback._Turn:
        if within_s == 1.0:
            pauses.append(trying._chat.absences[-1])  # type: ignore[attr-defined]
        if len(pauses) == 9:
            clocks.sleep(7200)
            return comeback._Turn.FRESH if trying._awake.tick() else comeback._Turn.NEXT
        clocks.go(60)
        trying._awake.tick(60)
        return comeback._Turn.NEXT

    monkeypatch.setattr(comeback, "Awake", lambda: Awake(*clocks.both))
    monkeypatch.setattr(comeback, "monotonic", lambda: clocks.monotonic)
    monkeypatch.setattr(random, "uniform", lambda _low, high: high)
    monkeypatch.setattr(Comeback, "_wait", wait)
    told = Told()
    trying = Comeback(cast(Login, Refusing(*[ConfigError("refused")] * 11)), Ticket("ann", "", None), told)
    trying.start()
    assert told.has_ended.wait(DEADLINE_S)
    trying.stop()
    seconds = [int(re.sub(r"\D", "", text)) for text in pauses]
    assert seconds == [2, 3, 5, 10, 20, 30, 30, 30, 30, 3, 5, 10]
    assert told.shown[-1] == "banned"


def test_sleep_does_not_count_as_waiting_for_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks()
    awake = Awake(*clocks.both)
    monkeypatch.setattr(comeback, "Awake", lambda: awake)
    told = Told()
    trying = Comeback(cast(Login, Refusing()), Ticket("ann", "", None), told, ending=Ending.RUN)
    clocks.sleep(7200)
    trying.start()
    assert told.has_ended.wait(DEADLINE_S)
    trying.stop()
    assert told.shown == ["banned"]
    assert told.absences[-1] == "back soon; connecting..."
