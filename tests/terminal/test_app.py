"""The main program, run in this process: its exit status and what it shows."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from unittest.mock import Mock

import pytest

from chatcore.protocol.invitations import make_invitation
from chatcore.terminal import app
from chatcore.terminal.choosing import NOT_CHOSEN, QUESTION, QUESTION_WITH_LIST
from chatcore.terminal.connecting.turned_away import NOT_ACCEPTED, PASSWORD_WANTED
from chatcore.terminal.local import Local
from chatcore.terminal.nearby import Found
from chatcore.terminal.recent import FILE, Visited, parse_visited, write_visited
from chatcore.terminal.screen import prompt
from chatcore.terminal.screen.attention import Wishes
from chatcore.terminal.settings import Settings
from tests.support.scripted import Peer, ScriptedTracker, identity, scripted_tracker
from tests.support.seen import SeenScreen


@pytest.fixture
def tracker() -> Iterator[ScriptedTracker]:
    with scripted_tracker("secret") as tracker:
        yield tracker


def _main(screen: SeenScreen, monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(app, "_open_screen", lambda *_: screen)
    return app.main([str(word) for word in words])


def test_exit_ends_with_status_0(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = SeenScreen("secret", "ann", "exit")
    assert _main(screen, monkeypatch, "127.0.0.1", tracker.port) == 0
    assert screen.shown[0] == "* Welcome, ann!"
    assert not screen.has_swallowed_keys


def test_a_tracker_goodbye_is_shown_and_ends_with_status_0(
    tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(peer: Peer, _message: object) -> None:
        peer.send("ERROR :the tracker has left")
        peer.hang_up()

    tracker.answers = {"AWAY": leave}
    screen = SeenScreen("secret", "ann", "/away")
    assert _main(screen, monkeypatch, "127.0.0.1", tracker.port) == 0
    assert screen.shown[-1] == "* the tracker has left"
    assert screen.has_swallowed_keys


def test_after_logout_another_name_can_log_in(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = SeenScreen("secret", "ann", "/logout", "bob", "/quit")
    assert _main(screen, monkeypatch, "127.0.0.1", tracker.port) == 0
    assert [line for line in screen.shown if "Welcome" in line or "out" in line] == [
        "* Welcome, ann!",
        "* logged out",
        "* Welcome, bob!",
    ]


@pytest.mark.parametrize("line", [EOFError(), "exit"])
def test_leaving_at_the_username_prompt(
    tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch, line: str | BaseException
) -> None:
    assert _main(SeenScreen("secret", line), monkeypatch, "127.0.0.1", tracker.port) == 0


def test_wrong_password(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = SeenScreen("guess", is_interactive=False)
    assert _main(screen, monkeypatch, "127.0.0.1", tracker.port) == 1
    assert screen.shown == [f"error: {NOT_ACCEPTED}"]


def test_a_password_demanded_late_is_asked_for_again(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(peer: Peer, _message: object) -> None:
        tracker.answers = {}
        peer.send(":t 464 * :Missing password")

    tracker.answers = {"USER": refuse}
    screen = SeenScreen("", "ann", "secret", "exit")
    assert _main(screen, monkeypatch, "127.0.0.1", tracker.port) == 0
    assert screen.shown[:2] == [f"error: {PASSWORD_WANTED}", "* Welcome, ann!"]


def test_a_tracker_leaving_at_the_name_prompt_ends_with_status_0(
    tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Watching(SeenScreen):
        def ask(self, question: str, *, is_secret: bool = False) -> str:
            if not is_secret:
                tracker.peer().send("ERROR :the tracker has left")
                tracker.peer().hang_up()
            return super().ask(question, is_secret=is_secret)

    screen = Watching("secret")
    assert _main(screen, monkeypatch, "127.0.0.1", tracker.port) == 0
    assert screen.has_swallowed_keys
    assert screen.shown == ["* the tracker has left"]


def test_interrupt_at_a_prompt(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _main(SeenScreen(KeyboardInterrupt()), monkeypatch, "127.0.0.1", tracker.port) == 130


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_at_a_prompt(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch, number: signal.Signals) -> None:
    class Signalled(SeenScreen):
        def ask(self, question: str, *, is_secret: bool = False) -> str:
            os.kill(os.getpid(), number)
            raise AssertionError("the signal did not interrupt")

    before = signal.getsignal(number)
    assert _main(Signalled(), monkeypatch, "127.0.0.1", tracker.port) == 128 + number
    assert signal.getsignal(number) is before


def test_an_ignored_signal_stays_ignored(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:

        class Signalled(SeenScreen):
            def ask(self, question: str, *, is_secret: bool = False) -> str:
                os.kill(os.getpid(), signal.SIGHUP)
                return super().ask(question, is_secret=is_secret)

        assert _main(Signalled("secret", "ann", "exit"), monkeypatch, "127.0.0.1", tracker.port) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_usage_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["tracker", "0"]) == 2
    assert capsys.readouterr().err == "chat-client: '0' is not a port; ports are 1 to 65535\n"


@pytest.mark.parametrize("words", [["{}", "1", "ann", "x"], ["127.0.0.1:{}"], ["-z{}"], ["--theme", "{}"], ["h {}"]])
def test_usage_errors_never_show_an_invitation(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    invitation = make_invitation(bytes(range(20)))
    assert app.main([word.format(invitation.text) for word in words]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("chat-client: ")
    assert invitation.secret not in shown


def _write_settings(text: str) -> None:
    path = Local.of_user().settings_path
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def settings_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.mark.usefixtures("settings_folder")
def test_the_name_comes_from_settings_or_the_command_line(
    tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_settings("name = 'ann'\n")
    screen = SeenScreen("secret", "exit")
    assert _main(screen, monkeypatch, "127.0.0.1", tracker.port) == 0
    assert screen.shown[0] == "* Welcome, ann!"
    screen = SeenScreen("secret", "exit")
    assert _main(screen, monkeypatch, "127.0.0.1", tracker.port, "bob") == 0
    assert screen.shown[0] == "* Welcome, bob!"


@pytest.mark.usefixtures("settings_folder")
def test_a_pipe_ignores_the_name_in_the_settings(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    _write_settings("name = 'ann'\n")
    screen = SeenScreen("secret", "bob", EOFError(), is_interactive=False)
    assert _main(screen, monkeypatch, "127.0.0.1", tracker.port) == 0
    assert screen.shown[0] == "* Welcome, bob!"


@pytest.mark.usefixtures("settings_folder")
def test_mistakes_in_the_settings_are_shown_and_not_fatal(
    tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_settings("colour = 1\n")
    screen = SeenScreen("secret", "ann", "exit")
    assert _main(screen, monkeypatch, "127.0.0.1", tracker.port) == 0
    path = Local.of_user().settings_path
    assert screen.shown[:2] == [f"error: {path}: colour: there is no such setting", "* Welcome, ann!"]


@pytest.mark.usefixtures("settings_folder")
def test_unreadable_settings_are_shown_and_not_fatal(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    Local.of_user().settings_path.mkdir(parents=True)
    screen = SeenScreen("secret", "ann", "exit")
    assert _main(screen, monkeypatch, "127.0.0.1", tracker.port) == 0
    assert screen.shown[0].endswith("client.toml: cannot be read: Is a directory")


def test_typed_lines_come_back_on_the_next_visit(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = SeenScreen("secret", "ann", "hello", "exit")
    assert _main(screen, monkeypatch, "127.0.0.1", tracker.port) == 0
    assert screen.recalled == []
    again = SeenScreen("secret", "ann", "exit")
    assert _main(again, monkeypatch, "127.0.0.1", tracker.port) == 0
    assert again.recalled == ["hello"]


def test_settings_choose_the_kinds_of_alerts(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[Wishes] = []
    monkeypatch.setattr(prompt, "TerminalScreen", lambda _appearance, wishes, **_: wanted.append(wishes))
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    local = Local(Path("a"), Path("b"))
    app._open_screen("dark", Settings(bell=False), local)
    app._open_screen("dark", Settings(title=False, notify=False), local)
    assert wanted == [Wishes(bell=False), Wishes(title=False, notify=False)]


@pytest.fixture
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(app, "_has_keyboard", lambda: True)


@pytest.mark.usefixtures("own_state")
def test_without_arguments_the_last_tracker_is_offered(
    tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = SeenScreen("secret", "ann", "exit")
    assert _main(screen, monkeypatch, "127.0.0.1", tracker.port) == 0
    screen = SeenScreen("", "secret", "exit")
    assert _main(screen, monkeypatch) == 0
    assert screen.questions == [QUESTION_WITH_LIST]
    assert screen.shown[:2] == [f"* 1  127.0.0.1:{tracker.port}  as ann", "* Welcome, ann!"]
    kept = Local.of_user().read_state(FILE)
    assert tracker.identity.fingerprint in kept
    assert "secret" not in kept


class _Announced:
    """Stands in for Nearby: announces one tracker, with the key of a tracker visited before."""

    def __init__(self, port: int) -> None:
        (known,) = parse_visited(Local.of_user().read_state(FILE))
        self._found = Found(known.key, port, ("127.0.0.1",))

    def __call__(self, tell: Callable[[Found], None]) -> AbstractContextManager[None]:
        tell(self._found)
        return nullcontext()


@pytest.mark.usefixtures("own_state", "settings_folder")
def test_a_known_key_announced_with_another_certificate_is_warned_about(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_tracker("") as tracker, scripted_tracker("") as other:
        assert _main(SeenScreen("", "ann", "exit"), monkeypatch, "127.0.0.1", tracker.port) == 0
        monkeypatch.setattr(app, "Nearby", _Announced(other.port))
        other.identity = identity("other")
        screen = SeenScreen("2", "", "exit")
        assert _main(screen, monkeypatch) == 0
        assert screen.shown[1] == f"* 2  127.0.0.1:{other.port}  as ann  claims to be 1, at another address"
    (caution,) = screen.cautions
    assert caution.startswith("warning: ANOTHER CERTIFICATE than the last time you were here.")


@pytest.mark.usefixtures("own_state", "settings_folder")
def test_looking_for_chats_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    _write_settings("nearby = false\n")
    monkeypatch.setattr(app, "Nearby", Mock(side_effect=AssertionError("a search for chats was started")))
    assert _main(SeenScreen(EOFError()), monkeypatch) == 0


@pytest.mark.usefixtures("own_state")
def test_trackers_saved_by_another_client_are_kept(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Visited("192.168.1.5", 8000, "ann")

    class Beside(SeenScreen):
        def ask(self, question: str, *, is_secret: bool = False) -> str:
            Local.of_user().write_state(FILE, write_visited([other]))
            return super().ask(question, is_secret=is_secret)

    assert _main(Beside("secret", "ann", "exit"), monkeypatch, "127.0.0.1", tracker.port) == 0
    assert parse_visited(Local.of_user().read_state(FILE))[1:] == [other]


@pytest.mark.usefixtures("own_state")
def test_a_link_is_accepted_at_the_prompt(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = SeenScreen(f"https://127.0.0.1:{tracker.port}/#room=tea&room-key=milk", "secret", "ann", "exit")
    assert _main(screen, monkeypatch, "-") == 0
    assert screen.questions == [QUESTION, "Username: "]
    assert "JOIN #tea milk" in tracker.peer().received


@pytest.mark.usefixtures("own_state", "settings_folder")
def test_trackers_are_not_saved_when_turned_off(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    _write_settings("trackers = 0\n")
    screen = SeenScreen("secret", "ann", "exit")
    assert _main(screen, monkeypatch, "127.0.0.1", tracker.port) == 0
    assert Local.of_user().read_state(FILE) == ""


@pytest.mark.usefixtures("own_state")
def test_chatting_works_when_nothing_can_be_saved(
    tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "chatcore").write_text("no folder", encoding="utf-8")
    assert _main(SeenScreen("secret", "ann", "exit"), monkeypatch, "127.0.0.1", tracker.port) == 0


@pytest.mark.usefixtures("own_state")
@pytest.mark.parametrize(("line", "status"), [(EOFError(), 0), (KeyboardInterrupt(), 130)])
def test_leaving_at_the_tracker_prompt(line: BaseException, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _main(SeenScreen(line), monkeypatch) == status


def test_a_pipe_has_to_name_a_tracker(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(app, "_has_keyboard", lambda: False)
    screen = SeenScreen(EOFError(), is_interactive=False)
    assert _main(screen, monkeypatch) == 2
    assert "HOST [PORT] [NAME]" in capsys.readouterr().out
    assert _main(screen, monkeypatch, "-") == 2
    assert NOT_CHOSEN in capsys.readouterr().err
    assert screen.shown == []


def test_a_pipe_may_begin_with_a_link(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_has_keyboard", lambda: False)
    screen = SeenScreen(f"127.0.0.1:{tracker.port}/", "secret", "ann", EOFError(), is_interactive=False)
    assert _main(screen, monkeypatch, "-") == 0
    assert screen.shown[0] == "* Welcome, ann!"


def test_importing_the_app_does_not_load_prompt_toolkit() -> None:
    """Loading it would take as long as the rest of the start."""
    loaded = "import sys, chatcore.terminal.app; print('prompt_toolkit' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False\n"
