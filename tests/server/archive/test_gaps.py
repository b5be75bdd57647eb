"""Gaps: kept across restarts, and forgotten if the file cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcore.server.archive.gaps import GAPS_FILE, MAX_GAPS, Gaps
from chatcore.state.history import Gap


def test_only_the_latest_gaps_are_kept(tmp_path: Path) -> None:
    for number in range(MAX_GAPS + 2):
        Gaps(tmp_path, print).add(Gap(number, number + 1, 2, 3))
    kept = Gaps(tmp_path, print).all
    assert kept == tuple(Gap(number, number + 1, 2, 3) for number in range(2, MAX_GAPS + 2))


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"gaps": [["a", 1, 2, 3]]}', b'{"gaps": [[1]]}', b"\xff"])
def test_a_damaged_file_is_reported(tmp_path: Path, data: bytes) -> None:
    (tmp_path / GAPS_FILE).write_bytes(data)
    told: list[str] = []
    assert Gaps(tmp_path, told.append).all == ()
    assert told == [f"{tmp_path / GAPS_FILE} is damaged: history no longer shows where messages may be missing"]
