"""The connection is lost: the client reconnects by itself, or says why not."""

import random
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from chatcore.errors import ChatError, ConfigError
from chatcore.prompting.interruption import Terminated
from chatcore.protocol.goodbye import Ending
from chatcore.protocol.message import Message, parse
from chatcore.terminal.arguments import Options
from chatcore.terminal.chat import NOT_SENT, Chat
from chatcore.terminal.connecting import comeback
from chatcore.terminal.connecting.awake import Awake
from chatcore.terminal.connecting.comeback import Comeback
from chatcore.terminal.connecting.elsewhere import Place
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.connecting.ticket import Ticket
from chatcore.terminal.connecting.turned_away import CERTIFICATE_CHANGED, NOT_ACCEPTED, Ended
from chatcore.terminal.connecting.wire import _not_encrypted
from chatcore.terminal.link import HOW_TO_COME_BACK
from chatcore.terminal.local import Local
from chatcore.terminal.outcome import Outcome
from chatcore.terminal.screen.render import render_plain
from chatcore.terminal.session.effects import Item
from chatcore.terminal.session.postponed import MOST_WAITING_CHARS
from chatcore.terminal.session.returning import NEW, RESUMED
from chatcore.terminal.session.session import Session
from tests.support.cable import cable_to
from tests.support.scripted import DEADLINE_S, Peer, ScriptedTracker, identity, scripted_tracker
from tests.support.seen import SeenScreen
from tests.support.sleeping import Clocks
from tests.support.together import wait_until
from tests.support.trackers import hosted_tracker

CAPABILITIES = "server-time echo-message batch labeled-response draft/chathistory chatcore/resume"
BROKE = "error: the connection to the tracker broke"


class Keeper:
    """A tracker that issues resume tokens, accepts each one once, and has a history."""

    def __init__(self, tracker: ScriptedTracker) -> None:
        self.tokens = 0
        self.valid: set[str] = set()
        self.resumed: set[Peer] = set()
        self.rooms = ["#lobby"]
        self.missed: dict[str, list[str]] = {}
        self._take_user, self._take_nick = tracker._take_user, tracker._take_nick
        tracker.capabilities = CAPABILITIES
        tracker.answers = {"USER": self.welcome, "RESUME": self._resume, "CHATHISTORY": self._history}

    def welcome(self, peer: Peer, message: Message) -> None:
        self._take_user(peer, message)
        self.tokens += 1
        self.valid.add(f"token{self.tokens}")
        peer.send(f":t RESUME TOKEN token{self.tokens}")
        for room in self.rooms if peer in self.resumed else ():
            names = (f":t 353 ann = {room} :@ann", f":t 366 ann {room} :End")
            peer.send(f":ann!u@h JOIN {room}", f":t 332 ann {room} :what it is about", *names)

    def _resume(self, peer: Peer, message: Message) -> None:
        if message.params[0] in self.valid:
            self.valid.remove(message.params[0])
            self.resumed.add(peer)
            peer.send(":t RESUME SUCCESS ann")
        else:
            peer.send(":t FAIL RESUME INVALID_TOKEN :That is over")

    def _history(self, peer: Peer, message: Message) -> None:
        label, subcommand, target = message.tags["label"], message.params[0], message.params[1]
        kind = "draft/chathistory-targets" if subcommand == "TARGETS" else f"chathistory {target}"
        peer.send(f"@label={label} :t BATCH +b {kind}")
        if subcommand == "TARGETS":
            names = [name for name in self.missed if not name.startswith("#")]
            peer.send(*(f"@batch=b :t CHATHISTORY TARGETS {name} 2026-01-01T00:00:00.000Z" for name in names))
        else:
            peer.send(*(f"@batch=b;{line}" for line in self.missed.get(target, ())))
        peer.send(":t BATCH -b")


@pytest.fixture
def tracker(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedTracker]:
    monkeypatch.setattr(comeback, "PAUSES_S", (0.01,))
    with scripted_tracker("secret") as tracker:
        yield tracker


@pytest.fixture
def keeper(tracker: ScriptedTracker) -> Keeper:
    return Keeper(tracker)


@contextmanager
def visit(tracker: ScriptedTracker, screen: SeenScreen, password: str = "secret") -> Iterator[list[Outcome]]:
    """Run a visit of ann in a thread of its own; the outcome is in the list after the block."""
    screen.type_first(password)
    login = Login(Options("127.0.0.1", tracker.port, "ann"), screen)
    handshake, welcome = login.register(login.enter())
    chat = Chat(
        Session("ann", handshake.capabilities, shows_all=False), handshake, screen, login, Local(Path(), Path())
    )
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(chat.run(welcome)))
    thread.start()
    try:
        screen.wait_for("* in #lobby: @ann")
        yield outcomes
    finally:
        screen.type("/quit")
        thread.join()


