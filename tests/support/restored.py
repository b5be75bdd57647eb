"""Backups made by the command, and restored as docs/backup.md says."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from sqlite3 import connect
from typing import Any

from chatcore.config import Config
from chatcore.server.audit.rotated import log_files, open_log_file
from chatcore.server.backup.copying import Copied
from chatcore.server.cli.backup_app import make_backup
from tests.support.trackers import Hosted, hosted_tracker

LOG = Path("logs/chat.log")


def backup(config: Config, path: Path, *, force: bool = False) -> Copied:
    """Back up what a tracker with these settings keeps, in this process."""
    return make_backup(path, config, force=force)


def unpack(path: Path, folder: Path) -> Path:
    """Unpack a backup into a new folder; return that."""
    folder.mkdir()
    subprocess.run(["tar", "-xpf", str(path)], cwd=folder, check=True)
    return folder


@contextmanager
def restored_tracker(folder: Path, **settings: Any) -> Iterator[Hosted]:
    """Run a tracker on a backup unpacked into a folder."""
    with hosted_tracker(folder, log=folder / LOG, **settings) as hosted:
        yield hosted


def log_text(folder: Path) -> str:
    """Return the whole log that was unpacked into a folder, rotated files first."""
    parts = []
    for path in log_files(folder / LOG):
        with open_log_file(path) as file:
            parts.append(file.read().decode())
    return "".join(parts)


def archived(folder: Path) -> list[tuple[int, str, str]]:
    """Return id, source and text of all messages in the archive's files, in the order of their ids."""
    found = []
    for path in (folder / "state").glob("history-*.sqlite"):
        with closing(connect(path)) as connection:
            found += connection.execute(
                "SELECT m.id, s.source, m.text FROM message AS m JOIN source AS s ON s.number = m.source WHERE form = 0"
            ).fetchall()
    return sorted(found)
