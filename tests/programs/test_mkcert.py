"""A certificate made by mkcert as in docs/phones.md: clients that trust its root accept it and its successor."""

from __future__ import annotations

import shlex
import socket
import ssl
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.document import Document
from tests.support.irc import DEADLINE_S
from tests.support.together import wait_until
from tests.support.trackers import TrackerProcess

Program = Callable[[str], Path]

_LINES = [line for line in Document("docs/phones.md").text.splitlines() if line.startswith("       ")]
_LONGEST_DAYS = 825  # iPhones accept no more


def _words(beginning: str) -> list[str]:
    """Return the words of the one indented line in the document with this beginning."""
    (line,) = [line.strip() for line in _LINES if line.strip().startswith(beginning)]
    return shlex.split(line)


def _make(program: Program, folder: Path) -> list[str]:
    """Make a certificate as in the document; return its address and name."""
    command = [str(program("mkcert")), *_words("mkcert")[1:]]
    environment = {"CAROOT": str(folder), "HOME": str(folder), "PATH": "/usr/bin:/bin"}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, timeout=DEADLINE_S)
    return command[-2:]


def _seen(port: int, name: str, trusted: ssl.SSLContext) -> dict[str, object]:
    """Return the contents of the certificate for this name, after verifying it."""
    with (
        socket.create_connection(("127.0.0.1", port), DEADLINE_S) as plain,
        trusted.wrap_socket(plain, server_hostname=name) as sock,
    ):
        return dict(sock.getpeercert() or {})


def test_the_documented_steps_give_a_trusted_certificate(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, name = _make(program, tmp_path)
    trusted = ssl.create_default_context(cafile=str(tmp_path / "rootCA.pem"))
    monkeypatch.chdir(tmp_path)
    tracker = TrackerProcess(tmp_path, "--keep-alive", *_words("python tracker.py --tls-cert")[2:])
    try:
        first = _seen(tracker.port, address, trusted)
        ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(first["notAfter"])), UTC)
        assert (ends - datetime.now(UTC)).days < _LONGEST_DAYS
        with pytest.raises(ssl.SSLCertVerificationError):
            _seen(tracker.port, name, ssl.create_default_context())
        _make(program, tmp_path)
        wait_until(lambda: _seen(tracker.port, name, trusted) != first)
    finally:
        tracker.stop()
