"""The connection is lost: the client comes back by itself, or says why not."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from chatcore.terminal.arguments import Options
from chatcore.terminal.chat import NOT_SENT, Chat
from chatcore.terminal.connecting import comeback
from chatcore.terminal.connecting.login import Login, Ticket
from chatcore.terminal.connecting.turned_away import NOT_ACCEPTED
from chatcore.terminal.link import HOW_TO_COME_BACK, Outcome
from chatcore.terminal.local import Local
from chatcore.terminal.session.returning import NEW, RESUMED
from chatcore.terminal.session.session import Session
from tests.support.cable import cable_to
from tests.support.scripted import DEADLINE_S, Peer, ScriptedTracker, identity, scripted_tracker
from tests.support.seen import SeenScreen
from tests.support.trackers import hosted_tracker

CAPABILITIES = "server-time echo-message batch labeled-response draft/chathistory chatcore/resume"
BROKE = "error: the connection to the tracker broke"


class Keeper:
    """A tracker that gives tokens, takes each once, and knows what was said meanwhile."""

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
def visit(tracker: ScriptedTracker, screen: SeenScreen) -> Iterator[list[Outcome]]:
    """Have ann visit in a thread of its own; the outcome is there after the block."""
    screen.type_first("secret")
    login = Login(Options("127.0.0.1", tracker.port, "ann"), screen)
    handshake, welcome = login.register(login.enter())
    chat = Chat(Session("ann", handshake.capabilities), handshake, screen, login, Local(Path(), Path()))
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


def test_coming_back_as_the_same_visit(tracker: ScriptedTracker, keeper: Keeper) -> None:
    keeper.rooms = ["#dev", "#lobby"]
    keeper.missed = {
        "#lobby": ["msgid=1;time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #lobby :missed"],
        "eve": ["msgid=2;time=2026-01-01T00:00:00.000Z :eve!e@h PRIVMSG ann :in private"],
    }
    screen = SeenScreen("/join dev", "/join lobby")
    with visit(tracker, screen) as outcomes:
        screen.wait_for("* you write to #lobby now")
        tracker.peer().send("@msgid=0;time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #lobby :heard")
        screen.wait_for("[#lobby] <bob> heard")
        tracker.peer().hang_up()
        screen.wait_for("[private] <eve> in private")
        screen.type("here again")
        screen.wait_for("[#lobby] <ann> here again")
    assert outcomes == [Outcome.LEFT]
    assert screen.shown[screen.shown.index(BROKE) + 1 :] == [
        f"* {RESUMED}",
        "* in #lobby was said meanwhile:",
        "[history #lobby 2026-01-01T00:00:00.000Z] <bob> missed",
        "* in eve was said meanwhile:",
        "[private] <eve> in private",
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


def test_whoever_is_new_enters_the_rooms_again(tracker: ScriptedTracker, keeper: Keeper) -> None:
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


def test_only_the_tracker_is_shown_the_token(tracker: ScriptedTracker, keeper: Keeper) -> None:
    """Another certificate may be the tracker's new one: then the password is proven first, by both."""
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.identity = identity("another")
        tracker.peer().hang_up()
        screen.wait_for(f"* {RESUMED}")
    told = [line.split()[0] for line in tracker.peer(1).received]
    assert told.index("RESUME") > len(told) - 1 - told[::-1].index("AUTHENTICATE")


def test_without_a_password_another_certificate_is_not_shown_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (0.01,))
    with scripted_tracker() as tracker:
        Keeper(tracker)
        screen = SeenScreen("")
        login = Login(Options("127.0.0.1", tracker.port, "ann"), screen)
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
def test_who_was_lost_comes_back(tracker: ScriptedTracker, keeper: Keeper, goodbye: str) -> None:
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
def test_who_was_put_out_does_not_come_back(tracker: ScriptedTracker, keeper: Keeper, goodbye: str) -> None:
    screen = SeenScreen()
    with visit(tracker, screen) as outcomes:
        tracker.peer().send(f"ERROR :{goodbye}")
        tracker.peer().hang_up()
        screen.wait_for_end()
    assert screen.shown[-1] == f"* {goodbye}"
    assert outcomes == [Outcome.SAID_GOODBYE]
    assert len(tracker.peers) == 1


def test_what_is_typed_meanwhile_stays_in_the_line(
    tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (1000.0,))
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.peer().hang_up()
        screen.wait_for_status("trying again in")
        screen.type("not yet")
        screen.wait_for(f"error: {NOT_SENT}")
        screen.wait_for(f"* {RESUMED}")  # Enter was to try now
        assert screen.put_back_texts == ["not yet"]
        monkeypatch.setattr(comeback, "PAUSES_S", (1000.0,))
        tracker.peer(1).hang_up()
        screen.wait_for_status("trying again in")
        screen.type("two\nlines", "/oper boss secret")
        screen.wait_for_times(f"error: {NOT_SENT}", 2)
    assert screen.put_back_texts[1:2] == ["two\nlines"]
    assert not [text for text in screen.put_back_texts if "secret" in text]
    assert not [line for peer in tracker.peers for line in _commands(peer, "PRIVMSG", "OPER")]


@pytest.mark.parametrize("line", ["exit", "/quit", " /exit", EOFError(), KeyboardInterrupt()])
def test_one_can_leave_meanwhile(
    tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch, line: str | BaseException
) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (1000.0,))
    tracker.answers["PRIVMSG"] = lambda peer, _message: peer.hang_up()
    screen = SeenScreen("into the void")
    with visit(tracker, screen) as outcomes:
        screen.wait_for_status("trying again in")
        screen.type(line)
    assert outcomes == [Outcome.LEFT]
    assert screen.shown[-1] == "error: perhaps not said to #lobby: into the void"
    assert len(tracker.peers) == 1


