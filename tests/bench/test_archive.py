"""bench.archive, with few messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import archive
from chatcore.errors import ArchiveUnavailable
from chatcore.server.archive.reading.reader import Reader


@pytest.fixture(autouse=True)
def _few_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_TURNS", 2)
    monkeypatch.setattr(archive, "_POOL", 100)


@pytest.mark.thorough
def test_it_builds_an_archive_queries_it_and_prints_times(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive.main(["3000", "--keep", str(tmp_path)])
    first = capsys.readouterr().out
    assert "3,000 messages of" in first
    assert "us CPU and" in first
    assert "a word, of 50 rooms" in first
    archive.main(["3000", "--keep", str(tmp_path)])
    second = capsys.readouterr().out
    assert "messages of" not in second
    assert "LATEST 50" in second


@pytest.mark.thorough
def test_a_refused_search_counts_with_the_time_it_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*args: object) -> None:
        raise ArchiveUnavailable("That took too long")

    monkeypatch.setattr(Reader, "search", refuse)
    archive.main(["1000", "--keep", str(tmp_path)])
    assert "a prefix of two letters" in capsys.readouterr().out
