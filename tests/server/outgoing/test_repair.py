"""Events that cannot be applied, wherever they fail: the view is repaired, and the clients concerned must leave."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest

from chatcore.protocol.capabilities import BATCH, ECHO_MESSAGE, LABELED_RESPONSE
from chatcore.protocol.message import Message, parse_source
from chatcore.protocol.modes import ModeChange
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.server.archive.journal.records import FactRecord, parse_record
from chatcore.server.outgoing import renderer, repair
from chatcore.server.outgoing.dialogs import Dialogs
from chatcore.server.outgoing.fanout import Fanout
from chatcore.server.outgoing.host import FAULT
from chatcore.server.outgoing.membership import Reader
from chatcore.server.outgoing.rendering.context import RenderContext
from chatcore.server.outgoing.repair import end_visits
from chatcore.server.outgoing.room_book import RoomBook
from chatcore.server.outgoing.view import View
from chatcore.server.outgoing.waiting import Waiting
from chatcore.state import facts, requests
from chatcore.state.client_id import TRACKER, ClientId
from chatcore.state.erasure import Erasure
from chatcore.state.events import Event, clients_of
from chatcore.state.history import HistoryQuery, Recorded, RoomPlace
from chatcore.state.notes import Noted
from chatcore.state.stream import Label
from tests.server.rendered import Rendered
from tests.support.contradictions import contradictions
from tests.support.every_event import KINDS, left_out
from tests.support.readers import FakeHost, connected

_ANN, _BOB, _CAROL, _DAVE, _EVE, _GONE = 1, 2, 3, 4, 5, 6
_EVENTS: tuple[Event, ...] = (
    connected(_EVE, "eve"),
    facts.Said(_ANN, "#a", "PRIVMSG", "hi"),
    facts.SaidToStatus(_ANN, "#a", "@", "PRIVMSG", "hi"),
    facts.SaidPrivately(_ANN, _BOB, "PRIVMSG", "hi"),
    facts.SaidToAbsent(_ANN, "Zoe", "id of zoe", "PRIVMSG", "hi"),
    facts.Redacted(_ANN, "#a", 1 << 16, "ann", 1, "oops"),
    facts.RedactedPrivately(_ANN, "visit 2", "bob", 1 << 16, 1, ""),
    facts.Joined(_BOB, "#b", ""),
    facts.Joined(_DAVE, "#new", "o"),
    facts.RoomRestored("#old", 9, (ModeChange(True, "s"),), None),
    facts.RoomForgotten("#old", 9),
    facts.RoomRenamed(_ANN, "#a", "#A", "louder"),
    facts.RoomRenamed(_ANN, "#b", "#new", "another"),
    facts.Parted(_BOB, "#a", "bye"),
    facts.Parted(_CAROL, "#c", "bye"),
    facts.Kicked(_ANN, "#a", _BOB, "out"),
    facts.Renamed(_BOB, "bert"),
    facts.Quit(_BOB, "bye", False),
    facts.Quit(_DAVE, "bye", True),
    facts.TopicChanged(_ANN, "#a", "tea", "ann!user@192.0.2.1", 1),
    facts.ModesChanged(_ANN, "#a", (ModeChange(True, "v", "bob"), ModeChange(True, "s")), (_BOB,)),
    facts.ModesChanged(TRACKER, "#a", (ModeChange(True, "v", "bob"),), (_BOB,)),
    facts.Invited(_ANN, _DAVE, "#a"),
    facts.AwayChanged(_BOB, "tea"),
    facts.AccountChanged(_BOB, "bob", "id of bob"),
    facts.RealnameChanged(_BOB, "Bob B."),
    facts.MetadataChanged(_ANN, "#a", "url", "x"),
    facts.MetadataChanged(_BOB, "", "url", "x"),
    facts.Wallops(_ANN, "listen"),
    facts.Announced("hello"),
    facts.ClockStepped(5.0, 4.0),
    facts.HistoryErased(1, Erasure("eve")),
    facts.Stopped("over"),
    requests.Replied(_BOB, (("PONG", "x"),)),
    requests.RepliedInBatch(_BOB, ("metadata", "bob"), (("766", "bob", "url", "Key not set"),)),
    requests.Pinged(_BOB),
    requests.CapabilitiesChanged(_BOB, ECHO_MESSAGE),
    requests.UserModesChanged(_BOB, (ModeChange(True, "i"),)),
    requests.MonitorChanged(_BOB, ("ann", "zoe"), ()),
    requests.MonitorChanged(_CAROL, (), ("bob",)),
    requests.MonitorRequested(_BOB, ("ann",)),
    requests.SubscriptionsChanged(_BOB, ("url",)),
    requests.MetadataRequested(_BOB, "#a"),
    requests.NamesRequested(_BOB, "#a", ("#a",)),
    requests.HistoryRequested(_BOB, "#a", HistoryQuery("LATEST", 5)),
    requests.HistoryTargetsRequested(_BOB, 0, 9, 5),
    requests.SearchRequested(_BOB, (Recorded(1, 1, 1, "ann!a@h", None, "", "PRIVMSG #a :tea"),)),
    requests.UtteranceSought(_BOB, 1, RoomPlace("#a", 1), 1 << 16),
    requests.WaitingRequested(_DAVE),
    requests.MarkerRequested(_BOB, "#a", 1),
    requests.VisitForgotten("9.1"),
    requests.RoomLaidDown("#a"),
    requests.TrackersRequested(_BOB),
    requests.TrackersChanged((TrackerAddress(("b.example:1",)),)),
    requests.Closed(_GONE),
)
_ROOM_CHANGES = (facts.TopicChanged, facts.ModesChanged, facts.MetadataChanged, facts.RoomRenamed)
_FOLLOWED_BY: dict[type[Any], Event] = {facts.RoomRestored: facts.Joined(_DAVE, "#old", "o", 9)}
_WITHOUT_CALLS = (facts.ClockStepped, facts.HistoryErased, requests.SubscriptionsChanged, requests.Closed)
_PLANTED: tuple[type[Any], ...] = (View, Fanout, RenderContext, Reader, RoomBook, Dialogs, Waiting, FakeHost)


class _Fault(Exception):
    """The planted fault."""


def _fail(*args: Any, **kwargs: Any) -> Any:
    raise _Fault


class _Countdown:
    """Raises once, before or after the n-th call of anything that the appliers use."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 0
        for kind in _PLANTED:
            for name, function in inspect.getmembers(kind, inspect.isfunction):
                if (
                    not name.startswith("__")
                    and name != "write"
                    and not isinstance(inspect.getattr_static(kind, name), staticmethod)
                ):
                    monkeypatch.setattr(kind, name, self._wrap(function))

    def _wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self._count()
            result = function(*args, **kwargs)
            self._count()
            return result

        return wrapped

    def _count(self) -> None:
        if self.left:
            self.left -= 1
            if not self.left:
                raise _Fault


