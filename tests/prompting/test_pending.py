"""What waits to be written to a terminal."""

import pytest

from chatcore.prompting import pending as pending_module
from chatcore.prompting.pending import Pending


def test_all_is_taken_once_and_in_order() -> None:
    pending = Pending()
    pending.add("one\n")
    pending.add("two\n")
    assert len(pending) == 2
    assert pending.take() == "one\ntwo\n"
    assert (len(pending), pending.take()) == (0, "")


def test_of_too_much_the_last_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending_module, "MOST_CHARS", 10)
    pending = Pending()
    for _ in range(2):
        for number in range(8):
            pending.add(f"{number:03}\n")
        assert pending.take() == "006\n007\n"
    pending.add("longer than all that is kept\n")
    assert pending.take() == "longer than all that is kept\n"
