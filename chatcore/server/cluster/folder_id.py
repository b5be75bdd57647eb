"""The id by which others recognise a tracker's state folder: when it rejoins, its earlier stay is over."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from chatcore.errors import ConfigError
from chatcore.transport.private_files import replace_private

_ID = re.compile("[0-9a-f]{16}")


def folder_id(folder: Path) -> str:
    """Return the id in a folder, made now if there is none. Raises ConfigError. Main thread."""
    path = folder / "id"
    try:
        found = path.read_text(encoding="ascii") if path.exists() else ""
        if _ID.fullmatch(found):
            return found
        made = secrets.token_hex(8)
        replace_private(path, made.encode())
        return made
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot use {path}: {error}") from error
