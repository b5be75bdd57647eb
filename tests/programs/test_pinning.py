"""irssi and WeeChat with the recipes of docs/irc-clients.md: pins decide which certificates are trusted."""

from __future__ import annotations

import functools
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chatcore.server.console.table import carry_out
from chatcore.transport.own_certificate import make_certificate, renew_certificate
from tests.support.document import Document
from tests.support.irc import DEADLINE_S
from tests.support.terminal import terminal
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker

PASSWORD = "correct-horse"
_NAMES = ("localhost",)
_DOCUMENT = Document("docs/irc-clients.md")


def _recipe(client: str, port: int, pin: str) -> list[str]:
    """Return the document's commands for a client, with the tracker's port, password and pin filled in."""
    lines = _DOCUMENT.section(client).indented()
    values = {"192.168.1.5": "127.0.0.1", "8000": str(port), "PASSWORD": PASSWORD, "AB:CD:...": pin, "ABCD...": pin}
    recipe = lines[: lines.index("/connect chat") + 1]
    return [functools.reduce(lambda text, word: text.replace(word, values[word]), values, line) for line in recipe]


class _Pins:
    """The fingerprints that the operator's console shows."""

    def __init__(self, hosted: Hosted) -> None:
        text = "\n".join(carry_out(hosted.tracker, "fingerprint").lines)
        self.certificate = _found("^Certificate, SHA-256: (.+)$", text)
        self.public_key = _found("^Public key, SHA-256:  (.+)$", text)
        self.next_certificate = _found("^From .* SHA-256 (.+)$", text)


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    return found[1] if found else ""


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker whose certificate is 780 days old, so that the next one is known."""
    make_certificate(tmp_path / "state" / "tls.pem", _NAMES, datetime.now(UTC) - timedelta(days=780))
    with hosted_tracker(tmp_path, PASSWORD) as hosted:
        yield hosted


def _renew(hosted: Hosted) -> None:
    before = hosted.tracker.tls_identity
    renew_certificate(hosted.tracker.config.state_dir / "tls.pem", _NAMES, datetime.now(UTC) + timedelta(days=30))
    hosted.tracker.reload()
    assert hosted.tracker.tls_identity.fingerprint != before.fingerprint
    assert hosted.tracker.tls_identity.key_fingerprint == before.key_fingerprint


def test_irssi_pins_the_public_key(hosted: Hosted, program: Callable[[str], Path], tmp_path: Path) -> None:
    pins = _Pins(hosted)
    other = f"{'00:' * 31}00"

    def connect(pin: str, home: str, outcome: str) -> None:
        with terminal(str(program("irssi")), f"--home={tmp_path / home}", cwd=tmp_path) as irssi:
            for line in _recipe("irssi", hosted.port, pin):
                irssi.enter(line)
            irssi.expect(outcome)
            irssi.enter("/quit")
            assert irssi.wait() == 0

    connect(pins.public_key, "one", "Welcome to the chat, ann")
    connect(other, "two", "Pinned public key mismatch")
    _renew(hosted)
    connect(pins.public_key, "three", "Welcome to the chat, ann")
    assert sum(line.startswith("connect ann ") for line in hosted.log_lines()) == 2


def test_openssl_computes_the_same_pin(hosted: Hosted, program: Callable[[str], Path], tmp_path: Path) -> None:
    (command,) = (line for line in _DOCUMENT.indented() if line.startswith("openssl "))
    program("openssl")
    shown = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert shown.stdout.rpartition(" ")[2].strip().upper() == _Pins(hosted).public_key


@contextmanager
def _weechat(program: Callable[[str], Path], home: Path, port: int, pins: str) -> Iterator[Callable[[], str]]:
    """Run WeeChat with these pins; yield a function that returns its log of the server."""
    # Debian's WeeChat is older than version 4, for which the document says to write ssl.
    *recipe, connect = (line.replace("tls", "ssl") for line in _recipe("WeeChat", port, pins))
    commands = (*recipe, "/set logger.file.flush_delay 0", connect)
    options = [word for command in commands for word in ("-r", command)]
    null = subprocess.DEVNULL
    process = subprocess.Popen(
        [program("weechat-headless"), "-d", home, *options], stdin=null, stdout=null, stderr=null
    )
    log = home / "logs" / "irc.server.chat.weechatlog"
    try:
        yield lambda: log.read_text() if log.exists() else ""
    finally:
        process.terminate()
        process.wait(DEADLINE_S)


def test_weechat_pins_the_present_and_the_next_certificate(
    hosted: Hosted, program: Callable[[str], Path], tmp_path: Path
) -> None:
    pins = _Pins(hosted)
    both = f"{pins.certificate},{pins.next_certificate}"

    def connect(pin: str, home: str, outcome: str) -> None:
        with _weechat(program, tmp_path / home, hosted.port, pin) as shown:
            wait_until(lambda: outcome in shown())

    connect(both, "one", "Welcome to the chat, ann")
    connect(pins.next_certificate, "two", "certificate fingerprint does NOT match")
    _renew(hosted)
    connect(both, "three", "Welcome to the chat, ann")
    connect(pins.certificate, "four", "certificate fingerprint does NOT match")
    assert sum(line.startswith("connect ann ") for line in hosted.log_lines()) == 2
