"""HTTP and WebSocket: any request gets one response, or is IRC in frames, and disturbs nobody."""

from __future__ import annotations

import re

from hypothesis import given

from tests.fuzz.grammar import cut, cuts, http
from tests.fuzz.settings import FUZZ
from tests.fuzz.stage import Stage


@FUZZ
@given(http(), cuts)
def test_any_http_gets_one_response(on_stage: Stage, said: bytes, places: list[int]) -> None:
    seen = on_stage.run(cut(said, places))
    assert seen.startswith(b"HTTP/1.1 ")
    assert len(re.findall(rb"HTTP/1\.1 [1-5][0-9]{2} ", seen)) == 1
