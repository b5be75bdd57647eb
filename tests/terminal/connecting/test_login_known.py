"""Login at a tracker visited before: its certificate, and the usual name."""

import threading

import pytest

from chatcore.protocol.message import Message
from chatcore.terminal.arguments import Options
from chatcore.terminal.connecting import naming
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.connecting.naming import NAME_RETRIES
from chatcore.terminal.connecting.questions import EndedAtPrompt
from chatcore.terminal.recent import Visited
from chatcore.transport.fingerprint import in_pairs
from tests.support.scripted import Peer, ScriptedTracker, scripted_tracker
from tests.support.seen import SeenScreen


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
