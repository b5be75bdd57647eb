"""Each event is handled in the log, in the view and while the log cannot be written, or is exempt."""

from __future__ import annotations

from typing import Any, NamedTuple, get_args

import pytest

from chatcore.server.audit.grammar import NEVER_LOGGED, WRITERS, AuditFormat
from chatcore.server.outgoing.renderer import APPLIERS, NEVER_APPLIED, TOPICS
from chatcore.server.outgoing.repair import Move, RoomChange
from chatcore.state.facts import Change, Fact, Invited, Redacted, RoomForgotten, Speech
from chatcore.state.requests import Request
from chatcore.state.stream import Entry
from tests.support.every_event import KINDS

_CHANGES_NO_ROOM = (*get_args(Speech), Invited, Redacted, RoomForgotten)


class _Pushed(NamedTuple):
    """A made-up event that nothing handles."""

    client: int
    channel: str


def _is_logged(kind: type[Any]) -> list[bool]:
    return [kind in WRITERS, kind not in NEVER_LOGGED]


def _is_applied(kind: type[Any]) -> list[bool]:
    return [kind in APPLIERS, kind not in NEVER_APPLIED]


def _gaps_of_fact(kind: type[Any]) -> list[str]:
    gaps = []
    if not all(_is_logged(kind)):
        gaps.append("no line in the log")
    if not all(_is_applied(kind)):
        gaps.append("nothing applies it")
    if (kind in get_args(Speech)) == (kind in get_args(Change)):
        gaps.append("nothing says whether it waits while the log cannot be written")
    if "channel" in kind._fields and kind not in (*get_args(Move), *get_args(RoomChange), *_CHANGES_NO_ROOM):
        gaps.append("nothing says how a fault in it is repaired")
    return gaps


def _gaps_of_request(kind: type[Any]) -> list[str]:
    gaps = ["it would be logged"] if any(_is_logged(kind)) else []
    return gaps if all(_is_applied(kind)) else [*gaps, "nothing applies it"]


def _gaps_of_note(kind: type[Any]) -> list[str]:
    gaps = ["something applies it"] if any(_is_applied(kind)) else []
    return gaps if all(_is_logged(kind)) else [*gaps, "no line in the log"]


def _gaps(kind: type[Any]) -> list[str]:
    if kind in get_args(Fact):
        return _gaps_of_fact(kind)
    return _gaps_of_request(kind) if kind in get_args(Request) else _gaps_of_note(kind)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_event_is_handled_in_all_places(kind: type[Any]) -> None:
    assert _gaps(kind) == []


def test_an_unhandled_fact_is_found() -> None:
    assert _gaps_of_fact(_Pushed) == [
        "no line in the log",
        "nothing applies it",
        "nothing says whether it waits while the log cannot be written",
        "nothing says how a fault in it is repaired",
    ]


def test_an_unhandled_request_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WRITERS, _Pushed, lambda log, event: "pushed")
    assert _gaps_of_request(_Pushed) == ["it would be logged", "nothing applies it"]


def test_an_unhandled_note_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(APPLIERS, _Pushed, lambda ctx, event: None)
    assert _gaps_of_note(_Pushed) == ["something applies it", "no line in the log"]


def test_no_event_has_two_appliers() -> None:
    assert sum(len(topic.APPLIERS) for topic in TOPICS) == len(APPLIERS)


def test_no_handler_is_for_an_unknown_event() -> None:
    assert WRITERS.keys() | APPLIERS.keys() == set(KINDS)


def test_logging_an_unhandled_event_is_an_error() -> None:
    event: Any = _Pushed(1, "#room")
    with pytest.raises(LookupError, match="_Pushed"):
        AuditFormat(log_private=True).format(Entry(1, 0.0, (event,)))
