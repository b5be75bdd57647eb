"""The goodbye, as the tracker writes it and clients read it."""

from __future__ import annotations

import pytest

from chatcore.protocol.goodbye import (
    BACK_SOON,
    TRACKER_LEFT,
    Ending,
    ending_of,
    goodbye,
    goodbye_reason,
    goodbye_to_all,
    shown,
    tracker_ending,
)
from chatcore.protocol.message import Message, serialize


@pytest.mark.parametrize("reason", ["bye", "Quit: see you", "ünlesbar"])
def test_the_reason_is_read_back(reason: str) -> None:
    command, text = goodbye(reason)
    assert text == f"Closing link: {reason}"
    assert goodbye_reason(serialize(Message(command, (text,))).encode()) == reason


@pytest.mark.parametrize("line", [b"", b"ERROR :Something else", b"NOTICE a :ERROR :Closing link: x"])
def test_other_lines_have_no_reason(line: bytes) -> None:
    assert goodbye_reason(line) == ""


@pytest.mark.parametrize(("reason", "ending"), [(TRACKER_LEFT, Ending.CHAT), (BACK_SOON, Ending.RUN)])
def test_the_end_of_the_tracker_is_recognized(reason: str, ending: Ending) -> None:
    assert tracker_ending(reason) is ending
    assert ending_of(goodbye_to_all(reason)[1]) is ending
    assert ending_of(goodbye(reason)[1]) is ending, "unregistered clients get the same reason"


@pytest.mark.parametrize("words", [TRACKER_LEFT, BACK_SOON])
@pytest.mark.parametrize("reason", ["{}!", "Quit: {}", "Kicked by the operator: {}", "Closing link: {}", ""])
def test_a_clients_reason_is_not_taken_for_the_trackers_end(words: str, reason: str) -> None:
    assert ending_of(goodbye(reason.format(words))[1]) is Ending.VISIT


@pytest.mark.parametrize("text", [TRACKER_LEFT, BACK_SOON])
def test_the_trackers_end_is_shown_without_a_prefix(text: str) -> None:
    assert shown(text) == shown(goodbye(text)[1]) == text
    assert shown(goodbye("Quit: bye")[1]) == "Closing link: Quit: bye"


def test_the_wording_is_stable() -> None:
    assert goodbye_to_all(TRACKER_LEFT) == ("ERROR", "the tracker has left")
    assert goodbye_to_all(BACK_SOON) == ("ERROR", "Closing link: the tracker will be back soon")