def _commands(peer: Peer, *commands: str) -> list[str]:
    return [line for line in peer.received if re.sub(r"^@\S+ ", "", line).split()[0] in commands]


def test_a_visit_is_resumed(tracker: ScriptedTracker, keeper: Keeper) -> None:
    keeper.rooms = ["#dev", "#lobby"]
    keeper.missed = {
        "#lobby": ["msgid=1;time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #lobby :missed"],
        "eve": ["msgid=2;time=2026-01-01T00:00:00.000Z :eve!e@h PRIVMSG ann :in private"],
    }
    screen = SeenScreen("/join dev", "/join lobby")
    with visit(tracker, screen) as outcomes:
        screen.wait_for("* you are now writing to #lobby")
        tracker.peer().send("@msgid=0;time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #lobby :heard")
        screen.wait_for("[#lobby] <bob> heard")
        tracker.peer().hang_up()
        screen.wait_for_unread("eve")
        screen.type("/query eve", "/join lobby", "here again")
        screen.wait_for("[#lobby] <ann> here again")
    assert outcomes == [Outcome.LEFT]
    assert screen.shown[screen.shown.index(BROKE) + 1 :] == [
        f"* {RESUMED}",
        "* meanwhile in #lobby:",
        "[history #lobby 2026-01-01T00:00:00.000Z] <bob> missed",
        "* you are now writing to eve",
        "-- eve",
        "-- new",
        "* meanwhile with eve:",
        "[private] <eve> in private",
        "* you are now writing to #lobby",
        "-- #lobby",
        "* ann joined #lobby",
        "* in #lobby: @ann",
        "[#lobby] <bob> heard",
        "* meanwhile in #lobby:",
        "[history #lobby 2026-01-01T00:00:00.000Z] <bob> missed",
        "[#lobby] <ann> here again",
    ]
    second = tracker.peer(1)
    assert _commands(second, "AUTHENTICATE", "PASS", "JOIN") == []
    asked = [line.split(" ", 1)[1] for line in _commands(second, "CHATHISTORY")]
    assert asked == [
        "CHATHISTORY LATEST #dev timestamp=2026-01-01T00:00:00.000Z 100",
        "CHATHISTORY LATEST #lobby msgid=0 100",
        "CHATHISTORY TARGETS timestamp=2100-01-01T00:00:00.000Z timestamp=2026-01-01T00:00:00.000Z 50",
        "CHATHISTORY LATEST eve timestamp=2026-01-01T00:00:00.000Z 100",
    ]
    assert screen.status.absence == ""


def test_a_new_visit_rejoins_the_rooms(tracker: ScriptedTracker, keeper: Keeper) -> None:
    screen = SeenScreen("/join dev sesame")
    with visit(tracker, screen) as outcomes:
        screen.wait_for("* in #dev: @ann")
        keeper.valid.clear()
        tracker.peer().hang_up()
        screen.wait_for(f"* {NEW}")
        screen.type("in dev")
        screen.wait_for("[#dev] <ann> in dev")
    assert outcomes == [Outcome.LEFT]
    second = tracker.peer(1)
    assert _commands(second, "RESUME", "JOIN") == ["RESUME token1", "JOIN #lobby", "JOIN #dev sesame"]
    assert len(second.scram_messages) == 3


def test_each_token_is_used_once(tracker: ScriptedTracker, keeper: Keeper) -> None:
    screen = SeenScreen()
    with visit(tracker, screen):
        for number in range(3):
            tracker.peer(number).wait_for_word("JOIN" if number == 0 else "CAP END")
            tracker.peer(number).hang_up()
        tracker.peer(3).wait_for("CAP END")
    assert [_commands(tracker.peer(number), "RESUME") for number in range(4)] == [
        [],
        ["RESUME token1"],
        ["RESUME token2"],
        ["RESUME token3"],
    ]


def test_another_certificate_has_to_prove_the_password_before_the_token(
    tracker: ScriptedTracker, keeper: Keeper
) -> None:
    """Another certificate may be the tracker's new one: then both sides prove the password first."""
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.identity = identity("another")
        tracker.peer().hang_up()
        screen.wait_for(f"* {RESUMED}")
    told = [line.split()[0] for line in tracker.peer(1).received]
    assert told.index("RESUME") > len(told) - 1 - told[::-1].index("AUTHENTICATE")


