"""SASL messages split into chunks that fit into lines."""

from __future__ import annotations

import base64

import pytest

from chatcore.protocol.sasl import CHUNK_CHARS, chunks


@pytest.mark.parametrize(
    ("size", "sizes"),
    [(0, [1]), (1, [4]), (297, [396]), (300, [400, 1]), (301, [400, 4]), (600, [400, 400, 1])],
)
def test_only_the_last_chunk_is_shorter(size: int, sizes: list[int]) -> None:
    parts = chunks(b"x" * size)
    assert [len(part) for part in parts] == sizes
    assert all(len(part) == CHUNK_CHARS for part in parts[:-1])
    assert base64.b64decode("".join(parts).removesuffix("+")) == b"x" * size
