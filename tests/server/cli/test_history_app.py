"""The command `history`: its arguments, and erasing without a tracker, beside one, and while one ends."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.server.archive.erasing.erase_mail import ERASE_LOCK, MAX_MS, EraseAnswer, EraseMail, EraseRequest
from chatcore.server.archive.journal.journal import Journal
from chatcore.server.cli import history_app, history_erase
from chatcore.server.cli.app import main
from chatcore.server.cli.history_app import history_main
from chatcore.server.file_lock import locked_at_once
from chatcore.server.state_folder import StateFolder
from chatcore.state.erasure import Erasure
from tests.support.together import started
from tests.support.trackers import hosted_tracker


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder with a message from eve that is still in the journal."""
    folder = tmp_path / "state"
    StateFolder(folder).close()
    journal = Journal(folder)
    body = b":eve!u@h PRIVMSG #lobby :wort \xe7\xa7\x98\xe5\xaf\x86\r\n"
    journal.append(b"m\to:1:5:#lobby\t%x\t1793448000000\t1793448000000\t\t %b" % (1 << 16, body))
    journal.commit()
    journal.close()
    return folder


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_erase, "_LOOK_S", 0.01)


def _contains(folder: Path, text: str) -> bool:
    return any(text.encode() in path.read_bytes() for path in folder.iterdir())


def _erase(state: Path, *arguments: str) -> int:
    return history_main(["erase", *arguments, "--state-dir", str(state), "--log", str(state.parent / "chat.log")])


@pytest.mark.parametrize(
    ("arguments", "erasure"),
    [
        (["--from", "Eve"], Erasure("eve")),
        (["--room", "#Lobby"], Erasure(room="#lobby")),
        (["--room", "lobby"], Erasure(room="#lobby")),
        (["--before", "2026-11-01T00:00Z"], Erasure(before_ms=1_793_491_200_000)),
        (["--before", "1960-01-01"], Erasure(before_ms=0)),
        (["--before", "9999-12-31"], Erasure(before_ms=MAX_MS)),
        (["--from", "秘密", "--room", "a", "--before", "1970-01-01T00:00:01Z"], Erasure("秘密", "#a", 1000)),
    ],
)
def test_conditions_are_parsed(
    state: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], erasure: Erasure
) -> None:
    asked: list[Erasure] = []

    def note(config: object, erasure: Erasure) -> int:
        asked.append(erasure)
        return 0

    monkeypatch.setattr(history_app, "erase_history", note)
    assert _erase(state, *arguments) == 0
    assert asked == [erasure]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "erase what? Name it with --from, --room or --before (--help shows the usage)"),
        (["--from", ""], "'' is not a name"),
        (["--from", "ann bob"], "'ann bob' is not a name"),
        (["--room", ""], "'' is not a name"),
        (["--before", "soon"], "soon is not a date; one is written 2026-11-01"),
    ],
)
def test_missing_or_invalid_conditions_erase_nothing(state: Path, arguments: list[str], words: str) -> None:
    with pytest.raises(ConfigError, match=f"^{re.escape(words)}$"):
        _erase(state, *arguments)
    assert _contains(state, "秘密")


def test_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        history_main(["erase", "--help"])
    told = capsys.readouterr().out
    assert "This cannot be undone." in told
    assert max(map(len, told.splitlines())) < 80


def test_a_missing_folder_is_not_created(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--state-dir", str(tmp_path / "stat"), "history", "erase", "--from", "eve"]) == 2
    assert "cannot use the state folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_another_users_folder_is_left_alone(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(ConfigError, match="belongs to another user: run this as the tracker's user"):
        _erase(state, "--from", "eve")


def test_other_tracker_options_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "1", "history", "erase"]) == 2
    assert "history takes are --state-dir, --log and --config" in capsys.readouterr().err


