"""Which lines are to be erased: a line must meet every condition given."""

from __future__ import annotations

import pytest

from chatcore.state.erasure import Erasure

_ANN = "Ann!u@host"


@pytest.mark.parametrize(
    ("erasure", "source", "account", "room", "time_ms", "is_concerned"),
    [
        (Erasure("ann"), _ANN, None, "#a", 5, True),
        (Erasure("ann"), _ANN, None, "", 5, True),
        (Erasure("ann"), "bob!u@host", "ANN", "#a", 5, True),
        (Erasure("ann"), "anna!u@host", None, "#a", 5, False),
        (Erasure("ann"), "bob!ann@ann", None, "#a", 5, False),
        (Erasure("ann"), "tracker", None, "#a", 5, False),
        (Erasure("tracker"), "tracker", None, "#a", 5, True),
        (Erasure("山田"), "山田!u@host", None, "#a", 5, True),
        (Erasure(room="#a"), _ANN, None, "#a", 5, True),
        (Erasure(room="#a"), _ANN, None, "#ab", 5, False),
        (Erasure(room="#a"), _ANN, None, "", 5, False),
        (Erasure(before_ms=6), _ANN, None, "#a", 5, True),
        (Erasure(before_ms=5), _ANN, None, "#a", 5, False),
        (Erasure(before_ms=0), _ANN, None, "#a", 5, False),
        (Erasure("ann", "#a", 6), _ANN, None, "#a", 5, True),
        (Erasure("ann", "#a", 6), _ANN, None, "#a", 6, False),
        (Erasure("ann", "#a", 6), _ANN, None, "#b", 5, False),
        (Erasure("ann", "#a", 6), "bob!u@host", None, "#a", 5, False),
    ],
)
def test_a_line_is_erased_if_it_meets_all_conditions(
    erasure: Erasure, source: str, account: str | None, room: str, time_ms: int, is_concerned: bool
) -> None:
    assert erasure.concerns(source, account, room, time_ms) is is_concerned
