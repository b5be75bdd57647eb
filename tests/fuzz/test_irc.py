"""Handlers: no input of a client makes them fail or disturbs others."""

from __future__ import annotations

import pytest
from hypothesis import assume, given

from tests.fuzz.grammar import cut, cuts, irc, sasl
from tests.fuzz.settings import FUZZ
from tests.fuzz.stage import Stage, lines_of


@FUZZ
@given(irc(), cuts)
def test_any_irc_gets_valid_answers(on_stage: Stage, said: bytes, places: list[int]) -> None:
    assume(said[:1] != b"\x16")  # TLS, which needs a socket
    lines_of(on_stage.run(cut(said, places)))


@pytest.mark.thorough
@FUZZ
@given(sasl(), cuts)
def test_any_sasl_gets_valid_answers(on_stage: Stage, said: bytes, places: list[int]) -> None:
    seen = lines_of(on_stage.run(cut(said, places)))
    assert sum(line.endswith(":SASL authentication failed") for line in seen) <= 5
