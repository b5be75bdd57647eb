"""TakenBack: only the first client to redact a message succeeds."""

from __future__ import annotations

import pytest

from chatcore.state import taken_back
from chatcore.state.taken_back import TakenBack


def test_a_message_is_claimed_once_while_it_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taken_back, "_MAX_REMEMBERED", 2)
    claims = TakenBack()
    assert [claims.claim(id_) for id_ in (1, 1, 2, 2, 3, 2, 3, 1)] == [
        True,
        False,
        True,
        False,
        True,
        False,
        False,
        True,
    ]