@dataclass
class _Picture:
    """The members of rooms, as one client has seen them."""

    rooms: dict[str, set[str]] = field(default_factory=dict)

    def read(self, own_nick: str, messages: Iterable[Message]) -> None:
        for message in messages:
            nick, params = parse_source(message.source).nick if message.source else "", message.params
            if message.command == "353":
                self.rooms.setdefault(params[2], set()).update(name.lstrip("@+") for name in params[3].split())
            elif message.command == "JOIN":
                self.rooms.setdefault(params[0], set()).add(nick)
            elif message.command in ("PART", "KICK"):
                gone = params[1] if message.command == "KICK" else nick
                self.rooms.get(params[0], set()).discard(gone)
                if gone == own_nick:
                    self.rooms.pop(params[0], None)
            elif message.command == "QUIT":
                for members in self.rooms.values():
                    members.discard(nick)
            elif message.command == "NICK":
                for members in self.rooms.values():
                    if nick in members:
                        members.remove(nick)
                        members.add(params[0])


class _Scene:
    """Ann and bob are in #a, ann and carol in #b, carol alone in #c; dave is in no room. Carol watches bob.

    A message waits for dave.
    """

    def __init__(self) -> None:
        self.rendered = Rendered()
        self.pictures = {client: _Picture() for client in (_ANN, _BOB, _CAROL, _DAVE, _EVE, _GONE)}
        for client, nick in ((_ANN, "ann"), (_BOB, "bob"), (_CAROL, "carol"), (_DAVE, "dave")):
            self.rendered.apply(connected(client, nick))
        self.rendered.apply(facts.SaidToAbsent(_ANN, "Dave", "id of dave", "PRIVMSG", "hi"))
        self.rendered.apply(facts.AccountChanged(_DAVE, "Dave", "id of dave"))
        for client, room, letters in ((_ANN, "#a", "o"), (_BOB, "#a", ""), (_ANN, "#b", "o"), (_CAROL, "#b", "")):
            self.rendered.apply(facts.Joined(client, room, letters))
        self.rendered.apply(facts.Joined(_CAROL, "#c", "o"), requests.MonitorChanged(_CAROL, ("bob",), ()))
        self.rendered.apply(facts.Said(_BOB, "#a", "PRIVMSG", "before"))
        self.rendered.apply(connected(_GONE, "gone"), facts.Quit(_GONE, "gone", False))
        self.members = {"#a": {_ANN, _BOB}, "#b": {_ANN, _CAROL}, "#c": {_CAROL}}
        self.read()
        self.rendered.apply(facts.Said(_ANN, "#a", "PRIVMSG", "pending"))

    def read(self) -> dict[int, list[Message]]:
        got = self.rendered.read_all()
        for client, messages in got.items():
            reader = self.rendered.view.readers.get(client)
            self.pictures[client].read(reader.nick if reader else "", messages)
        return got

    def note(self, event: Event) -> None:
        """Update `members` as the registry did before the event was published."""
        if isinstance(event, facts.Joined):
            self.members.setdefault(event.channel, set()).add(event.client)
        elif isinstance(event, facts.Parted | facts.Kicked):
            self.members[event.channel].discard(event.target if isinstance(event, facts.Kicked) else event.client)
        elif isinstance(event, facts.RoomRenamed):
            self.members[event.name] = self.members.pop(event.channel)
        elif isinstance(event, facts.Quit):
            for members in self.members.values():
                members.discard(event.client)
        self.members = {room: members for room, members in self.members.items() if members}

    def members_in_view(self) -> dict[str, set[int]]:
        return {room.name: {member.id for member in room.members} for room in self.rendered.view.rooms.values()}

    def lost(self) -> set[int]:
        return {client for client, _ in self.rendered.host.lost}

    def end_lost_visits(self) -> None:
        """End lost visits as their threads would."""
        for client in sorted(self.lost()):
            reader = self.rendered.view.readers.get(client)
            if reader is not None and not reader.is_closing:
                self.apply(facts.Quit(client, FAULT, True))

    def apply(self, *events: Event) -> None:
        """Apply the events, with those that always share their entry."""
        events = tuple(
            found for event in events for found in (event, _FOLLOWED_BY.get(type(event))) if found is not None
        )
        for event in events:
            self.note(event)
        self.rendered.apply(*events)


