"""What is remembered about rooms across a restart, on its way into the journal.

The view and the functions of `rendering` note their changes here. All changes of one event become one record, so that
they are kept together or not at all. `archive.journal.room_facts` defines the records. Delivery's thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chatcore.protocol.modes import CHANNEL_MODES, PREFIXES, ModeChange
from chatcore.server.archive.journal import room_facts
from chatcore.server.archive.journal.records import fact_record
from chatcore.state.channel import Topic

Append = Callable[[bytes], object]
"""Takes a record; its result is ignored."""


class RoomBook:
    """Collects the changes of one event until they are written."""

    def __init__(self, append: Append = lambda record: None) -> None:
        self._append = append
        self.changes: list[room_facts.Change] = []

    def begin(self, instance: int, name: str, created_at: int) -> None:
        """Note that a room begins, with the defaults of a new room."""
        flags = (mode.letter for mode in CHANNEL_MODES.values() if mode.is_default)
        self.changes.append(room_facts.began(instance, name, created_at, flags))

    def return_(self, instance: int) -> None:
        """Note that a room from before the tracker was started is in use again."""
        self.changes.append([room_facts.RETURNED, instance])

    def rename(self, instance: int, name: str, at: int) -> None:
        """Note that a room has a new name from a line's id on."""
        self.changes.append([room_facts.RENAMED, instance, name, at])

    def end(self, instance: int) -> None:
        """Note that a room has ended, and will not come back."""
        self.changes.append([room_facts.ENDED, instance])

    def set_topic(self, instance: int, topic: Topic | None) -> None:
        """Note a room's topic."""
        self.changes.append(room_facts.topic_changed(instance, topic))

    def set_metadata(self, instance: int, key: str, value: str) -> None:
        """Note a value of a room's metadata; '' removes it."""
        self.changes.append([room_facts.METADATA, instance, key, value])

    def change_modes(self, instance: int, changes: Iterable[ModeChange], setter: str, set_at: int) -> None:
        """Note changed modes, except the members' letters: see `set_letters`."""
        lasting = [change for change in changes if change.letter not in PREFIXES]
        if lasting:
            self.changes.append(room_facts.modes_changed(instance, lasting, setter, set_at))

    def set_letters(self, instance: int, account_id: str, letters: str | None) -> None:
        """Note that an account or a visit is in a room with these mode letters, or is not there (None)."""
        self.changes.append(room_facts.account_changed(instance, account_id, letters))

    def write(self, id_: int) -> None:
        """Write an event's changes, under its id."""
        changes, self.changes = self.changes, []
        self._append(fact_record(id_, room_facts.rooms_fact(changes)))
