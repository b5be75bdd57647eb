"""Events: each class belongs to exactly one kind, and declares which fields name clients."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any, NamedTuple, get_args, get_type_hints

import pytest

from chatcore.protocol.modes import ModeChange
from chatcore.state import facts, notes, requests
from chatcore.state.client_id import TRACKER, ClientId
from chatcore.state.events import Event, clients_of
from chatcore.state.facts import Fact
from chatcore.state.notes import Noted, NoteKind
from chatcore.state.requests import Request

_PLAIN_NUMBERS = {
    "after_ms",
    "before_ms",
    "capabilities",
    "created_at",
    "id",
    "instance",
    "limit",
    "message",
    "number",
    "said_ms",
    "set_at",
    "time_ms",
    "up_to",
}


def _classes_in(module: ModuleType) -> set[type[Any]]:
    found = (kind for _, kind in inspect.getmembers(module, inspect.isclass) if kind.__module__ == module.__name__)
    return {kind for kind in found if issubclass(kind, tuple)}


def _unmarked(kind: type[Any]) -> list[str]:
    """List the fields of an event that may hold a client's id but are not annotated as one."""
    hints = get_type_hints(kind, include_extras=True)
    numbers = {name for name, hint in hints.items() if hint is int or (hint != ClientId and int in get_args(hint))}
    return sorted(numbers - _PLAIN_NUMBERS)


@pytest.mark.parametrize(
    ("module", "union"), [(facts, set(get_args(Fact))), (requests, set(get_args(Request))), (notes, {Noted})]
)
def test_each_class_of_a_file_is_in_its_union(module: ModuleType, union: set[type[Any]]) -> None:
    assert _classes_in(module) == union


def test_every_event_is_of_one_kind() -> None:
    kinds = [*get_args(Fact), *get_args(Request), Noted]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) == set(get_args(Event))


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_every_field_for_a_client_is_annotated(kind: type[Any]) -> None:
    assert _unmarked(kind) == []


def test_an_unannotated_field_is_found() -> None:
    class Pushed(NamedTuple):
        client: ClientId
        target: int
        others: tuple[ClientId, ...]
        more: tuple[int, ...]

    assert _unmarked(Pushed) == ["more", "target"]


@pytest.mark.parametrize(
    ("event", "clients"),
    [
        (facts.Joined(7, "#room", "o"), {7}),
        (facts.Kicked(7, "#room", 8, "rude"), {7, 8}),
        (facts.Kicked(TRACKER, "#room", 8, "rude"), {8}),
        (facts.SaidPrivately(7, 7, "PRIVMSG", "note to self"), {7}),
        (facts.ModesChanged(7, "#room", (ModeChange(True, "v", "bob"),), (8, 9)), {7, 8, 9}),
        (facts.TopicChanged(7, "#room", "tea", "ann", 99), {7}),
        (facts.Announced("7"), set()),
        (requests.HistoryTargetsRequested(7, 1, 2, 3), {7}),
        (Noted(NoteKind.BAN, ("7",)), set()),
    ],
)
def test_clients_of(event: Event, clients: set[int]) -> None:
    assert clients_of(event) == clients
