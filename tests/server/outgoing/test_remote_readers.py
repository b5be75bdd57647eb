"""Readers connected to another tracker: they affect what others see, and get nothing here."""

from __future__ import annotations

from typing import Any

import pytest

from chatcore.protocol.capabilities import BATCH, ECHO_MESSAGE, EVENT_PLAYBACK, LABELED_RESPONSE, METADATA_AWARE
from chatcore.server.outgoing.fanout import Fanout
from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.membership import Reader
from chatcore.server.outgoing.memory_history import MemoryHistories
from chatcore.server.outgoing.view import View
from chatcore.state import facts, requests
from chatcore.state.history import HistoryQuery
from chatcore.transport.connection import Connection
from chatcore.transport.remote import RemoteConnection
from tests.server.rendered import Rendered, Told
from tests.support.readers import connected, no_connection, reader, take
from tests.support.rerun import Rerun

_ALL = BATCH | ECHO_MESSAGE | EVENT_PLAYBACK | LABELED_RESPONSE | METADATA_AWARE


def _by_parity(client: int) -> Connection:
    """Return the connection of a client; those with odd ids are another tracker's."""
    return RemoteConnection() if client % 2 else no_connection()


@pytest.mark.parametrize("seed", [1, 2])
def test_local_readers_see_the_same(seed: int) -> None:
    rerun = Rerun(seed)
    for _ in range(4000):
        rerun.step()
    stream = rerun._stage.stream
    alone, shared = Told(Rendered()), Told(Rendered(connection_of=_by_parity))
    lines = 0
    for number, (events, label) in enumerate(zip(stream.appended, stream.labels, strict=True), 1):
        for each in (alone, shared):
            each.rendered.apply(*events, label=label)
        if number % 3 == 0 or number == len(stream.appended):  # so that lines are also joined
            expected = {client: lines for client, lines in alone.read_all().items() if not client % 2}
            lines += sum(map(len, expected.values()))
            assert shared.read_all() == expected
    assert lines > 1000
    assert shared.rendered.records == alone.rendered.records
    assert not shared.rendered.host.told, "an event could not be applied"


def test_room_lines_skip_remote_readers() -> None:
    view, fanout = View(MemoryHistories(0)), Fanout()
    here, elsewhere = reader(2), Reader(connected(1), RemoteConnection())
    view.enter(elsewhere, "#a", "o")
    room = view.enter(here, "#a", "")
    fanout.to_room(room, Line(":x PRIVMSG #a :hi", 1.0), None)
    fanout.to_room(room, Line(":x PRIVMSG #a :so", 1.0), elsewhere)
    fanout.to_one(elsewhere, Line(":x PRIVMSG y :hi", 1.0))
    fanout.give_bytes(elsewhere, b"data")
    assert fanout.collect() == [here]
    assert take(here) == b":x PRIVMSG #a :hi\r\n:x PRIVMSG #a :so\r\n"
    assert not elsewhere.parts


def _with_two_readers(*, is_remote: bool) -> Rendered:
    rendered = Rendered(connection_of=lambda client: RemoteConnection() if is_remote else no_connection())
    rendered.enter(1, "ann", capabilities=_ALL)
    rendered.enter(2, "bob", "#a", capabilities=_ALL)
    return rendered


_EVENTS_FOR_ANN: list[Any] = [
    facts.Joined(1, "#a", ""),
    requests.Replied(1, (("NOTICE", "ann", "hi"),)),
    requests.RepliedInBatch(1, ("labels",), (("NOTICE", "ann", "hi"),)),
    requests.Pinged(1),
    requests.HistoryRequested(1, "#a", HistoryQuery("LATEST", 50)),
    requests.MonitorChanged(1, added=("bob",), removed=()),
    facts.Announced("hi"),
]


@pytest.mark.parametrize("event", _EVENTS_FOR_ANN, ids=lambda event: type(event).__name__)
def test_lines_for_remote_readers_alone_are_not_made(monkeypatch: pytest.MonkeyPatch, event: Any) -> None:
    """Only the two forms of a JOIN are made: history keeps one of them."""
    elsewhere, here = _with_two_readers(is_remote=True), _with_two_readers(is_remote=False)
    made: list[str] = []
    before: Any = Line.__init__

    def note(line: Line, text: str, *args: object) -> None:
        made.append(text)
        before(line, text, *args)

    monkeypatch.setattr(Line, "__init__", note)
    elsewhere.apply(event)
    assert len(made) == (2 if isinstance(event, facts.Joined) else 0)
    made.clear()
    here.apply(event)
    assert len(made) >= 1