def test_without_a_password_another_certificate_gets_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (0.01,))
    with scripted_tracker() as tracker:
        Keeper(tracker)
        screen = SeenScreen("")
        login = Login(Options("127.0.0.1", tracker.port, "ann", is_insecure=True), screen)
        login.enter().connection.close()
        tracker.identity = identity("another")
        handshake, _ = login.come_back(Ticket("ann", "token1", b"the first one's"), lambda _connection: None)
        handshake.connection.close()
        assert not handshake.is_resumed
        assert _commands(tracker.peer(1), "RESUME") == []


@pytest.mark.parametrize(
    "goodbye",
    ["Closing link: the tracker will be back soon", "Closing link: Ping timeout", "Closing link: SendQ exceeded"],
)
def test_the_client_returns_after_a_loss(tracker: ScriptedTracker, keeper: Keeper, goodbye: str) -> None:
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.peer().send(f"ERROR :{goodbye}")
        tracker.peer().hang_up()
        screen.wait_for(f"* {RESUMED}")
    assert BROKE not in screen.shown


@pytest.mark.parametrize(
    "goodbye",
    [
        "the tracker has left",
        "Closing link: Kicked by the operator: Ping timeout",
        "Closing link: Banned by the operator",
    ],
)
def test_the_client_does_not_return_after_a_goodbye(tracker: ScriptedTracker, keeper: Keeper, goodbye: str) -> None:
    screen = SeenScreen()
    with visit(tracker, screen) as outcomes:
        tracker.peer().send(f"ERROR :{goodbye}")
        tracker.peer().hang_up()
        screen.wait_for_end()
    assert screen.shown[-1] == f"* {goodbye}"
    assert outcomes == [Outcome.SAID_GOODBYE]
    assert len(tracker.peers) == 1


def test_text_typed_offline_waits_and_commands_stay_in_the_line(
    tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (1000.0,))
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.answers["RESUME"] = lambda peer, _message: peer.hang_up()
        tracker.peer().hang_up()
        screen.wait_for_status("again in")
        screen.type("not yet", "two\nlines", "//slash", "/topic tea", "/oper boss secret", "")
        screen.wait_for_times(f"error: {NOT_SENT}", 2)
        assert screen.put_back_texts == ["/topic tea"]
        assert [said.text for said in screen.status.waiting] == ["not yet", "two", "lines", "/slash"]
        tracker.answers["RESUME"] = keeper._resume
        screen.type("", "")
        screen.wait_for("[#lobby] <ann> /slash")
    last = tracker.peers[-1]
    said = [parse(line).params for line in _commands(last, "PRIVMSG")]
    assert said == [("#lobby", text) for text in ("not yet", "two", "lines", "/slash")]
    assert not [line for peer in tracker.peers for line in _commands(peer, "TOPIC", "OPER")]


def test_too_long_text_typed_offline_stays_in_the_line(
    tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (1000.0,))
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.answers["RESUME"] = lambda peer, _message: peer.hang_up()
        tracker.peer().hang_up()
        screen.wait_for_status("again in")
        screen.type("x" * (MOST_WAITING_CHARS + 1))
        screen.wait_for(f"error: {NOT_SENT}")
    assert len(screen.put_back_texts) == 1


@pytest.mark.parametrize("line", ["exit", "/quit", " /exit", EOFError(), KeyboardInterrupt()])
def test_the_user_can_leave_while_offline(
    tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch, line: str | BaseException
) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (1000.0,))
    tracker.answers["PRIVMSG"] = lambda peer, _message: peer.hang_up()
    screen = SeenScreen("into the void")
    with visit(tracker, screen) as outcomes:
        screen.wait_for_status("again in")
        screen.type(line)
    assert outcomes == [Outcome.LEFT]
    assert screen.shown[-1] == "error: perhaps not sent to #lobby: into the void"
    assert len(tracker.peers) == 1


def _lose_then(tracker: ScriptedTracker, then: Callable[[], None]) -> Callable[[Peer, Message], None]:
    def hang_up(peer: Peer, _message: Message) -> None:
        del tracker.answers["PRIVMSG"]
        then()
        peer.hang_up()

    return hang_up