def _expected_to_leave(scene: _Scene, event: Event) -> set[int]:
    if isinstance(event, facts.RoomRestored):
        return {_DAVE}
    room = event.name if isinstance(event, facts.RoomRenamed) else getattr(event, "channel", "")
    more = scene.members[room] if isinstance(event, _ROOM_CHANGES) and room else set()
    return clients_of(event) | more


def _check(scene: _Scene, event: Event) -> None:
    """Check the state after a fault, and after the clients concerned have left."""
    view = scene.rendered.view
    assert scene.lost() == _expected_to_leave(scene, event)
    assert len(scene.rendered.host.told) == 1
    if isinstance(event, facts.Stopped):
        assert scene.rendered.context.has_stopped
        return
    assert contradictions(view) == []
    assert scene.members_in_view() == scene.members
    scene.end_lost_visits()
    assert contradictions(view) == []
    assert scene.members_in_view() == scene.members
    scene.read()
    for client, reader in view.readers.items():
        if not reader.is_closing:
            expected = {room.name: {member.nick for member in room.members} for room in reader.rooms}
            assert scene.pictures[client].rooms == expected, reader.nick


@pytest.mark.parametrize("event", _EVENTS, ids=lambda event: type(event).__name__)
def test_the_view_is_repaired_if_an_applier_fails_at_once(monkeypatch: pytest.MonkeyPatch, event: Event) -> None:
    scene = _Scene()
    with monkeypatch.context() as patch:
        patch.setitem(renderer.APPLIERS, type(event), _fail)
        scene.apply(event)
    _check(scene, event)


