"""Detecting ssh by its first bytes, and refusing it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.transport.ssh import Asked, Question, is_ssh, refusal


@pytest.mark.parametrize(
    ("data", "known"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", True),
        (b"SSH-", True),
        (b"SSH", None),
        (b"S", None),
        (b"", None),
        (b"SETNAME x", False),
        (b"ssh-2.0", False),
        (b"CAP LS", False),
    ],
)
def test_ssh_is_recognized_by_its_first_bytes(data: bytes, known: bool | None) -> None:
    assert is_ssh(data) is known


@given(st.text(max_size=300))
def test_a_refusal_is_a_banner_and_one_disconnect_packet(words: str) -> None:
    words = words.encode(errors="replace").decode()
    line, _, packet = refusal(words).partition(b"\r\n")
    assert line == b"SSH-2.0-chatcore"
    length, padding = struct.unpack(">IB", packet[:5])
    assert (len(packet), len(packet) % 8, padding >= 4) == (length + 4, 0, True)
    payload = packet[5:-padding]
    kind, reason, size = struct.unpack(">BII", payload[:9])
    assert (kind, reason, payload[9 : 9 + size].decode(), payload[9 + size :]) == (1, 11, words, bytes(4))


def test_a_question_shows_no_secret() -> None:
    assert "hunter2" not in repr(Question(Asked.PASSWORD, "ann", password="hunter2"))