def test_a_message_that_did_not_arrive_is_sent_again(tracker: ScriptedTracker, keeper: Keeper) -> None:
    tracker.answers["PRIVMSG"] = _lose_then(tracker, lambda: None)
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.peer().send("@time=2026-01-01T00:00:00.000Z :bob!b@h JOIN #lobby")
        screen.type("into the void")
        screen.wait_for("[#lobby] <ann> into the void")
    assert screen.put_back_texts == []
    assert len(_commands(tracker.peer(1), "PRIVMSG")) == 1


def test_a_message_that_did_arrive_is_shown_once(tracker: ScriptedTracker, keeper: Keeper) -> None:
    said = "msgid=5;time=2026-01-01T00:00:01.000Z :ann!u@h PRIVMSG #lobby :into the void"
    tracker.answers["PRIVMSG"] = _lose_then(tracker, lambda: keeper.missed.update({"#lobby": [said]}))
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.peer().send("@time=2026-01-01T00:00:00.000Z :bob!b@h JOIN #lobby")
        screen.type("into the void")
        screen.wait_for("[history #lobby 2026-01-01T00:00:01.000Z] <ann> into the void")
        tracker.peer(1).send(f"@{said}", ":bob!b@h PRIVMSG #lobby :the end")
        screen.wait_for("[#lobby] <bob> the end")
    assert len([line for line in screen.shown if "into the void" in line]) == 1
    assert screen.put_back_texts == []


def test_a_wrong_password_is_asked_for_and_not_retried(tracker: ScriptedTracker, keeper: Keeper) -> None:
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.password = "another"
        keeper.valid.clear()
        tracker.peer().hang_up()
        screen.wait_for(f"error: {NOT_ACCEPTED}")
        screen.wait_for_status("not let in (Enter: try again)")
        assert len(tracker.peers) == 2
        screen.type("a line", EOFError(), "", "another\nmore")
        screen.wait_for("[#lobby] <ann> a line")
    assert screen.secrets[1:] == ["Password (Enter if there is none): "] * 2
    assert len(tracker.peers) == 3


def test_a_signal_at_the_password_prompt_leaves(tracker: ScriptedTracker, keeper: Keeper) -> None:
    screen = SeenScreen()
    with visit(tracker, screen) as outcomes:
        tracker.password = "another"
        keeper.valid.clear()
        tracker.peer().hang_up()
        screen.wait_for_status("not let in (Enter: try again)")
        screen.type("", Terminated(15))
    assert outcomes == [Outcome.LEFT]


def test_a_taken_name_is_reported_and_another_can_be_chosen(tracker: ScriptedTracker, keeper: Keeper) -> None:
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.taken = ("ann",)
        keeper.valid.clear()
        tracker.peer().hang_up()
        screen.wait_for("error: ann: That username is taken; /name OTHER comes back under another one")
        assert len(tracker.peers) >= 1 + comeback.UNTOLD_NICK_REFUSALS
        tracker.peer(2 + comeback.UNTOLD_NICK_REFUSALS)  # the client keeps trying
        screen.type("/name anna")
        screen.wait_for(f"* {NEW}")
    assert screen.status.nick == "anna"
    assert len([line for line in screen.shown if "is taken" in line]) == 1


def test_another_name_can_be_chosen_while_offline(
    tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (1000.0,))
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.peer().hang_up()
        screen.wait_for_status("again in")
        screen.type("/nick anna")
        tracker.peer(1).wait_for("NICK anna")


def test_a_banned_name_is_not_retried(tracker: ScriptedTracker, keeper: Keeper) -> None:
    def ban(peer: Peer, _message: Message) -> None:
        peer.send(":t 465 * :You are banned from this tracker", "ERROR :Closing link: You are banned from this tracker")
        peer.hang_up()

    screen = SeenScreen()
    with visit(tracker, screen) as outcomes:
        tracker.answers["NICK"] = ban
        tracker.peer().hang_up()
        screen.wait_for_end()
    assert outcomes == [Outcome.BROKEN]
    assert screen.shown[-1] == f"error: ann: You are banned from this tracker; {HOW_TO_COME_BACK}"
    assert len(tracker.peers) == 2


def test_without_a_password_another_certificate_is_not_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (0.01,))
    with scripted_tracker() as tracker:
        screen = SeenScreen()
        before = tracker.identity
        with visit(tracker, screen, password=""):
            tracker.identity = identity("another")
            tracker.peer().hang_up()
            screen.wait_for(f"error: {CERTIFICATE_CHANGED}")
            screen.wait_for_status("not let in (Enter: try again)")
            assert tracker.peer(1).told == []
            tracker.identity = before
            screen.type("")
            screen.wait_for(f"* {NEW}")


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


