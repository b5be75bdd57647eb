"""Input that once failed in a fuzz test and was fixed. New findings go below."""

from __future__ import annotations

import pytest

from tests.fuzz.stage import PASSWORD, Stage, lines_of

_HTTP = [
    b"GET //[ HTTP/1.1\r\n\r\n",  # no URL: urllib raises ValueError
    b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",  # half a handshake: an assertion of the library failed
    b"GET /irc HTTP/1.1\r\nUpgrade: websocket\r\nOrigin: http://[\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n",  # no end: was answered in IRC
]
_IRC = [
    f"PASS {PASSWORD}\r\nCAP REQ sasl\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE é\r\n".encode(),  # base64 is ASCII
]


@pytest.mark.parametrize("said", _HTTP, ids=range(len(_HTTP)))
def test_http_findings_stay_fixed(on_stage: Stage, said: bytes) -> None:
    assert on_stage.run([said]).startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize("said", _IRC, ids=range(len(_IRC)))
def test_irc_findings_stay_fixed(on_stage: Stage, said: bytes) -> None:
    assert lines_of(on_stage.run([said]))
