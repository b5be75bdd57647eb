"""An event that cannot be applied, in a whole tracker: the clients concerned are disconnected, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatcore.server.outgoing.host import FAULT
from chatcore.server.outgoing.renderer import APPLIERS
from chatcore.state import facts, requests
from chatcore.state.erasure import Erasure
from chatcore.state.history import RoomPlace
from chatcore.state.notes import Noted
from tests.support.agreement import disagreements
from tests.support.dormant import dormant
from tests.support.every_event import KINDS, left_out
from tests.support.irc import IrcClient, commands, only
from tests.support.sasl_client import plain
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker


class _Scene:
    """Ann, its founder, and bob are in #room, carol and dave in #other."""

    def __init__(self, hosted: Hosted) -> None:
        self.hosted = hosted
        self.ann, self.bob = (hosted.client(nick, "#room", caps="sasl batch") for nick in ("ann", "bob"))
        self.carol, self.dave = (hosted.client(nick, "#other") for nick in ("carol", "dave"))
        self.bob.command("MONITOR + zoe")
        for client in (self.ann, self.carol):
            client.sync()

    def id_of(self, nick: str) -> int:
        return self.hosted.visit_of(nick).client.id

    def publish(self, *events: Any) -> None:
        self.hosted.tracker.publish(*events)


def _register_eve(scene: _Scene) -> None:
    scene.hosted.connect().send("NICK eve", "USER eve 0 * :Eve")


def _quit_as_bob(scene: _Scene) -> None:
    scene.bob.send("QUIT :bye")
    scene.bob.receive_rest()
    scene.bob.close()


def _sent_by(nick: str, *lines: str) -> Callable[[_Scene], None]:
    return lambda scene: getattr(scene, nick).send(*lines)


_CAUSES: list[tuple[type[Any], Callable[[_Scene], None], set[str]]] = [
    (facts.Connected, _register_eve, {"eve"}),
    (facts.Said, _sent_by("ann", "PRIVMSG #room :hi"), {"ann"}),
    (facts.SaidToStatus, _sent_by("ann", "PRIVMSG @#room :hi"), {"ann"}),
    (facts.SaidPrivately, _sent_by("ann", "PRIVMSG bob :hi"), {"ann", "bob"}),
    (
        facts.SaidToAbsent,
        lambda scene: scene.publish(facts.SaidToAbsent(scene.id_of("ann"), "zoe", "id", "PRIVMSG", "hi")),
        {"ann"},
    ),
    (
        facts.Redacted,
        lambda scene: scene.publish(facts.Redacted(scene.id_of("ann"), "#room", 7, "bob", 1, "")),
        {"ann"},
    ),
    (
        facts.RedactedPrivately,
        lambda scene: scene.publish(facts.RedactedPrivately(scene.id_of("ann"), "visit 1.2", "bob", 7, 1, "")),
        {"ann"},
    ),
    (facts.Joined, _sent_by("bob", "JOIN #new"), {"bob"}),
    (facts.Joined, _sent_by("bob", "JOIN #other"), {"bob"}),
    (facts.RoomRestored, _sent_by("bob", "JOIN #old"), {"bob"}),
    (facts.RoomForgotten, lambda scene: scene.publish(facts.RoomForgotten("#old", 9)), set()),
    (facts.RoomRenamed, _sent_by("ann", "RENAME #room #tea"), {"ann", "bob"}),
    (facts.Parted, _sent_by("bob", "PART #room"), {"bob"}),
    (facts.Kicked, _sent_by("ann", "KICK #room bob"), {"ann", "bob"}),
    (facts.Renamed, _sent_by("bob", "NICK bert"), {"bob", "bert"}),
    (facts.Quit, _quit_as_bob, {"bob"}),
    (facts.TopicChanged, _sent_by("ann", "TOPIC #room :tea"), {"ann", "bob"}),
    (facts.ModesChanged, _sent_by("ann", "MODE #room +s"), {"ann", "bob"}),
    (
        facts.Invited,
        _sent_by("ann", "INVITE bob #elsewhere", "JOIN #elsewhere", "INVITE bob #elsewhere"),
        {"ann", "bob"},
    ),
    (facts.AwayChanged, _sent_by("bob", "AWAY :tea"), {"bob"}),
    (facts.AccountChanged, _sent_by("bob", *plain("bob", "pw")), {"bob"}),
    (facts.RealnameChanged, _sent_by("bob", "SETNAME :Bob B."), {"bob"}),
    (facts.MetadataChanged, _sent_by("ann", "METADATA #room SET url x"), {"ann", "bob"}),
    (facts.MetadataChanged, _sent_by("bob", "METADATA * SET url x"), {"bob"}),
    (facts.Wallops, lambda scene: scene.publish(facts.Wallops(scene.id_of("ann"), "hear")), {"ann"}),
    (facts.Announced, lambda scene: scene.publish(facts.Announced("hear")), set()),
    (facts.ClockStepped, lambda scene: scene.publish(facts.ClockStepped(5.0, 4.0)), set()),
    (facts.HistoryErased, lambda scene: scene.publish(facts.HistoryErased(1, Erasure("zoe"))), set()),
    (requests.Replied, lambda scene: scene.publish(requests.Replied(scene.id_of("bob"), (("PONG", "x"),))), {"bob"}),
    (requests.RepliedInBatch, _sent_by("bob", "METADATA * LIST"), {"bob"}),
    (requests.SubscriptionsChanged, _sent_by("bob", "CAP REQ :batch draft/metadata-3", "METADATA * SUB url"), {"bob"}),
    (requests.MetadataRequested, _sent_by("bob", "CAP REQ :batch draft/metadata-3", "METADATA #room SYNC"), {"bob"}),
    (requests.Pinged, lambda scene: scene.hosted.visit_of("bob").ping(), {"bob"}),
    (requests.CapabilitiesChanged, _sent_by("bob", "CAP REQ :echo-message"), {"bob"}),
    (requests.UserModesChanged, _sent_by("bob", "MODE bob +i"), {"bob"}),
    (requests.MonitorChanged, _sent_by("bob", "MONITOR + ann"), {"bob"}),
    (requests.MonitorRequested, _sent_by("bob", "MONITOR S"), {"bob"}),
    (requests.NamesRequested, _sent_by("bob", "NAMES #room"), {"bob"}),
    (requests.HistoryRequested, _sent_by("bob", "CHATHISTORY LATEST #room * 5"), {"bob"}),
    (
        requests.HistoryTargetsRequested,
        _sent_by("bob", "CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00Z timestamp=2030-01-01T00:00:00Z 5"),
        {"bob"},
    ),
    (
        requests.SearchRequested,
        lambda scene: scene.publish(requests.SearchRequested(scene.id_of("bob"), ())),
        {"bob"},
    ),
    (
        requests.UtteranceSought,
        lambda scene: scene.publish(requests.UtteranceSought(scene.id_of("bob"), 1, RoomPlace("#room", 1), 7)),
        {"bob"},
    ),
    (requests.MarkerRequested, _sent_by("bob", "MARKREAD #room"), {"bob"}),
    (requests.WaitingRequested, _sent_by("bob", *plain("bob", "pw")), {"bob"}),
    (
        requests.TrackersRequested,
        lambda scene: scene.publish(requests.TrackersRequested(scene.id_of("bob"))),
        {"bob"},
    ),
    (requests.TrackersChanged, lambda scene: scene.publish(requests.TrackersChanged(())), set()),
    (requests.RoomLaidDown, lambda scene: scene.publish(requests.RoomLaidDown("#room")), set()),
    (requests.VisitForgotten, lambda scene: scene.publish(requests.VisitForgotten("1.1")), set()),
    (requests.Closed, _quit_as_bob, {"bob"}),
]


