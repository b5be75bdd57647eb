"""Notices: the operator hears of each thing once, and strangers cannot flood them."""

from __future__ import annotations

from chatcore.server.notice_board import Notices, TellOnce


def test_each_notice_is_queued_and_wakes_its_reader() -> None:
    waiting: list[int] = []
    notices = Notices(lambda: waiting.append(len(notices)))
    notices.tell("first")
    notices.tell("second")
    assert waiting == [1, 2]
    assert [notices.popleft(), notices.popleft()] == ["first", "second"]


def test_each_subject_is_reported_once() -> None:
    told: list[str] = []
    once = TellOnce(told.append)
    for what in ("a", "b", "a"):
        once.tell(what, f"{what} was refused")
    assert told == ["a was refused", "b was refused"]


def test_at_most_twenty_subjects_are_reported() -> None:
    told: list[str] = []
    once = TellOnce(told.append)
    for number in range(30):
        once.tell(f"{number}", f"{number}")
    assert told == [f"{number}" for number in range(20)]
    once.tell("ours", "ours", always=True)
    once.tell("ours", "ours", always=True)
    assert told[20:] == ["ours"]