def test_a_refusing_tracker_is_not_asked_again(tracker: ScriptedTracker, keeper: Keeper) -> None:
    def ban(peer: Peer, _message: Message) -> None:
        peer.send("ERROR :Closing link: You are banned from this tracker")
        peer.hang_up()

    screen = SeenScreen()
    with visit(tracker, screen) as outcomes:
        tracker.answers["RESUME"] = ban
        tracker.peer().hang_up()
        screen.wait_for_end()
    assert outcomes == [Outcome.BROKEN]
    assert "You are banned from this tracker" in screen.shown[-1]
    assert len(tracker.peers) == 2


def test_a_goodbye_during_the_return_ends_the_chat(tracker: ScriptedTracker, keeper: Keeper) -> None:
    def leave(peer: Peer, _message: Message) -> None:
        peer.send("ERROR :the tracker has left")
        peer.hang_up()

    screen = SeenScreen()
    with visit(tracker, screen) as outcomes:
        tracker.answers["CAP"] = leave
        tracker.peer().hang_up()
        screen.wait_for_end()
    assert outcomes == [Outcome.SAID_GOODBYE]
    assert screen.shown[-1] == "* the tracker has left"


def test_a_restarting_tracker_is_not_awaited_for_ever(
    tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comeback, "AWAITED_S", 0.1)

    def be_back_soon(peer: Peer, _message: Message) -> None:
        peer.send("ERROR :Closing link: the tracker will be back soon")
        peer.hang_up()

    tracker.answers.update(PRIVMSG=be_back_soon, RESUME=lambda peer, _message: peer.hang_up())
    screen = SeenScreen("into the void")
    with visit(tracker, screen) as outcomes:
        screen.wait_for_end()
    assert outcomes == [Outcome.BROKEN]
    assert "error: perhaps not sent to #lobby: into the void" in screen.shown
    assert screen.shown[-1] == f"error: the tracker did not come back in 0 minutes; {HOW_TO_COME_BACK}"


def test_a_lost_connection_is_never_given_up(
    tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comeback, "AWAITED_S", 0.0)
    tracker.answers["RESUME"] = lambda peer, _message: peer.hang_up()
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.peer().hang_up()
        tracker.peer(10)
        tracker.answers["RESUME"] = keeper._resume
        screen.wait_for(f"* {RESUMED}")
    assert screen.shown.count(BROKE) == 2, "the loss, and why there was no way back"


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


def test_an_internal_fault_is_raised(tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise LookupError("a fault of ours")

    screen = SeenScreen("secret")
    login = Login(Options("127.0.0.1", tracker.port, "ann"), screen)
    handshake, welcome = login.register(login.enter())
    chat = Chat(
        Session("ann", handshake.capabilities, shows_all=False), handshake, screen, login, Local(Path(), Path())
    )
    monkeypatch.setattr(login, "come_back", fail)
    tracker.peer().hang_up()
    with pytest.raises(LookupError):
        chat.run(welcome)


def test_a_resumption_that_fails_late_starts_a_new_visit(tracker: ScriptedTracker, keeper: Keeper) -> None:
    def welcome(peer: Peer, message: Message) -> None:
        peer.send(":t FAIL RESUME INVALID_TOKEN :There is nothing to come back to")
        keeper.resumed.clear()
        keeper.welcome(peer, message)

    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.answers["USER"] = welcome
        tracker.peer().hang_up()
        screen.wait_for(f"* {NEW}")
    assert _commands(tracker.peer(1), "RESUME", "JOIN") == ["RESUME token1", "JOIN #lobby"]


def test_a_visit_is_resumed_at_a_real_tracker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (0.2,))
    with hosted_tracker(tmp_path, "secret") as hosted, cable_to(hosted.port) as cable:
        bob = hosted.client("bob", "#lobby", password="secret")
        screen = SeenScreen("secret")
        login = Login(Options("127.0.0.1", cable.port, "ann"), screen)
        handshake, welcome = login.register(login.enter())
        chat = Chat(
            Session("ann", handshake.capabilities, shows_all=False), handshake, screen, login, Local(Path(), Path())
        )
        thread = threading.Thread(target=chat.run, args=(welcome,))
        thread.start()
        screen.type("/join dev", "hello")
        screen.wait_for("[#dev] <ann> hello")
        cable.cut()
        bob.receive_until("QUIT")
        bob.command("PRIVMSG #lobby :missed")
        cable.mend()
        screen.wait_for(f"* {RESUMED}")
        screen.wait_for_unread("#lobby")
        screen.type("/join lobby", "back again", "/quit")
        thread.join()
        assert bob.receive_until("PRIVMSG").params == ("#lobby", "back again")
    after = [re.sub(r" \d{4}\S+Z", "", line) for line in screen.shown[screen.shown.index("-- new") :]]
    assert after == [
        "-- new",
        "* meanwhile in #lobby:",
        "[history #lobby] <bob> missed",
        "[#lobby] <ann> back again",
    ]


