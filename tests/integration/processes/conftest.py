"""Trackers and clients for the tests on a pseudo-terminal; the tests in a pipe have trackers of their own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.integration.processes.pty_client import COLUMNS, PASSWORD, Client
from tests.support.irc import DEADLINE_S, IrcClient
from tests.support.terminal import Terminal, terminal
from tests.support.trackers import ROOT, Hosted, hosted_tracker


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Hosted]:
    # Clients that are silent during a test keep their nick.
    with hosted_tracker(tmp_path, PASSWORD, max_name_length=10, ghost_timeout_s=DEADLINE_S) as tracker:
        yield tracker


@pytest.fixture
def bob(tracker: Hosted) -> IrcClient:
    """Somebody else in the lobby, using another program."""
    return tracker.client("bob", "#lobby", password=f":{PASSWORD}")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """A function that starts a client with these words on its command line.

    Only where the test looks at the status line may the client ask its terminal for the cursor position: a terminal
    that the test is not reading cannot answer, and the client waits a second for that.
    """
    people = count()
    with ExitStack() as opened:

        def start(*words: object, asks_for_cursor: bool = False, term: str = "xterm-256color") -> Terminal:
            command = (sys.executable, str(ROOT / "client.py"), *map(str, words))
            env = {"TERM": term, "XDG_STATE_HOME": str(tmp_path / f"person-{next(people)}")}  # a person without state
            if not asks_for_cursor:
                env["PROMPT_TOOLKIT_NO_CPR"] = "1"
            return opened.enter_context(terminal(*command, cwd=tmp_path, columns=COLUMNS, env=env))

        yield start