def _plant(monkeypatch: pytest.MonkeyPatch, kind: type[Any]) -> None:
    """Make the next event of this kind fail, and none after it."""
    applier = APPLIERS[kind]

    def fail(ctx: Any, event: Any) -> None:
        monkeypatch.setitem(APPLIERS, kind, applier)
        raise ValueError("planted")

    monkeypatch.setitem(APPLIERS, kind, fail)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[_Scene]:
    with hosted_tracker(tmp_path) as hosted:
        scene = _Scene(hosted)
        hosted.tracker.keys.accounts.add("bob", "pw")
        hosted.tracker.registry.lay_down([dormant("#old")])
        yield scene


def _wait_for_the_fault(hosted: Hosted) -> str:
    """Return the one notice to the operator."""
    notices = hosted.tracker.notices
    wait_until(lambda: any("could not be passed on" in text for text in notices))
    (told,) = [text for text in notices if "could not be passed on" in text]
    return told


@pytest.mark.parametrize(("kind", "cause", "leaving"), _CAUSES, ids=[cause[0].__name__ for cause in _CAUSES])
def test_registry_and_view_agree_after_a_failed_event(
    scene: _Scene,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[Any],
    cause: Callable[[_Scene], None],
    leaving: set[str],
) -> None:
    hosted = scene.hosted
    _plant(monkeypatch, kind)
    cause(scene)
    assert kind.__name__ in _wait_for_the_fault(hosted)
    staying = {"ann", "bob", "carol", "dave"} - leaving
    wait_until(lambda: {client.nick for client in hosted.tracker.registry.clients()} == staying)
    for nick in leaving & {"ann", "bob"}:
        client: IrcClient = getattr(scene, nick)
        if kind not in (facts.Quit, requests.Closed):
            assert [error.params for error in only(client.receive_rest(), "ERROR")] == [(f"Closing link: {FAULT}",)]
    hosted.log_text()
    assert disagreements(hosted.tracker) == []
    scene.carol.command("PRIVMSG #other :on we go")
    assert scene.dave.receive_until("PRIVMSG").params == ("#other", "on we go")
    eve, zoe = (hosted.client(nick, "#room") for nick in ("evelyn", "zoe"))
    eve.command("TOPIC #room :tea", "PRIVMSG #room :hi")
    seen = commands(zoe.sync())
    assert ("TOPIC" in seen) == ("ann" in leaving and "bob" in leaving), "evelyn is an operator only if the room is new"
    assert "PRIVMSG" in seen
    hosted.log_text()
    assert disagreements(hosted.tracker) == []


def test_a_failed_goodbye_still_ends_the_tracker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hosted_tracker(tmp_path) as hosted:
        ann = IrcClient(hosted.port)
        ann.register("ann")
        _plant(monkeypatch, facts.Stopped)
    with ann:
        assert [error.params for error in only(ann.receive_rest(), "ERROR")] == [("the tracker has left",)]
    assert _wait_for_the_fault(hosted) == "A fault in this program: Stopped could not be passed on"


def test_every_event_is_covered() -> None:
    assert left_out((kind for kind, _, _ in _CAUSES), set(KINDS) - {Noted, facts.Stopped}) == []
