"""Blocks are whole lines, whatever the file contains."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from chatcore.server.audit.reading import blocks
from chatcore.server.audit.reading.blocks import BlockReader, stored_offset
from chatcore.server.audit.rotated import open_log_file


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 7)
    monkeypatch.setattr(blocks, "MAX_LINE_BYTES", 20)


def _read(data: bytes, stop: int | None = None) -> list[bytes]:
    reader = BlockReader(io.BytesIO(data), stop)
    return [*reader.blocks(), *reader.finish()]


def test_lines_are_whole() -> None:
    data = b"one\ntwo\nthree and more\n\nfour\n"
    read = _read(data)
    assert b"".join(read) == data
    assert all(block.endswith(b"\n") for block in read)
    assert len(read) > 1


@pytest.mark.parametrize("stop", [4, 8, 9])
def test_reading_ends_at_the_stop_offset(stop: int) -> None:
    assert b"".join(_read(b"one\ntwo\n\nthree\n", stop)) == b"one\ntwo\n\n"[:stop]


def test_a_missing_line_end_is_added() -> None:
    assert b"".join(_read(b"one\ntw")) == b"one\ntw\n"
    assert _read(b"") == []


def test_an_endless_line_comes_in_pieces() -> None:
    read = _read(b"x" * 100 + b"\none\n")
    assert b"".join(read).replace(b"\n", b"") == b"x" * 100 + b"one"
    assert len(read) > 2
    assert max(map(len, read)) <= 7 + 20 + 1


def test_reading_continues_when_the_file_grows(tmp_path: Path) -> None:
    path = tmp_path / "chat.log"
    path.write_bytes(b"one\ntw")
    with path.open("rb") as file, path.open("ab") as writer:
        reader = BlockReader(file)
        assert list(reader.blocks()) == [b"one\n"]
        assert (reader.offset, file.tell()) == (4, 6)
        writer.write(b"o\nthree\n")
        writer.flush()
        assert b"".join(reader.blocks()) == b"two\nthree\n"
        assert reader.offset == 14


def test_stored_offset_counts_bytes_on_disk(tmp_path: Path) -> None:
    for name, data in (("a", b"one\n" * 9), ("a.gz", gzip.compress(b"one\n" * 9))):
        path = tmp_path / name
        path.write_bytes(data)
        with open_log_file(path) as file:
            assert b"".join(BlockReader(file).blocks()) == b"one\n" * 9
            assert stored_offset(file) == len(data)
