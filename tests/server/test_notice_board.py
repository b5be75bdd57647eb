"""Notices: the operator hears of each thing once, whatever strangers make up."""

from __future__ import annotations

from chatcore.server.notice_board import Notices, TellOnce


def test_a_notice_waits_and_whoever_shows_it_is_woken() -> None:
    waiting: list[int] = []
    notices = Notices(lambda: waiting.append(len(notices)))
    notices.tell("first")
    notices.tell("second")
    assert waiting == [1, 2]
    assert [notices.popleft(), notices.popleft()] == ["first", "second"]


def test_each_thing_is_told_once() -> None:
    told: list[str] = []
    once = TellOnce(told.append)
    for what in ("a", "b", "a"):
        once.tell(what, f"{what} was refused")
    assert told == ["a was refused", "b was refused"]


def test_of_what_strangers_make_up_no_more_than_twenty_are_told() -> None:
    told: list[str] = []
    once = TellOnce(told.append)
    for number in range(30):
        once.tell(f"{number}", f"{number}")
    assert told == [f"{number}" for number in range(20)]
    once.tell("ours", "ours", always=True)
    once.tell("ours", "ours", always=True)
    assert told[20:] == ["ours"]
