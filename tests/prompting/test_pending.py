"""Text that waits to be written to a terminal."""

import pytest

from chatcore.prompting import pending as pending_module
from chatcore.prompting.pending import Pending


def test_pending_text_is_taken_once_in_order() -> None:
    pending = Pending()
    pending.add("one\n")
    pending.add("two\n")
    assert len(pending) == 2
    assert pending.take() == "one\ntwo\n"
    assert (len(pending), pending.take()) == (0, "")


def test_only_the_latest_text_is_kept_when_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending_module, "MOST_CHARS", 10)
    pending = Pending()
    for _ in range(2):
        for number in range(8):
            pending.add(f"{number:03}\n")
        assert pending.take() == "006\n007\n"
    pending.add("longer than all that is kept\n")
    assert pending.take() == "longer than all that is kept\n"