@pytest.mark.parametrize("event", _EVENTS, ids=lambda event: type(event).__name__)
def test_the_view_is_repaired_if_an_applier_fails_half_way(monkeypatch: pytest.MonkeyPatch, event: Event) -> None:
    """Fail before and after every call that it makes."""
    countdown = _Countdown(monkeypatch)
    for calls in range(1, 200):
        scene = _Scene()
        countdown.left = calls
        scene.apply(event)
        is_over, countdown.left = bool(countdown.left), 0
        if is_over:
            assert scene.lost() == set()
            break
        _check(scene, event)
    else:
        pytest.fail("too many calls")
    assert calls > 1 or isinstance(event, _WITHOUT_CALLS)


def test_every_kind_of_event_is_tested_here() -> None:
    assert left_out(map(type, _EVENTS), set(KINDS) - {Noted}) == []


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> _Scene:
    """A scene in which a change of #a's topic could not be applied."""

    scene = _Scene()
    with monkeypatch.context() as patch:
        patch.setitem(renderer.APPLIERS, facts.TopicChanged, _fail)
        scene.apply(facts.TopicChanged(_ANN, "#a", "tea", "ann", 1))
    return scene


def test_joining_a_broken_room_ends_that_visit_too(broken: _Scene) -> None:
    """Its members have not left yet, so the registry's room lives on, with the topic that the view lacks."""
    broken.apply(facts.Joined(_DAVE, "#a", ""))
    assert broken.lost() == {_ANN, _BOB, _DAVE}
    broken.end_lost_visits()
    broken.apply(facts.Joined(_CAROL, "#a", "o"))
    assert broken.lost() == {_ANN, _BOB, _DAVE}, "carol founded a new room, so she need not leave"
    assert contradictions(broken.rendered.view) == []


def test_the_operator_learns_what_failed_and_who_was_disconnected(broken: _Scene) -> None:
    assert broken.rendered.host.told == [
        "A fault in this program: TopicChanged could not be passed on; disconnected: ann, bob"
    ]


def test_a_long_list_of_names_is_shortened_for_the_operator() -> None:
    rendered = Rendered()
    for client in range(1, 9):
        rendered.apply(connected(client))
    end_visits(rendered.context, "TopicChanged", range(1, 9))
    (told,) = rendered.host.told
    assert told.endswith("; disconnected: nick1, nick2, nick3, nick4, nick5 and 3 more")


