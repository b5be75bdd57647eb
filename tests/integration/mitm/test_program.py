"""The program itself, client.py, as used by scripts and people, with a man in the middle."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.terminal.connecting.turned_away import NO_SAFE_WAY, NOT_ACCEPTED, NOT_PROVEN
from chatcore.transport.fingerprint import in_pairs
from tests.integration.mitm.learned import NAME, assert_learned_nothing
from tests.integration.mitm.relays import ManInTheMiddle, Tap, running
from tests.integration.mitm.visitor import PASSWORD
from tests.support.irc import DEADLINE_S
from tests.support.scripted import scripted_tracker
from tests.support.terminal import terminal
from tests.support.trackers import ROOT, TrackerProcess, tracker_process

_CLIENT = (sys.executable, str(ROOT / "client.py"), "127.0.0.1")


@pytest.fixture
def program(tmp_path: Path) -> Iterator[TrackerProcess]:
    """The tracker as a program, with a password."""
    with tracker_process(tmp_path, "--keep-alive", password=PASSWORD) as tracker:
        yield tracker


def _run(port: int, *words: str) -> tuple[int, str, str]:
    """Run a client that tries to say a secret; return its status, stdout and stderr."""
    typed = f"{PASSWORD}\n{NAME}\nthe secret\n".encode()
    result = subprocess.run([*_CLIENT, str(port), *words], input=typed, capture_output=True, timeout=DEADLINE_S * 3)
    return result.returncode, result.stdout.decode(), result.stderr.decode()


def test_a_forged_certificate_is_refused(program: TrackerProcess) -> None:
    with running(ManInTheMiddle(program.port)) as middle:
        assert _run(middle.port) == (1, "", f"error: {NOT_ACCEPTED}\n")
    assert_learned_nothing(middle.from_client, PASSWORD)
    assert "the secret" not in "".join(middle.from_client)
    assert "connect " not in program.log_path.read_text(encoding="utf-8")


@pytest.mark.thorough
def test_a_mere_relay_does_no_harm(program: TrackerProcess) -> None:
    with running(Tap(program.port)) as tap:
        status, shown, errors = _run(tap.port)
    assert (status, errors) == (0, "")
    assert f"[#lobby] <{NAME}> the secret" in shown


@pytest.mark.thorough
def test_a_hidden_mechanism_is_refused(program: TrackerProcess) -> None:
    def hide(line: str) -> list[str]:
        return [line.replace("SCRAM-SHA-256-PLUS,", "")]

    with running(ManInTheMiddle(program.port, to_client=hide)) as middle:
        assert _run(middle.port) == (1, "", f"error: {NO_SAFE_WAY}\n")
    assert middle.from_client == ["CAP LS 302"]


@pytest.mark.thorough
def test_insecure_gives_everything_away_with_a_warning(program: TrackerProcess) -> None:
    """Only this option permits what is refused otherwise, with a warning that says so."""
    with running(ManInTheMiddle(program.port)) as middle:
        status, shown, errors = _run(middle.port, "--insecure")
    assert status == 0
    assert f"[#lobby] <{NAME}> the secret" in shown
    assert errors.startswith("warning: --insecure: this connection is encrypted, but not authenticated.")
    assert errors.count("\n") == 1
    assert f"PASS :{PASSWORD}" in middle.from_client
    assert any(line.endswith("PRIVMSG #lobby :the secret") for line in middle.from_client)


@pytest.mark.thorough
def test_unproven_success_is_refused() -> None:
    with scripted_tracker() as fake:
        fake.answers = {"AUTHENTICATE": lambda peer, _: peer.send(":t 903 * :welcome")}
        assert _run(fake.port) == (1, "", f"error: {NOT_PROVEN}\n")
        fake.peer().wait_for_end()
        assert_learned_nothing(fake.peer().received, PASSWORD)


@pytest.mark.thorough
def test_nothing_is_sent_without_tls() -> None:
    with scripted_tracker(PASSWORD) as plain:
        plain.speaks_tls = False
        plain.greeting = ":t NOTICE * :hello"
        errors = f"error: 127.0.0.1:{plain.port} does not speak TLS, so nothing was sent to it\n"
        assert _run(plain.port) == (1, "", errors)


@pytest.mark.thorough
def test_person_is_warned_and_asked_again(program: TrackerProcess, tmp_path: Path) -> None:
    with (
        running(ManInTheMiddle(program.port)) as middle,
        terminal(*_CLIENT, str(middle.port), NAME, cwd=tmp_path, columns=400) as person,
    ):
        for _ in range(3):
            person.expect("^Password")
            person.enter(PASSWORD)
            person.expect("! the password was not accepted: .* or somebody is intercepting the connection")
        person.expect(
            "! the password was not accepted 3 times. If it was right, somebody may be intercepting the connection: "
            "then the tracker shows another fingerprint of its certificate than "
            f"{in_pairs(middle.identity.fingerprint)}"
        )
        assert person.wait() == 1
    assert "Traceback" not in person.screen
    assert PASSWORD not in person.screen
    assert_learned_nothing(middle.from_client, PASSWORD)


@pytest.mark.thorough
def test_logout_fails_safely_with_a_man_in_the_middle(program: TrackerProcess, tmp_path: Path) -> None:
    """The next connection is proven before the good one is closed, so nothing is lost."""
    with (
        running(ManInTheMiddle(program.port)) as middle,
        running(Tap(program.port)) as tap,
        terminal(*_CLIENT, str(tap.port), NAME, cwd=tmp_path, columns=400) as person,
    ):
        person.expect("^Password")
        person.enter(PASSWORD)
        person.expect(rf"\* in #lobby: @{NAME}")
        tap.tracker_port = middle.port
        person.enter("/logout")
        person.expect("! not logged out: the password was not accepted")
        person.enter("still here")
        person.expect(f"<{NAME}> still here")
        person.enter("exit")
        assert person.wait() == 0
    assert_learned_nothing(middle.from_client, PASSWORD)
