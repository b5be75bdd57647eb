"""Whole visits that ask for the past: while the user types on, and until all of it is there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from chatcore.terminal import reminder
from chatcore.terminal.connecting import pace
from chatcore.terminal.outcome import Outcome
from tests.support.scripted import Peer, ScriptedTracker, scripted_tracker
from tests.support.seen import SeenScreen
from tests.support.trackers import hosted_tracker
from tests.terminal.visiting import Visit


@pytest.fixture
def tracker() -> Iterator[ScriptedTracker]:
    with scripted_tracker() as tracker:
        tracker.capabilities += " message-tags labeled-response soju.im/search"
        yield tracker


def _texts(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_an_export_is_completed_after_the_end_of_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the pace of the tracker, which would disconnect a client that sends on while held back."""
    monkeypatch.setattr(pace, "SLOW_ANSWER_S", 0.02)  # a page that is held back takes a quarter of a second
    path = tmp_path / "lobby.jsonl"
    with hosted_tracker(
        tmp_path, history=500, max_sendq_bytes=5000, lines_per_s=50.0, burst_lines=60, max_delayed_lines=6
    ) as hosted:
        said = [f"line {number}" for number in range(200)]
        speakers = [hosted.client(name, "#lobby", "#dev") for name in ("bob", "carl", "dave", "emma", "carol")]
        for start, speaker in enumerate(speakers):
            speaker.command(*(f"PRIVMSG #lobby :{text}" for text in said[40 * start : 40 * (start + 1)]))
        speakers[-1].command("PRIVMSG #dev :elsewhere")
        screen = SeenScreen("/history 5", f"/export {path}", "hello", EOFError(), is_interactive=False)
        assert Visit(hosted, screen).run() is Outcome.LEFT
    assert _texts(path)[:200] == said
    assert [line for line in screen.shown if "history" in line][-1].endswith("<carol> line 199")
    assert screen.shown[-1] == f"* {len(_texts(path))} messages are in {path}"
    assert "[#lobby] <ann> hello" in screen.shown


def test_export_all_has_rooms_and_conversations(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    with hosted_tracker(tmp_path) as hosted:
        bob = hosted.client("bob", "#lobby", "#dev", "#secret")
        bob.command("PRIVMSG #dev :one", "PRIVMSG #secret :not hers")
        screen = SeenScreen("/join dev", "/msg bob psst", f"/export all {path}", EOFError(), is_interactive=False)
        assert Visit(hosted, screen).run() is Outcome.LEFT
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert {(line.get("room"), line.get("with"), line["nick"], line["text"]) for line in lines} == {
            ("#dev", None, "bob", "one"),
            (None, "bob", "ann", "psst"),
        }
        assert all(line["msgid"] and line["time"] for line in lines)


def test_leaving_does_not_wait_for_an_export(tracker: ScriptedTracker, tmp_path: Path) -> None:
    path = tmp_path / "it"
    screen = SeenScreen(f"/export {path}")

    def leave() -> None:
        screen.wait_for(f"* writing to {path}")
        screen.type("/quit")

    leaving = threading.Thread(target=leave)
    leaving.start()
    assert Visit(tracker, screen).run() is Outcome.LEFT
    leaving.join()
    assert screen.shown[-1] == "error: the export is not complete: there was nothing to export"


def test_an_unfinished_export_ends_with_the_connection(tracker: ScriptedTracker, tmp_path: Path) -> None:
    tracker.answers = {"CHATHISTORY": lambda peer, _: peer.hang_up()}
    screen = SeenScreen(f"/export {tmp_path / 'it'}", EOFError(), is_interactive=False)
    assert Visit(tracker, screen).run() is Outcome.BROKEN
    assert "error: the connection to the tracker broke" in screen.shown


def test_a_failed_export_may_be_followed_by_another(tracker: ScriptedTracker, tmp_path: Path) -> None:
    taken, free = tmp_path / "taken", tmp_path / "free"
    taken.write_text("keep me")

    def answer(peer: Peer, message: Message) -> None:
        label = message.tags["label"]
        peer.send(f"@label={label} :t BATCH +1 chathistory #lobby", ":t BATCH -1")

    tracker.answers = {"CHATHISTORY": answer}
    screen = SeenScreen(f"/export {taken}")

    def go_on() -> None:
        screen.wait_for(f"error: not exported: {taken} already exists")
        screen.type(f"/export {free}")
        screen.wait_for("* there was nothing to export")
        screen.type("/quit")

    going_on = threading.Thread(target=go_on)
    going_on.start()
    assert Visit(tracker, screen).run() is Outcome.LEFT
    going_on.join()
    assert taken.read_text() == "keep me"
    assert not free.exists()


def _find(peer: Peer) -> None:
    peer.send(":t BATCH +1 soju.im/search", ":t BATCH -1")


def test_a_slow_search_shows_a_notice(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminder, "SLOW_S", 0.05)
    screen = SeenScreen("/search tea", "/quit")

    def find_slowly(peer: Peer, _message: Message) -> None:
        screen.wait_for("* searching...")
        _find(peer)

    tracker.answers = {"SEARCH": find_slowly}
    assert Visit(tracker, screen).run() is Outcome.LEFT
    assert screen.shown[3:] == ["* searching...", "* nothing found"]


def test_a_quick_or_piped_search_shows_no_notice(tracker: ScriptedTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits at a pipe."""
    tracker.answers = {"SEARCH": lambda peer, _: _find(peer)}
    screen = SeenScreen("/search tea", "/search cake", "/quit")
    assert Visit(tracker, screen).run() is Outcome.LEFT
    assert screen.shown[3:] == ["* nothing found", "* nothing found"]
    monkeypatch.setattr(reminder, "SLOW_S", 0.0)
    screen = SeenScreen("/search tea", EOFError(), is_interactive=False)
    assert Visit(tracker, screen).run() is Outcome.LEFT
    assert screen.shown[3:] == ["* nothing found"]
