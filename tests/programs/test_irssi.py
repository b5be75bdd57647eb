"""Debian's irssi."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from tests.support.document import Document
from tests.support.terminal import terminal
from tests.support.together import wait_until
from tests.support.trackers import hosted_tracker

PASSWORD = "correct horse"


def test_irssi_comes_in_and_talks(program: Callable[[str], Path], tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, PASSWORD) as hosted:
        bob = hosted.client("bob", "#lobby", password=PASSWORD)
        (line,) = (line for line in Document("docs/irc-clients.md").indented() if line.startswith("irssi -c "))
        quoted = f"'\"{PASSWORD}\"'"  # otherwise irssi takes the second word for the nick
        options = shlex.split(line.replace("PASSWORD", quoted).replace("8000", str(hosted.port)))[1:]
        with terminal(str(program("irssi")), f"--home={tmp_path}", *options, cwd=tmp_path) as irssi:
            irssi.expect("Welcome to the chat, ann")
            irssi.enter("/join #lobby")
            bob.receive_until("JOIN")
            bob.send("PRIVMSG #lobby :hello from bob")
            irssi.expect("hello from bob")
            irssi.enter("hello from irssi")
            said = bob.receive_until("PRIVMSG")
            assert said.params == ("#lobby", "hello from irssi")
            irssi.enter("/quit")
            assert irssi.wait() == 0


def test_irssi_searches_as_documented(program: Callable[[str], Path], tmp_path: Path) -> None:
    request, search = Document("docs/irc-clients.md").section("Search").indented()
    for old, new in (("after=2026-10-01", "after=2000-01-01"), ("before=2026-11-01T12", "before=2999-11-01T12")):
        assert old in search
        search = search.replace(old, new)
    with hosted_tracker(tmp_path) as hosted:
        bob = hosted.client("bob", "#lobby")
        bob.command("PRIVMSG #lobby :a cake, and tea")
        options = (f"--home={tmp_path}", "-c", "127.0.0.1", "-p", str(hosted.port), "-n", "ann")
        with terminal(str(program("irssi")), *options, cwd=tmp_path) as irssi:
            irssi.expect("Welcome to the chat, ann")
            irssi.enter("/set cmd_queue_speed 10msecs")  # otherwise it waits two seconds between lines
            irssi.enter(request)
            irssi.expect("acknowledged: soju.im/search")
            irssi.enter("/join #lobby")
            bob.receive_until("JOIN")
            irssi.enter("/window 1")
            irssi.enter(search)
            irssi.expect("#lobby <bob> a cake, and tea")
            irssi.enter("/quit")
            assert irssi.wait() == 0


def test_irssi_returns_under_its_nick(program: Callable[[str], Path], tmp_path: Path) -> None:
    """Its first connection is lost without QUIT, as after a change of network; nobody becomes ann_."""
    with hosted_tracker(tmp_path, ghost_timeout_s=0.5) as hosted:
        options = (f"--home={tmp_path}", "-c", "127.0.0.1", "-p", str(hosted.port), "-n", "ann")
        with terminal(str(program("irssi")), *options, cwd=tmp_path) as gone:
            gone.expect("Welcome to the chat, ann")
            gone.process.send_signal(signal.SIGSTOP)
            (visit,) = hosted.tracker.visits()
            wait_until(lambda: monotonic() - visit.heard_at >= 0.5)
            with terminal(str(program("irssi")), *options, cwd=tmp_path) as irssi:
                irssi.expect("Welcome to the chat, ann!")
                irssi.enter("/quit")
                assert irssi.wait() == 0