def _lose_then(tracker: ScriptedTracker, then: Callable[[], None]) -> Callable[[Peer, Message], None]:
    def hang_up(peer: Peer, _message: Message) -> None:
        del tracker.answers["PRIVMSG"]
        then()
        peer.hang_up()

    return hang_up


def test_what_did_not_arrive_goes_back_into_the_line(tracker: ScriptedTracker, keeper: Keeper) -> None:
    tracker.answers["PRIVMSG"] = _lose_then(tracker, lambda: None)
    screen = SeenScreen()
    with visit(tracker, screen):
        tracker.peer().send("@time=2026-01-01T00:00:00.000Z :bob!b@h JOIN #lobby")
        screen.type("into the void")
        screen.wait_for("error: not said to #lobby: into the void")
        screen.wait_for_put_back("into the void")


def test_what_arrived_is_shown_once(tracker: ScriptedTracker, keeper: Keeper) -> None:
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


def test_the_wrong_password_is_not_tried_on(tracker: ScriptedTracker, keeper: Keeper) -> None:
    screen = SeenScreen()
    with visit(tracker, screen) as outcomes:
        tracker.password = "another"
        keeper.valid.clear()
        tracker.peer().hang_up()
        screen.wait_for(f"error: {NOT_ACCEPTED}; {HOW_TO_COME_BACK}")
    assert outcomes == [Outcome.BROKEN]
    assert len(tracker.peers) == 2


def test_a_name_that_is_taken_is_tried_only_so_often(tracker: ScriptedTracker, keeper: Keeper) -> None:
    screen = SeenScreen()
    with visit(tracker, screen) as outcomes:
        tracker.taken = ("ann",)
        keeper.valid.clear()
        tracker.peer().hang_up()
        screen.wait_for(f"error: ann: That username is taken; {HOW_TO_COME_BACK}")
    assert outcomes == [Outcome.BROKEN]
    assert len(tracker.peers) == 1 + comeback.MOST_NICK_REFUSALS


def test_a_tracker_that_refuses_is_not_asked_again(tracker: ScriptedTracker, keeper: Keeper) -> None:
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


def test_a_tracker_that_has_left_meanwhile(tracker: ScriptedTracker, keeper: Keeper) -> None:
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


def test_it_is_given_up_in_the_end(tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comeback, "GIVE_UP_S", 0.1)
    tracker.answers["PRIVMSG"] = lambda peer, _message: peer.hang_up()
    tracker.answers["RESUME"] = lambda peer, _message: peer.hang_up()
    screen = SeenScreen("into the void")
    with visit(tracker, screen) as outcomes:
        screen.wait_for_end()
    assert outcomes == [Outcome.BROKEN]
    assert "error: perhaps not said to #lobby: into the void" in screen.shown
    assert screen.shown[-1].startswith("error: no way back in 0 minutes: ")
    assert screen.shown[-1].endswith(HOW_TO_COME_BACK)


def test_a_fault_of_ours_is_not_hidden(
    tracker: ScriptedTracker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LookupError("a fault of ours")

    screen = SeenScreen("secret")
    login = Login(Options("127.0.0.1", tracker.port, "ann"), screen)
    handshake, welcome = login.register(login.enter())
    chat = Chat(Session("ann", handshake.capabilities), handshake, screen, login, Local(Path(), Path()))
    monkeypatch.setattr(login, "come_back", fail)
    tracker.peer().hang_up()
    with pytest.raises(LookupError):
        chat.run(welcome)


def test_a_visit_that_ends_while_one_comes_back_to_it(tracker: ScriptedTracker, keeper: Keeper) -> None:
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


def test_coming_back_at_a_tracker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comeback, "PAUSES_S", (0.2,))
    with hosted_tracker(tmp_path, "secret") as hosted, cable_to(hosted.port) as cable:
        bob = hosted.client("bob", "#lobby", password="secret")
        screen = SeenScreen("secret")
        login = Login(Options("127.0.0.1", cable.port, "ann"), screen)
        handshake, welcome = login.register(login.enter())
        chat = Chat(Session("ann", handshake.capabilities), handshake, screen, login, Local(Path(), Path()))
        thread = threading.Thread(target=chat.run, args=(welcome,))
        thread.start()
        screen.type("/join dev", "hello")
        screen.wait_for("[#dev] <ann> hello")
        cable.cut()
        bob.receive_until("QUIT")
        bob.command("PRIVMSG #lobby :missed")
        cable.mend()
        screen.wait_for(f"* {RESUMED}")
        screen.type("/send lobby back again", "/quit")
        thread.join()
        assert bob.receive_until("PRIVMSG").params == ("#lobby", "back again")
    after = screen.shown[screen.shown.index(f"* {RESUMED}") :]
    assert re.sub(r" \d{4}\S+Z", "", after[2]) == "[history #lobby] <bob> missed"
    assert after[1::2] == ["* in #lobby was said meanwhile:", "[#lobby] <ann> back again"]


def test_line_that_waits_for_an_answer_goes_back(
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


def test_export_ends_with_the_connection_and_the_new_account_is_logged_in_to(
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
        screen.wait_for_end()  # as this tracker has not made it
    assert outcomes == [Outcome.BROKEN]
    assert "* nothing was there to be exported" in screen.shown
    assert "n=ann" in tracker.peer(1).scram_messages[0]
