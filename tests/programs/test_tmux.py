"""client.py in a real terminal, tmux: pasting, and a small window."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.irc import IrcClient
from tests.support.together import wait_until
from tests.support.trackers import ROOT, hosted_tracker

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"

Run = Callable[..., "Tmux"]


class Tmux:
    """A window of tmux with ann's client, on a separate server."""

    def __init__(self, program: Path, folder: Path, port: int, columns: int, rows: int, then: str = "") -> None:
        """`then` is what the shell runs after the client."""
        self._command = [str(program), "-u", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        client = f"'{sys.executable}' '{ROOT / 'client.py'}' 127.0.0.1 {port} ann{then}"
        self("new-session", "-d", "-x", str(columns), "-y", str(rows), client)

    def __call__(self, *words: str, typed: str | None = None) -> str:
        """Run a command of tmux; return its output, '' when the window is gone."""
        return subprocess.run([*self._command, *words], input=typed, capture_output=True, encoding="utf-8").stdout

    def enter(self, text: str = "") -> None:
        """Type a line and press Enter."""
        self("send-keys", "-l", "--", text)
        self("send-keys", "Enter")

    def paste(self, text: str) -> None:
        """Paste as tmux does: bracketed, if the program has asked for that."""
        self("load-buffer", "-", typed=text)
        self("paste-buffer", "-p")

    def see(self, *texts: str) -> None:
        """Wait until all of these are on the screen."""
        wait_until(lambda: all(text in self("capture-pane", "-p") for text in texts))

    @property
    def has_ended(self) -> bool:
        return not self("list-panes")


@pytest.fixture
def run(program: Callable[[str], Path], tmp_path: Path) -> Iterator[Run]:
    """Return a function that starts ann's client in a window of this size and brings her into the lobby."""
    started: list[Tmux] = []

    def start(port: int, columns: int, rows: int, then: str = "") -> Tmux:
        tmux = Tmux(program("tmux"), tmp_path, port, columns, rows, then)
        started.append(tmux)
        tmux.see("Password")
        tmux.enter()
        tmux.see("ann [1:#lobby 2]")
        return tmux

    yield start
    for tmux in started:
        tmux("kill-server")


def _said(bob: IrcClient, count: int) -> list[str]:
    return [bob.receive_until("PRIVMSG").params[1] for _ in range(count)]


def test_pasted_lines_are_said_and_not_run(run: Run, tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        bob = hosted.client("bob", "#lobby")
        tmux = run(hosted.port, 80, 24)
        lines = ["one", "/away", "exit", "/quit", "```exit", "  two", "", *(f"/line {number}" for number in range(100))]
        tmux.paste("\n".join(lines) + "\n")
        tmux.see("106 lines: Enter asks how, Ctrl+U drops them")
        tmux.enter()
        tmux.see("106 lines to #lobby?")
        tmux.enter()
        assert _said(bob, 106) == [line for line in lines if line]
        tmux.paste("/etc/hosts is wrong\n")
        tmux.see("> /etc/hosts is wrong")
        tmux.enter()
        assert _said(bob, 1) == ["/etc/hosts is wrong"]
        tmux.paste("one\ntwo\n")
        tmux.see("2 lines")
        tmux("send-keys", "C-u")
        tmux.enter("three")
        assert _said(bob, 1) == ["three"]
        tmux.paste("exit\n")
        tmux.see("> exit")
        tmux.enter()
        wait_until(lambda: tmux.has_ended)


def test_the_client_works_in_a_small_window(run: Run, tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        bob = hosted.client("bob", "#lobby")
        tmux = run(hosted.port, 20, 5)
        tmux("send-keys", "-l", f"\u6f22\u5b57 {FAMILY}e\u0301")
        tmux("send-keys", "BSpace", "BSpace", "BSpace", "BSpace")
        tmux.enter("! " + "word " * 20)
        assert _said(bob, 1) == ["\u6f22! " + "word " * 20]
        tmux("resize-window", "-x", "80", "-y", "24")
        tmux.see("ann [1:#lobby 2]")
        tmux.enter("wide")
        assert _said(bob, 1) == ["wide"]


def test_input_during_a_kick_does_not_reach_the_shell(run: Run, tmp_path: Path) -> None:
    then = '; echo "its status was $?"; read line; echo "the shell has read <$line>"; read end'
    with hosted_tracker(tmp_path) as hosted:
        hosted.client("bob", "#lobby")
        tmux = run(hosted.port, 80, 24, then=then)
        tmux("send-keys", "-l", "--", "rm -rf")
        tmux.see("> rm -rf")
        hosted.visit_of("ann").end("Kicked by the operator", is_lost=False)
        tmux.see("Kicked by the operator", "not sent: rm -rf")
        tmux.enter(" old")
        tmux.see("its status was 0")
        tmux.enter("what is typed now")
        tmux.see("the shell has read <what is typed now>")
