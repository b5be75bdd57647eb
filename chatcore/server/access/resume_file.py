"""Where what can be resumed outlives the tracker. A token is known again only while the server password is the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chatcore.server.access.row_file import RowFile

RESUME_FILE = "resume"


class ResumeFile(RowFile):
    """The file, open: all there is of a visit in a line. One thread at a time."""

    key = "visit"
    loss = "until it can be, nobody can take a lost connection up after a restart"

    def __init__(self, folder: Path, password: str, tell: Callable[[str], None] = lambda text: None) -> None:
        """Read what the last run has left, as far as this server password is the same. Raises as RowFile does."""
        super().__init__(folder / RESUME_FILE, password, tell)
