"""The protocol between ctl and a tracker, also between different versions."""

from __future__ import annotations

import json

import pytest

from chatcore import __version__
from chatcore.server.console import control_protocol
from chatcore.server.console.control_protocol import answer, last_line, read_line, read_request, request
from chatcore.server.console.result import NotDone, Result


@pytest.mark.parametrize(
    ("command", "read"),
    [
        ("active", "active"),
        ("kick eve being  rude", "kick eve being  rude"),
        ("say zoë 雷", "say zoë 雷"),
        ("say one\ntwo\r\nthree\u2028four", "say one two three four"),
        ("say \udcff", "say ?"),
        ("", ""),
    ],
)
def test_a_command_arrives_on_one_line(command: str, read: str) -> None:
    line = request(command)
    assert line.count(b"\n") == 1
    assert read_request(line) == read


@pytest.mark.parametrize("line", [b"", b"active", b"GET / HTTP/1.1", b"chatcore-ctl/2 active", b"\xff\xfe"])
def test_anything_else_is_refused(line: bytes) -> None:
    with pytest.raises(NotDone, match="version 1 of ctl's protocol"):
        read_request(line)


def test_an_answer_has_the_outcome_of_the_command() -> None:
    assert read_line(answer(Result(["é"], {"a": [1]}))) == {
        "version": 1,
        "program": __version__,
        "done": True,
        "problem": "",
        "ends": False,
        "lines": ["é"],
        "data": {"a": [1]},
    }
    assert read_line(answer(Result(problem="no")))["done"] is False
    assert read_line(answer(Result(farewell="bye")))["ends"] is True
    assert read_line(last_line(75))["status"] == 75


def test_another_version_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_protocol, "VERSION", 2)
    line = answer(Result())
    monkeypatch.undo()
    with pytest.raises(NotDone, match=f"The tracker is chatcore {__version__}, and this is"):
        read_line(line)
    with pytest.raises(NotDone, match="The tracker is chatcore 9, and this is"):
        read_line(json.dumps({"version": "x", "program": 9}).encode())


@pytest.mark.parametrize("line", [b"", b"hello", b"\xff", b"[]", b"1", b"{}", b'{"version": 1}', b"[" * 100_000])
def test_an_answer_of_another_program_is_recognised(line: bytes) -> None:
    with pytest.raises(NotDone, match="not a tracker"):
        read_line(line)