def test_without_a_tracker_messages_are_erased_at_once(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _erase(state, "--from", "EVE") == 0
    log = state.parent / "chat.log"
    assert capsys.readouterr() == (f"Erased 1 message. The log is unchanged: {log}\n", "")
    assert not _contains(state, "秘密")
    assert not _contains(state, "eve")
    StateFolder(state).close()
    assert _erase(state, "--from", "eve") == 0
    assert capsys.readouterr().out.startswith("Erased 0 messages. ")


def test_a_newer_state_is_left_alone(state: Path) -> None:
    (state / "positions").write_text('{"version": 99}')
    with pytest.raises(ConfigError, match="newer version"):
        _erase(state, "--from", "eve")
    assert _contains(state, "秘密")


def test_an_incomplete_erasure_is_reported(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (state / "history-2026-09.sqlite").write_bytes(b"x" * 5000)
    assert _erase(state, "--from", "eve") == 2
    told = capsys.readouterr()
    assert told.out.startswith("Erased 1 message. ")
    assert (
        "history-2026-09.sqlite.aside in the state folder is damaged and may still contain erased messages" in told.err
    )


def test_a_disk_error_is_reported(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(EraseMail, "ask", fail)
    with pytest.raises(ConfigError, match="No space left on device"):
        _erase(state, "--from", "eve")


def test_a_running_tracker_erases_messages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with hosted_tracker(tmp_path) as hosted:
        eve = hosted.client("eve", "#a", caps="draft/chathistory batch")
        bob = hosted.client("bob", "#a", caps="draft/chathistory batch")
        eve.command("PRIVMSG #a :wort", "PRIVMSG bob :wort")
        bob.command("PRIVMSG #a :harmless")
        assert _erase(tmp_path / "state", "--from", "eve") == 0
        assert capsys.readouterr().out.startswith("Erased 2 messages. ")
        assert not _contains(tmp_path / "state", "wort")
        eve.sync()
        answers = eve.command("PRIVMSG #a :later", "CHATHISTORY LATEST #a * 10", "CHATHISTORY LATEST bob * 10")
        assert [line.params[-1] for line in answers if line.command == "PRIVMSG"] == ["harmless", "later"]
        assert hosted.log_lines()[-2:] == ["erase eve * *", "message #a eve :later"]


def test_a_second_erasure_at_the_same_time_is_refused(state: Path) -> None:
    with locked_at_once(state / ERASE_LOCK), pytest.raises(ConfigError, match="another `history erase`"):
        _erase(state, "--from", "eve")


def _run_beside(state: Path, do: Callable[[EraseMail], object]) -> int:
    """Run the command while another process holds the folder; `do` handles the request there."""
    mail, folder = EraseMail(state), StateFolder(state)

    def play() -> None:
        while not mail.has_request:
            threading.Event().wait(0.005)
        do(mail)

    with closing(folder), started(play):
        return _erase(state, "--from", "eve")


def test_the_trackers_answer_is_printed(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(mail: EraseMail) -> None:
        request = mail.take()
        assert request is not None
        mail.finish(EraseAnswer(request.id, True, messages=1234, problems=("x is damaged",)))

    assert _run_beside(state, answer) == 2
    told = capsys.readouterr()
    assert told.out.startswith("Erased 1,234 messages. ")
    assert told.err == "chat-tracker: x is damaged\n"
    assert not (state / "erase-answer").exists()


def test_a_lost_answer_is_not_waited_for(state: Path) -> None:
    def lose(mail: EraseMail) -> None:
        mail.take()
        mail.drop()

    with pytest.raises(ConfigError, match="the tracker could not write its answer"):
        _run_beside(state, lose)


def test_a_tracker_that_does_not_answer_is_given_up(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_erase, "_TAKEN_WITHIN_S", 0.05)
    with pytest.raises(ConfigError, match="does not answer; is it an older version"):
        _run_beside(state, lambda mail: None)
    assert not EraseMail(state).has_request


def test_the_command_takes_over_from_a_tracker_that_ends(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tracker = StateFolder(state)
    mail = EraseMail(state)

    def end() -> None:
        while not mail.has_request:
            threading.Event().wait(0.005)
        mail.take()
        tracker.close()

    with started(end):
        assert _erase(state, "--from", "eve") == 0
    assert capsys.readouterr().out.startswith("Erased 1 message. ")
    assert not _contains(state, "秘密")


@pytest.mark.parametrize(("is_taken", "words"), [(False, "Not erased.\n"), (True, "The tracker goes on erasing.\n")])
def test_an_interrupted_wait_says_what_happens_to_the_request(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, is_taken: bool, words: str
) -> None:
    mail = EraseMail(state)

    def interrupt(seconds: float) -> None:
        if is_taken:
            mail.take()
        raise KeyboardInterrupt

    monkeypatch.setattr(history_erase, "sleep", interrupt)
    with closing(StateFolder(state)):
        assert main(["history", "erase", "--from", "eve", "--state-dir", str(state)]) == 130
    assert capsys.readouterr().err == f"{words}\n"
    assert mail.has_request is is_taken


def test_an_interrupted_erasure_warns_that_it_may_be_partial(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("chatcore.server.archive.erasing.erase_duty.erase", interrupt)
    assert main(["history", "erase", "--from", "eve", "--state-dir", str(state)]) == 130
    assert capsys.readouterr().err == "Interrupted: some messages may be erased already.\n\n"
    assert not EraseMail(state).has_request


def test_progress_is_shown_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    now = [0.0]
    progress = history_erase._Progress(lambda: now[0])
    progress.show(None)
    now[0] = 1.5
    progress.show(None)
    progress.show(EraseAnswer("id", False, 34, 3))
    progress.show(EraseAnswer("id", False, 34, 3))
    progress.end()
    progress.end()
    shown = capsys.readouterr().err.split("\r")
    assert [each.rstrip() for each in shown] == ["", "waiting for the tracker", "34 % of 3 files", "", ""]


def test_a_leftover_request_is_carried_out(state: Path) -> None:
    mail = EraseMail(state)
    mail.ask(EraseRequest("old", Erasure("eve")))
    mail.take()
    assert _erase(state, "--from", "nobody") == 0
    assert not _contains(state, "秘密")
