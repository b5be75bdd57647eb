"""The file in which resumable visits outlive the tracker. Its tokens are valid only for the same server password."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chatcore.server.access.row_file import RowFile

RESUME_FILE = "resume"


class ResumeFile(RowFile):
    """The open file. Each line has everything about one visit. One thread at a time."""

    key = "visit"
    loss = "until it can be, nobody can resume a lost connection after a restart"

    def __init__(self, folder: Path, password: str, tell: Callable[[str], None] = lambda text: None) -> None:
        """Read what the last run left, if the server password is the same. Raises like RowFile."""
        super().__init__(folder / RESUME_FILE, password, tell)
