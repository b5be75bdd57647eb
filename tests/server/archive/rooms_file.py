"""The file of rooms and account state, which tests can reopen."""

from __future__ import annotations

from pathlib import Path

from chatcore.server.archive.storage.belongings import Belongings
from chatcore.server.archive.storage.rooms import ROOMS_FILE, Rooms


class RoomsFile:
    """`told` has the messages to the operator."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ROOMS_FILE
        self.told: list[str] = []
        self.rooms = Rooms(folder, self.told.append)

    def reopen(self) -> Belongings:
        """Reopen it as after a restart; return the state of all accounts."""
        self.rooms.close()
        self.rooms = Rooms(self.path.parent, self.told.append)
        return self.belongings()

    def belongings(self) -> Belongings:
        """Return the state of all accounts."""
        return self.rooms.load_belongings(None)

    def read(self) -> bytes:
        """Return what is in the file."""
        self.rooms.close()
        found = self.path.read_bytes()
        self.rooms = Rooms(self.path.parent, self.told.append)
        return found
