"""ii and sic, which send a password of several words without a colon."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.document import Document
from tests.support.irc import DEADLINE_S
from tests.support.together import wait_until
from tests.support.trackers import hosted_tracker

PASSWORD = "two words"


@contextmanager
def _running(*command: str, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run a program that reads lines; end it with the block."""
    pipe = subprocess.PIPE
    environment = {**os.environ, **(env or {})}
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=DEADLINE_S)


def test_sic_talks(program: Callable[[str], Path], tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, PASSWORD) as hosted:
        bob = hosted.client("bob", "#lobby", password=PASSWORD)
        (line,) = (line for line in Document("docs/irc-clients.md").indented() if line.startswith("sic "))
        options = shlex.split(line.replace("PASSWORD", shlex.quote(PASSWORD)).replace("8000", str(hosted.port)))[1:]
        with _running(str(program("sic")), *options) as sic:
            assert sic.stdin is not None
            assert sic.stdout is not None
            sic.stdin.write(":j #lobby\n")
            sic.stdin.flush()
            bob.receive_until("JOIN")
            sic.stdin.write("hello from sic\n")
            sic.stdin.flush()
            assert bob.receive_until("PRIVMSG").params == ("#lobby", "hello from sic")
            bob.send("PRIVMSG #lobby :hello from bob")
            assert any("hello from bob" in line for line in sic.stdout)


def test_ii_talks(program: Callable[[str], Path], tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, PASSWORD) as hosted:
        bob = hosted.client("bob", "#lobby", password=PASSWORD)
        where = ("-s", "127.0.0.1", "-p", str(hosted.port), "-i", str(tmp_path))
        with _running(str(program("ii")), *where, "-n", "ann", "-k", "SECRET", env={"SECRET": PASSWORD}):
            server = tmp_path / "127.0.0.1"
            wait_until((server / "in").exists)
            (server / "in").write_text("/j #lobby\n")
            bob.receive_until("JOIN")
            wait_until((server / "#lobby" / "in").exists)
            (server / "#lobby" / "in").write_text("hello from ii\n")
            assert bob.receive_until("PRIVMSG").params == ("#lobby", "hello from ii")
            bob.send("PRIVMSG #lobby :hello from bob")
            wait_until(lambda: "hello from bob" in (server / "#lobby" / "out").read_text())