def _is_told(screen: SeenScreen, text: str) -> bool:
    """Return whether a text is shown as said or as perhaps not sent."""
    return any(line.endswith(f" {text}") for line in screen.shown)


def test_repeated_losses_neither_lose_nor_double_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each message is delivered once or reported as perhaps not sent. Some of bob's arrive during the return."""
    monkeypatch.setattr(comeback, "PAUSES_S", (0.01,))
    rounds = 5
    with hosted_tracker(tmp_path, "secret") as hosted, cable_to(hosted.port) as cable:
        bob = hosted.client("bob", "#lobby", password="secret")
        screen = SeenScreen("secret")
        login = Login(Options("127.0.0.1", cable.port, "ann"), screen)
        handshake, welcome = login.register(login.enter())
        session = Session("ann", handshake.capabilities, shows_all=False)
        chat = Chat(session, handshake, screen, login, Local(tmp_path, tmp_path))
        thread = threading.Thread(target=chat.run, args=(welcome,))
        thread.start()
        screen.wait_for("* in #lobby: ann, @bob")
        for number in range(rounds):
            cable.lose() if number % 2 else cable.cut()
            screen.type(f"own {number}")
            bob.command(f"PRIVMSG #lobby :bob {number}")
            cable.mend()
            if number % 3:
                wait_until(partial(_is_told, screen, f"own {number}"))
        screen.type("/quit")
        thread.join()
        said = [line.rpartition(":")[2] for line in hosted.log_lines() if line.startswith("message #lobby ann")]
    shown = [re.sub(r"\[history (#\w+) \S+\]", r"[\1]", line) for line in screen.shown]
    assert [line for line in shown if "<bob>" in line] == [f"[#lobby] <bob> bob {number}" for number in range(rounds)]
    perhaps = [line.rpartition(": ")[2] for line in shown if "perhaps not sent" in line]
    assert sorted(said + [text for text in perhaps if text not in said]) == [
        f"own {number}" for number in range(rounds)
    ]


def test_a_line_waiting_for_an_answer_is_put_back(
    tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (1000.0,))  # until Enter is pressed
    screen = SeenScreen()
    with visit(tracker, screen):
        screen.type("/join dev")
        screen.wait_for("* in #dev: @ann")
        is_asked = threading.Event()
        tracker.answers["PING"] = lambda _peer, _message: is_asked.set()
        screen.type("/rooms", "/rooms")  # the second waits for the answer to the first
        assert is_asked.wait(DEADLINE_S)
        del tracker.answers["PING"]
        tracker.peer().hang_up()
        screen.wait_for_put_back("/rooms")
        screen.wait_for(f"* {RESUMED}")


def test_a_loss_ends_the_export_and_the_new_account_is_used(
    tracker: ScriptedTracker, keeper: Keeper, tmp_path: Path
) -> None:
    tracker.capabilities += " draft/account-registration"
    tracker.answers["REGISTER"] = lambda peer, _message: peer.send(":t REGISTER SUCCESS ann :It is yours")
    tracker.answers["CHATHISTORY"] = lambda peer, _message: peer.hang_up()
    screen = SeenScreen()
    with visit(tracker, screen) as outcomes:
        screen.type("/register", "her own", "her own")
        screen.wait_for("* It is yours")
        keeper.valid.clear()
        tracker.password = "her own"
        screen.type(f"/export {tmp_path / 'it'}")
        screen.wait_for_status("not let in")  # because this tracker did not create the account
    assert outcomes == [Outcome.LEFT]
    assert "* there was nothing to export" in screen.shown
    assert "n=ann" in tracker.peer(1).scram_messages[0]


def test_the_password_prompt_names_the_account(tracker: ScriptedTracker, keeper: Keeper) -> None:
    screen = SeenScreen()
    login = Login(Options("127.0.0.1", tracker.port, "ann", account="ann"), screen)
    assert login.password_question == "Password of the account ann: "