def test_visits_end_even_if_the_repair_fails(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    scene = _Scene()
    with monkeypatch.context() as patch:
        patch.setattr(View, "enter", _fail)
        patch.setattr(repair, "_put", _fail)
        scene.apply(facts.Joined(_BOB, "#b", ""))
    assert scene.lost() == {_BOB}
    assert len(scene.rendered.host.told) == 1
    assert "what was left of Joined could not be repaired" in caplog.text
    scene.apply(facts.Said(_ANN, "#b", "PRIVMSG", "on we go"))
    assert scene.read()[_CAROL][-1].params == ("#b", "on we go")


@pytest.mark.parametrize(("kind", "name"), [(RenderContext, "tell"), (RenderContext, "line"), (Fanout, "settle")])
def test_the_view_is_repaired_even_if_nothing_can_be_sent(
    monkeypatch: pytest.MonkeyPatch, kind: type[Any], name: str
) -> None:
    scene = _Scene()
    with monkeypatch.context() as patch:
        patch.setattr(kind, name, _fail)
        scene.apply(facts.Quit(_BOB, "bye", False))
    assert contradictions(scene.rendered.view) == []
    assert scene.members_in_view() == scene.members
    assert scene.rendered.host.left[-1] == ("bob", False)


def test_an_event_without_an_applier_is_a_fault_too() -> None:
    class Pushed(NamedTuple):
        client: ClientId

    event: Any = Pushed(_BOB)
    scene = _Scene()
    scene.rendered.apply(event)
    assert scene.lost() == {_BOB}
    assert scene.rendered.host.told == ["A fault in this program: Pushed could not be passed on; disconnected: bob"]


def test_a_failed_urgent_answer_ends_only_that_visit(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = _Scene()
    bob = scene.rendered.reader(_BOB)
    with monkeypatch.context() as patch:
        patch.setattr(RenderContext, "reply_line", _fail)
        assert scene.rendered.renderer.encode(bob, (("351", "x"),), None) == b""
    assert scene.lost() == {_BOB}
    assert scene.rendered.host.told == ["A fault in this program: an answer could not be passed on; disconnected: bob"]
    assert scene.rendered.renderer.encode(bob, (("351", "x"),), None) != b""


def test_a_failed_labeled_answer_ends_only_that_visit(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = _Scene()
    scene.apply(requests.CapabilitiesChanged(_BOB, LABELED_RESPONSE | BATCH | ECHO_MESSAGE))
    with monkeypatch.context() as patch:
        patch.setattr(renderer, "labeled_bytes", _fail)
        scene.rendered.apply(facts.SaidPrivately(_BOB, _BOB, "PRIVMSG", "to myself"), label=Label(_BOB, "L"))
    assert scene.lost() == {_BOB}
    scene.rendered.apply(facts.SaidPrivately(_ANN, _BOB, "PRIVMSG", "hi"), label=Label(_BOB, "M"))
    assert [m.params[-1] for m in scene.read()[_BOB] if m.command == "PRIVMSG"] == ["pending", "hi"]


_ENDED = ["ended", 7]


@pytest.mark.parametrize(
    ("event", "is_over"),
    [
        (facts.ModesChanged(_ANN, "#x", (ModeChange(True, "i"),)), True),
        (facts.TopicChanged(_ANN, "#x", "tea", "ann", 1), True),
        (facts.RoomRestored("#old", 7, (ModeChange(True, "i"),), None), True),
        (facts.RoomRenamed(_ANN, "#x", "#new", ""), True),
        (facts.Joined(_BOB, "#x", ""), False),
        (facts.Parted(_CAROL, "#x", ""), False),
        (facts.Quit(_ANN, "bye", False), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_room_whose_state_is_uncertain_does_not_survive_a_restart(
    monkeypatch: pytest.MonkeyPatch, event: Event, is_over: bool
) -> None:
    """If a change of modes is lost, people might be let in wrongly after a kill -9."""
    rendered = Rendered()
    for client in (_ANN, _BOB, _CAROL):
        rendered.apply(connected(client)._replace(account="x", account_id=f"id{client}"))
    rendered.apply(facts.Joined(_ANN, "#x", "o", 7), facts.Joined(_CAROL, "#x", "", 7))
    rendered.records.clear()
    with monkeypatch.context() as patch:
        patch.setitem(renderer.APPLIERS, type(event), _fail)
        rendered.apply(event)
    (record,) = (parse_record(line.decode().rstrip("\n")) for line in rendered.records)
    assert isinstance(record, FactRecord)
    assert (_ENDED in record.data["changes"]) == is_over
    if not is_over:
        (client,) = clients_of(event)
        letters = "" if isinstance(event, facts.Joined) else None
        assert record.data["changes"] == [["account", 7, f"id{client}", letters]]
