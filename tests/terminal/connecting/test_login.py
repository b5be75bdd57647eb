"""Password and name: asked for, refused, asked for again."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.protocol.invitations import Link, make_invitation
from chatcore.protocol.message import Message
from chatcore.server.console.invitations import invite
from chatcore.terminal.arguments import Options
from chatcore.terminal.connecting import conversation, naming
from chatcore.terminal.connecting.given_password import NO_INVITATION
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import NOT_A_NAME, Login
from chatcore.terminal.connecting.naming import NAME_RETRIES
from chatcore.terminal.connecting.questions import REQUIRED, EndedAtPrompt
from chatcore.terminal.connecting.turned_away import (
    INVITATION_NOT_ACCEPTED,
    NOT_ACCEPTED,
    PASSWORD_WANTED,
    Refused,
    WrongPassword,
)
from chatcore.terminal.recent import Visited
from chatcore.terminal.visit import enter
from chatcore.transport.fingerprint import in_pairs
from tests.support.scripted import Peer, ScriptedTracker, scripted_tracker
from tests.support.seen import SeenScreen
from tests.support.trackers import Hosted, hosted_tracker


@pytest.fixture
def tracker() -> Iterator[ScriptedTracker]:
    with scripted_tracker("secret", taken=("bob",)) as tracker:
        yield tracker


def _options(tracker: ScriptedTracker, name: str | None = None, password_file: Path | None = None) -> Options:
    return Options("127.0.0.1", tracker.port, name, password_file)


def _admit(tracker: ScriptedTracker, screen: SeenScreen, name: str | None = None) -> tuple[Handshake, Message]:
    login = Login(_options(tracker, name), screen)
    handshake = login.enter()
    return login.register(handshake)


def test_the_password_comes_before_the_name(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret", "ann")
    handshake, welcome = _admit(tracker, screen)
    tracker.peer().wait_for("PING arrival")
    handshake.connection.close()
    assert screen.secrets == ["Password (Enter if there is none): "]
    assert screen.questions == ["Username: "]
    assert welcome.params == ("ann", "Welcome, ann!")
    assert handshake.capabilities == {"server-time", "echo-message", "batch", "draft/chathistory"}
    assert tracker.peer().is_encrypted
    assert tracker.peer().told == [
        "CAP LS 302",
        "CAP REQ sasl",
        "AUTHENTICATE ...",
        "AUTHENTICATE ...",
        "AUTHENTICATE ...",
        "CAP REQ :server-time echo-message batch draft/chathistory",
        "AUTHENTICATE ...",
        "NICK ann",
        "USER ann 0 * ann",
        "CAP END",
        "PING arrival",
    ]


def test_a_given_name_is_not_asked_for(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret")
    handshake, welcome = _admit(tracker, screen, "ann")
    handshake.connection.close()
    assert welcome.params[0] == "ann"
    assert screen.questions == []


def test_a_wrong_password_is_asked_for_again_on_a_new_connection(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("guess", "secret", "ann")
    handshake, _ = _admit(tracker, screen)
    handshake.connection.close()
    assert screen.shown == [f"error: {NOT_ACCEPTED}"]
    assert len(tracker.peers) == 2


def test_three_wrong_passwords_end_the_login(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("one", "two", "three", "secret")
    with pytest.raises(Refused, match="3 times"):
        Login(_options(tracker), screen).enter()
    assert screen.shown == [f"error: {NOT_ACCEPTED}"] * 3
    assert len(tracker.peers) == 3


def test_a_wrong_password_in_a_pipe_ends_the_login(tracker: ScriptedTracker) -> None:
    with pytest.raises(Refused, match="it is wrong"):
        Login(_options(tracker), SeenScreen("guess", "secret", is_interactive=False)).enter()


def test_a_taken_name_is_asked_for_again_on_the_same_connection(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret", "bob", "ann")
    handshake, welcome = _admit(tracker, screen)
    handshake.connection.close()
    assert welcome.params[0] == "ann"
    assert screen.shown == ["error: bob: That username is taken"]
    assert len(tracker.peers) == 1
    assert [line for line in tracker.peer().received if line.startswith("USER")] == [
        "USER bob 0 * bob",
        "USER ann 0 * ann",
    ]


def test_a_given_name_that_is_taken_is_asked_for_again(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret", "ann")
    handshake, welcome = _admit(tracker, screen, "bob")
    handshake.connection.close()
    assert welcome.params[0] == "ann"


def test_a_name_taken_at_the_last_moment_is_asked_for_again(tracker: ScriptedTracker) -> None:
    def lose_it(peer: Peer, _message: Message) -> None:
        peer.send(":t 433 * ann :Somebody was faster")
        tracker.answers = {
            "NICK": lambda peer, message: peer.send(f":t 001 {message.params[0]} :Welcome"),
            "USER": lambda _peer, _message: None,
        }

    tracker.answers = {"USER": lose_it}
    screen = SeenScreen("secret", "ann", "anna")
    handshake, welcome = _admit(tracker, screen)
    handshake.connection.close()
    assert welcome.params[0] == "anna"
    assert screen.shown == ["error: ann: Somebody was faster"]


def test_an_invitation_is_refused_as_a_name(tracker: ScriptedTracker) -> None:
    invitation = make_invitation(bytes(20)).text
    screen = SeenScreen("secret", invitation, "ann")
    handshake, _ = _admit(tracker, screen)
    handshake.connection.close()
    assert screen.shown == [f"error: {NOT_A_NAME}"]
    with pytest.raises(Refused, match=NOT_A_NAME):
        _admit(tracker, SeenScreen("secret", is_interactive=False), invitation)
    assert invitation not in "".join(line for peer in tracker.peers for line in peer.received)


def test_a_refused_name_in_a_pipe_ends_the_login(tracker: ScriptedTracker) -> None:
    with pytest.raises(Refused, match="bob: That username is taken"):
        _admit(tracker, SeenScreen("secret", "bob", is_interactive=False))
    tracker.peer().wait_for_end()


@pytest.mark.parametrize("numeric", ["431", "432", "433", "465"])
def test_refusals_of_a_name_are_shown_in_the_trackers_words(tracker: ScriptedTracker, numeric: str) -> None:
    def refuse(peer: Peer, message: Message) -> None:
        tracker.answers = {}
        peer.send(f":t {numeric} * {message.params[0]} :Not that one")

    tracker.answers = {"NICK": refuse}
    screen = SeenScreen("secret", "one", "ann")
    handshake, _ = _admit(tracker, screen)
    handshake.connection.close()
    assert screen.shown == ["error: one: Not that one"]


def test_empty_password_is_not_sent() -> None:
    with scripted_tracker() as tracker:
        handshake, _ = _admit(tracker, SeenScreen("", "ann"))
        handshake.connection.close()
        assert tracker.peer().received[:3] == [
            "CAP LS 302",
            "CAP REQ :server-time echo-message batch draft/chathistory",
            "NICK ann",
        ]


def test_a_password_needed_after_all_is_asked_for_again(tracker: ScriptedTracker) -> None:
    def refuse(peer: Peer, _message: Message) -> None:
        tracker.answers = {}
        peer.send(":t 464 * :Missing password", "ERROR :Closing link")
        peer.hang_up()

    tracker.answers = {"USER": refuse}
    screen = SeenScreen("", "ann", "secret")
    login = Login(_options(tracker), screen)
    handshake = login.enter()
    with pytest.raises(WrongPassword):
        login.register(handshake)
    handshake = login.enter()
    handshake, welcome = login.register(handshake)
    handshake.connection.close()
    assert welcome.params[0] == "ann", "the name is remembered"
    assert screen.shown == [f"error: {PASSWORD_WANTED}"]


def test_capabilities_may_come_in_several_lines_and_be_refused() -> None:
    with scripted_tracker() as tracker:

        def answer(peer: Peer, message: Message) -> None:
            if message.params[0] == "LS":
                peer.send(":t CAP * LS * :sasl=PLAIN,SCRAM-SHA-256-PLUS batch", ":t CAP * LS :server-time")
            elif message.params[0] == "REQ":
                peer.send(":t NOTICE * :wait", f":t CAP * NAK :{message.params[1]}")

        tracker.answers = {"CAP": answer}
        handshake, _ = _admit(tracker, SeenScreen("", "ann"))
        handshake.connection.close()
        assert "CAP REQ :server-time batch" in tracker.peer().received
        assert handshake.capabilities == frozenset()


def test_no_capability_is_requested_if_none_is_offered() -> None:
    with scripted_tracker() as tracker:
        tracker.capabilities = ""
        handshake, _ = _admit(tracker, SeenScreen("", "ann"))
        handshake.connection.close()
        assert not any(line.startswith("CAP REQ") for line in tracker.peer().received)


def test_a_refusal_of_the_tracker_is_shown(tracker: ScriptedTracker) -> None:
    def refuse(peer: Peer, _message: Message) -> None:
        peer.send("ERROR :You are banned")
        peer.hang_up()

    tracker.answers = {"AUTHENTICATE": refuse}
    with pytest.raises(Refused, match=r"It says: You are banned$"):
        Login(_options(tracker), SeenScreen("secret")).enter()


def test_a_broken_connection_is_reported(tracker: ScriptedTracker) -> None:
    tracker.answers = {"AUTHENTICATE": lambda peer, _: peer.hang_up()}
    with pytest.raises(Refused, match="broke"):
        Login(_options(tracker), SeenScreen("secret", is_interactive=False)).enter()


def test_the_user_may_try_again_after_a_broken_connection(tracker: ScriptedTracker) -> None:
    """The client does not ask again for what was typed, and the next line does not go to the shell."""

    def break_once(peer: Peer, _message: Message) -> None:
        tracker.answers = {}
        peer.hang_up()

    tracker.answers = {"AUTHENTICATE": break_once}
    screen = SeenScreen("secret", "ann", "")
    login = Login(Options("127.0.0.1", tracker.port), screen)
    handshake = login.enter()
    tracker.answers = {"NICK": break_once}
    handshake, welcome = login.register(handshake)
    handshake.connection.close()
    assert welcome.params[0] == "ann"
    assert screen.questions == ["Username: ", "Enter tries again: "]
    assert screen.secrets == ["Password (Enter if there is none): "]
    assert screen.shown == ["error: the connection to the tracker broke"]


def test_the_user_may_retry_a_tracker_that_is_no_longer_reachable() -> None:
    tracker = ScriptedTracker("secret")
    screen = SeenScreen("secret", "", KeyboardInterrupt())
    login = Login(Options("127.0.0.1", tracker.port), screen)
    ask, port = screen.ask, tracker.port

    def ask_while_it_goes(question: str, *, is_secret: bool = False) -> str:
        if is_secret:
            tracker.stop()
        return ask(question, is_secret=is_secret)

    screen.ask = ask_while_it_goes  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        login.enter()
    assert screen.questions == ["Enter tries again: "] * 2
    assert screen.shown == [f"error: cannot reach a tracker at 127.0.0.1:{port}: connection refused"] * 2


def test_a_silent_server_is_reported(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "ANSWER_TIMEOUT_S", 0.05)
    tracker.answers = {"AUTHENTICATE": lambda _peer, _message: None}
    with pytest.raises(Refused, match="does not answer"):
        Login(_options(tracker), SeenScreen("secret", is_interactive=False)).enter()
    tracker.peer().wait_for_end()


def test_entering_again_asks_nothing(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("secret")
    login = Login(_options(tracker), screen)
    first = login.enter()
    second = login.enter_again()
    first.connection.close()
    second.connection.close()
    assert len(screen.secrets) == 1


def test_entering_again_fails_when_the_password_has_changed(tracker: ScriptedTracker) -> None:
    login = Login(_options(tracker), SeenScreen("secret"))
    first = login.enter()
    tracker.password = "new"
    with pytest.raises(Refused, match="it is wrong"):
        login.enter_again()
    first.connection.close()


@pytest.mark.parametrize("content", ["secret\n", "secret\r\nmore\n", "secret", "\ufeffsecret\n"])
def test_a_password_file_is_read(tracker: ScriptedTracker, tmp_path: Path, content: str) -> None:
    path = tmp_path / "password"
    path.write_text(content, encoding="utf-8", newline="")
    screen = SeenScreen()
    handshake = Login(_options(tracker, password_file=path), screen).enter()
    handshake.connection.close()
    assert screen.secrets == []


def test_an_unreadable_password_file_is_an_error(tracker: ScriptedTracker, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the password file .*: No such file"):
        Login(_options(tracker, password_file=tmp_path / "none"), SeenScreen())
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="it is not UTF-8"):
        Login(_options(tracker, password_file=tmp_path / "binary"), SeenScreen())


@pytest.mark.parametrize("content", ["", "\n", "\r\nsecret\n", "\ufeff"])
def test_a_password_file_with_an_empty_first_line_is_an_error(
    tracker: ScriptedTracker, tmp_path: Path, content: str
) -> None:
    """Without a password nothing would be authenticated: an unwritten file must not lead to that."""
    (tmp_path / "empty").write_text(content, encoding="utf-8", newline="")
    with pytest.raises(ConfigError, match="begins with an empty line"):
        Login(_options(tracker, password_file=tmp_path / "empty"), SeenScreen())


def test_an_empty_password_warns_that_nothing_is_authenticated(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("", "ann")
    handshake, _ = _admit(tracker, screen)
    handshake.connection.close()
    (caution,) = screen.cautions
    assert caution.startswith("warning: without a password nothing is authenticated")
    assert caution.endswith(in_pairs(tracker.identity.fingerprint))


def test_an_unneeded_password_is_explained() -> None:
    with scripted_tracker() as tracker:
        screen = SeenScreen("secret", "", "ann")
        handshake, welcome = _admit(tracker, screen)
        handshake.connection.close()
    assert welcome.params[0] == "ann"
    (told,) = screen.shown
    assert "this tracker has none (press Enter to join without one" in told


def test_the_last_refusal_shows_the_fingerprint(tracker: ScriptedTracker) -> None:
    with pytest.raises(
        Refused, match=f"somebody may be intercepting the connection.* {in_pairs(tracker.identity.fingerprint)}$"
    ):
        Login(_options(tracker), SeenScreen("one", "two", "three")).enter()


@pytest.mark.parametrize("password", ["\U0001f98a", "x\x7f"])
def test_a_password_with_forbidden_characters_is_not_tried(tracker: ScriptedTracker, password: str) -> None:
    screen = SeenScreen(password, "secret", "ann")
    handshake, _ = _admit(tracker, screen)
    handshake.connection.close()
    (told,) = screen.shown
    assert "characters that passwords cannot have" in told
    assert tracker.peer().received == ["CAP LS 302"]


def test_stray_blanks_around_a_password_are_ignored(tracker: ScriptedTracker) -> None:
    screen = SeenScreen("  secret\t", "ann")
    handshake, _ = _admit(tracker, screen)
    handshake.connection.close()
    assert screen.shown == []
    assert len(tracker.peers) == 1


def test_blanks_that_belong_to_a_password_are_kept() -> None:
    with scripted_tracker(" secret") as tracker:
        screen = SeenScreen(" secret", "ann")
        handshake, _ = _admit(tracker, screen)
        handshake.connection.close()
        assert screen.shown == []
        assert len(screen.secrets) == 1


def test_a_wrong_password_with_blanks_is_one_attempt(tracker: ScriptedTracker) -> None:
    screen = SeenScreen(" one", "two ", "three", "secret")
    with pytest.raises(Refused, match="3 times"):
        Login(_options(tracker), screen).enter()
    assert screen.shown == [f"error: {NOT_ACCEPTED}"] * 3


@pytest.mark.parametrize("typed", ["", "https://chat.example/#tea"])
def test_a_required_password_is_asked_for_until_it_is_given(tracker: ScriptedTracker, typed: str) -> None:
    """A user who gives none sees that before the name prompt."""
    tracker.capabilities += " chatcore/password=required"
    screen = SeenScreen(typed, "secret", "ann")
    handshake, _ = _admit(tracker, screen)
    handshake.connection.close()
    assert screen.secrets == [REQUIRED] * 2
    assert screen.shown == [f"error: {NO_INVITATION if typed else PASSWORD_WANTED}"]
    assert len(tracker.peers) == 1


def test_a_pipe_has_to_give_a_required_password(tracker: ScriptedTracker) -> None:
    tracker.capabilities += " chatcore/password=required"
    with pytest.raises(Refused, match=f"^{PASSWORD_WANTED}$"):
        _admit(tracker, SeenScreen("", is_interactive=False))
    tracker.peer().wait_for_end()
    assert tracker.peer().received == ["CAP LS 302"]


def test_entering_again_fails_if_a_password_became_required(tracker: ScriptedTracker) -> None:
    tracker.password = ""
    login = Login(_options(tracker), SeenScreen(""))
    login.enter().connection.close()
    tracker.capabilities += " chatcore/password=required"
    with pytest.raises(Refused, match=f"^{PASSWORD_WANTED}$"):
        login.enter_again()


class TestInvitations:
    """Login with an invitation, at a real tracker."""

    @pytest.fixture
    def hosted(self, tmp_path: Path) -> Iterator[Hosted]:
        with hosted_tracker(tmp_path, "secret") as hosted:
            yield hosted

    def _link(self, hosted: Hosted) -> Link:
        _made, links = invite(hosted.tracker, "#tea", 1, 1)
        return links[0]

    def test_in_the_link_given_as_the_host(self, hosted: Hosted) -> None:
        link = self._link(hosted)
        options = Options("127.0.0.1", hosted.port, "ann", room=link.room, invitation=link.invitation)
        screen = SeenScreen()
        login = Login(options, screen)
        handshake, welcome = login.register(login.enter())
        handshake.connection.quit()
        assert welcome.params[0] == "ann"
        assert (screen.secrets, login.entrance) == ([], ("#tea",))

    def test_pasted_as_the_password(self, hosted: Hosted) -> None:
        link = self._link(hosted)
        login = Login(Options("127.0.0.1", hosted.port, "ann"), SeenScreen(f"{link.text}&room-key=milk\n"))
        handshake, _ = login.register(login.enter())
        handshake.connection.quit()
        assert login.entrance == ("#tea", "milk")

    def test_in_a_password_file(self, hosted: Hosted, tmp_path: Path) -> None:
        (tmp_path / "password").write_text(self._link(hosted).text, encoding="utf-8")
        login = Login(Options("127.0.0.1", hosted.port, "ann", tmp_path / "password"), SeenScreen())
        handshake, _ = login.register(login.enter())
        handshake.connection.quit()

    def test_used_up(self, hosted: Hosted) -> None:
        invitation = self._link(hosted).invitation
        assert invitation is not None
        login = Login(Options("127.0.0.1", hosted.port, "ann"), SeenScreen(invitation.text))
        login.register(login.enter())[0].connection.quit()
        screen = SeenScreen(invitation.text, "secret")
        login = Login(Options("127.0.0.1", hosted.port, "bob"), screen)
        enter(login)[0].connection.quit()
        assert screen.shown == ["error: That invitation is used up: ask for another"]

    def test_to_another_chat(self, hosted: Hosted) -> None:
        """For example yesterday's link. Nothing is proven yet, so the error is the client's own."""
        screen = SeenScreen("inv-000000-" + 26 * "0", "secret")
        login = Login(Options("127.0.0.1", hosted.port, "ann"), screen)
        enter(login)[0].connection.quit()
        assert screen.shown == [f"error: {INVITATION_NOT_ACCEPTED}"]


def test_a_password_file_with_another_link_is_an_error(tracker: ScriptedTracker, tmp_path: Path) -> None:
    (tmp_path / "link").write_text("https://chat.example/", encoding="utf-8")
    with pytest.raises(ConfigError, match="there is no invitation in that link"):
        Login(_options(tracker, password_file=tmp_path / "link"), SeenScreen())


class TestKnownTracker:
    """Login at a tracker visited before."""

    def _visited(self, tracker: ScriptedTracker, fingerprint: str | None = None) -> Visited:
        seen = tracker.identity.fingerprint if fingerprint is None else fingerprint
        return Visited("127.0.0.1", tracker.port, "bob", seen)

    def _admit(self, screen: SeenScreen, known: Visited, name: str | None = None) -> Message:
        login = Login(Options(known.host, known.port, name), screen, known)
        handshake, welcome = login.register(login.enter())
        handshake.connection.close()
        assert login.fingerprint
        return welcome

    def test_the_usual_name_is_offered(self, tracker: ScriptedTracker) -> None:
        tracker.taken = ()
        screen = SeenScreen("secret", "")
        assert self._admit(screen, self._visited(tracker)).params[0] == "bob"
        assert screen.questions == ["Username (Enter: bob): "]

    def test_a_pipe_is_not_offered_the_usual_name(self, tracker: ScriptedTracker) -> None:
        screen = SeenScreen("secret", "", "ann", is_interactive=False)
        assert self._admit(screen, self._visited(tracker)).params[0] == "ann"

    def test_a_name_about_to_be_freed_is_tried_again(
        self, tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(naming, "NAME_PAUSE_S", 0.01)
        refused: list[str] = []

        def refuse_twice(peer: Peer, message: Message) -> None:
            refused.append(message.params[0])
            if len(refused) == 2:
                tracker.taken, tracker.answers = (), {}
            peer.send(f":t 433 * {message.params[0]} :That username is taken")

        tracker.answers = {"NICK": refuse_twice}
        screen = SeenScreen("secret")
        assert self._admit(screen, self._visited(tracker), "bob").params[0] == "bob"
        assert refused == ["bob", "bob"]
        assert screen.shown == []

    def test_a_name_that_stays_taken_is_asked_for_again(
        self, tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(naming, "NAME_PAUSE_S", 0.01)
        screen = SeenScreen("secret")
        known = self._visited(tracker)

        def choose_another() -> None:
            screen.wait_for("error: bob: That username is taken")
            screen.type("ann")

        choosing = threading.Thread(target=choose_another)
        choosing.start()
        assert self._admit(screen, known, "bob").params[0] == "ann"
        choosing.join()
        assert sum(line == "NICK bob" for line in tracker.peer().received) == 1 + NAME_RETRIES

    def test_the_user_can_choose_another_name_instead_of_waiting(self, tracker: ScriptedTracker) -> None:
        screen = SeenScreen("secret", "", "ann")
        assert self._admit(screen, self._visited(tracker), "bob").params[0] == "ann"
        assert screen.questions[0].startswith("bob is taken, perhaps by a lost connection of yours.")
        assert screen.shown == []

    def test_a_tracker_may_leave_while_a_name_is_retried(self, tracker: ScriptedTracker) -> None:
        def leave(peer: Peer, message: Message) -> None:
            peer.send(f":t 433 * {message.params[0]} :That username is taken", "ERROR :the tracker has left")
            peer.hang_up()

        tracker.answers = {"NICK": leave}
        with pytest.raises(EndedAtPrompt, match="the tracker has left"):
            self._admit(SeenScreen("secret"), self._visited(tracker), "bob")

    def test_another_certificate_with_a_proof_is_mentioned(self, tracker: ScriptedTracker) -> None:
        screen = SeenScreen("secret", "ann")
        self._admit(screen, self._visited(tracker, "another"))
        assert screen.shown == [
            "* the tracker has another certificate than last time; it has proven that it knows the password"
        ]
        assert screen.cautions == []

    def test_another_certificate_without_a_proof_is_warned_about(self) -> None:
        with scripted_tracker() as tracker:
            screen = SeenScreen("", "ann")
            self._admit(screen, self._visited(tracker, "another"))
        (caution,) = screen.cautions
        assert caution.startswith("warning: ANOTHER CERTIFICATE than the last time you were here.")
        assert caution.endswith(in_pairs(tracker.identity.fingerprint))

    @pytest.mark.parametrize("password", ["", "secret"])
    def test_the_same_certificate_needs_no_warning(self, password: str) -> None:
        with scripted_tracker(password) as tracker:
            screen = SeenScreen(password, "ann")
            self._admit(screen, self._visited(tracker))
        same = "* without a password nothing is authenticated, but the certificate is the same as last time"
        assert screen.shown == ([] if password else [same])
        assert screen.cautions == []


def test_entering_again_waits_for_the_end_of_the_proof(tracker: ScriptedTracker) -> None:
    """Otherwise the tracker might end when the connection before it leaves."""
    login = Login(_options(tracker), SeenScreen("secret"))
    login.enter().connection.close()
    tracker.answers = {"AUTHENTICATE": _refusing_the_acknowledgement(tracker)}
    with pytest.raises(Refused, match="it is wrong"):
        login.enter_again()
    tracker.peer(1).wait_for_end()


def _refusing_the_acknowledgement(tracker: ScriptedTracker) -> Callable[[Peer, Message], None]:
    def refuse(peer: Peer, message: Message) -> None:
        if len(peer.scram_messages) == 2:
            peer.send(":t 904 * :no")
        else:
            tracker._take_authenticate(peer, message)

    return refuse


def test_a_refusal_after_the_proof_is_reported(tracker: ScriptedTracker) -> None:
    """The refusal is reported when the name is claimed, as nothing waits for it earlier."""
    tracker.answers = {"AUTHENTICATE": _refusing_the_acknowledgement(tracker)}
    login = Login(_options(tracker, "ann"), SeenScreen("secret", is_interactive=False))
    handshake = login.enter()
    with pytest.raises(Refused, match="it is wrong"):
        login.register(handshake)
