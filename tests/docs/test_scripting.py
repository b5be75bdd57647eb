"""The examples of docs/scripting.md work and get the documented answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.sync.client import connect

from chatcore.terminal.screen.render import render_plain
from chatcore.terminal.session.effects import Caution, Item, Manner, Problem, Quoted, Said, Told
from tests.support.document import ROOT, Document
from tests.support.trackers import Hosted, hosted_tracker

_DOCUMENT = Document("docs/scripting.md")
_PASSWORD = "correct-horse"


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    with hosted_tracker(tmp_path, _PASSWORD) as hosted:
        yield hosted


def test_the_lines_to_type_by_hand_work(hosted: Hosted) -> None:
    lines = _DOCUMENT.section("By hand").indented()
    bob = hosted.client("bob", "#lobby", password=_PASSWORD)
    hosted.connect().send(*(line.replace("PASSWORD", _PASSWORD) for line in lines))
    assert bob.receive_until("PRIVMSG").params == ("#lobby", "hello")


@pytest.mark.parametrize("line", [line for line in _DOCUMENT.section("WebSocket").indented() if "ws://" in line])
def test_the_websocket_examples_work(hosted: Hosted, line: str) -> None:
    url = line[line.index("ws://") :].rstrip("'").replace("PASSWORD", _PASSWORD).replace("NAME", "ann")
    url = re.sub("(TRACKER|127.0.0.1):8000", f"127.0.0.1:{hosted.port}", url).replace("ROOM", "lobby")
    bob = hosted.client("bob", "#lobby", password=_PASSWORD)
    with connect(url) as ann:
        assert bob.receive_until("JOIN").source
        received = [ann.recv()]
        ann.send("hello")
        while received[-1] != "ann: hello":
            received.append(ann.recv())
        bob.send("QUIT")
        while received[-1] != "bob left the room":
            received.append(ann.recv())
    assert "ann joined lobby" in received
    for told in ("ann joined lobby", "ann: hello", "ann left the room"):
        assert f"`{told}`" in _DOCUMENT.section("WebSocket").text


_TIME = datetime(2026, 11, 20, 22, 50, 1, 123000, UTC)
_SHOWN: list[Item] = [
    Said("name", "text", "#room"),
    Said("name", "text", "#room", manner=Manner.ACTION),
    Said("name", "text", "#room", manner=Manner.NOTICE),
    Said("name", "text", "#room", rank="@"),
    Said("name", "text"),
    Said("name", "text", to="bob"),
    Said("name", "text", "#room", time=_TIME, is_history=True),
    Said("name", "text", "#room", time=_TIME, is_history=True, found=()),
    Said("name", "text", time=_TIME, is_history=True, found=()),
    Said("name", "text", "#room", answers=Quoted("1", "bob", "words")),
    Told("name reacted 👍 to “words”", where="in #room"),
    Told("name took back: “words”", where="in #room"),
    Told("ann joined #room"),
    Problem("text"),
    Caution("text"),
]


def test_the_clients_output_in_a_pipe_is_documented() -> None:
    lines = [line for line in _DOCUMENT.section("A pipe").indented() if not line.startswith("echo ")]
    assert [re.split(r" {3,}", line)[0] for line in lines] == [render_plain(item).split("\n")[0] for item in _SHOWN]


def test_every_status_of_the_room_endpoint_is_documented() -> None:
    source = (ROOT / "chatcore/server/incoming/room_endpoint.py").read_text(encoding="utf-8")
    statuses = set(re.findall(r"\b[45]\d\d\b", source))
    statuses |= {str(HTTPStatus[name].value) for name in re.findall(r"\bHTTPStatus\.([A-Z_]+)", source)}
    assert {"400", "401"} <= statuses
    assert {row[0] for row in _DOCUMENT.table("Status")} == statuses
