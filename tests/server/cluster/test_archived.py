"""Up to which position the archive has everything: noted only once on disk, and for this chat."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

import pytest

from chatcore.server.cluster.archived import Archived


class _Holdings(Mock):
    """An archive that has everything up to a position."""

    has = 0
    synced = -1

    def has_all(self, position: int) -> bool:
        return self.has >= position

    def sync(self) -> None:
        self.synced = self.has


def _archived(folder: Path, holdings: _Holdings, chat: str = "chat", *, is_on: bool = True) -> Archived:
    return Archived(folder, chat, holdings, is_on=is_on)


def test_a_checkpoint_is_noted_once_everything_before_is_on_disk(tmp_path: Path) -> None:
    holdings = _Holdings()
    holdings.journal.position = 8
    archived = _archived(tmp_path, holdings)
    archived.begin(3)
    archived.note_checkpoint(10)
    assert holdings.archivist.wake.called
    archived.tick()
    assert (_archived(tmp_path, holdings).position, holdings.synced) == (3, -1)
    holdings.has = 8
    archived.tick()
    assert (_archived(tmp_path, holdings).position, holdings.synced) == (10, 8)
    holdings.has = 9
    archived.tick()
    assert holdings.synced == 8, "nothing is synced without a new checkpoint"


@pytest.mark.parametrize("content", [b"", b"chat", b"chat x", b"other 3", b"\xff"])
def test_a_malformed_or_foreign_file_limits_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "archived").write_bytes(content)
    assert _archived(tmp_path, _Holdings()).position > 1 << 60


def test_nothing_is_noted_without_an_archive(tmp_path: Path) -> None:
    archived = _archived(tmp_path, _Holdings(), is_on=False)
    archived.begin(3)
    archived.note_checkpoint(10)
    archived.tick()
    assert [*tmp_path.iterdir()] == []
    assert archived.position > 1 << 60
