"""The invitations of a chat of several trackers, and the file in which each of them has a copy.

Every use is counted over all trackers: the row of an invitation says how many there were, and changes with each. So of
two that come at the same time by the last use, wherever, one finds the row changed, looks again, and is refused.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from functools import partial

from chatcore.commands.invitations import Redeemed
from chatcore.errors import ChatError
from chatcore.protocol.invitations import Refusal
from chatcore.server.access.invitations import Invitations, Result
from chatcore.server.access.issued_invitation import InvitationFile
from chatcore.server.access.row_file import Row
from chatcore.state.shelf import FOUNDED, Rows, Shelf

_TRIES = 100  # so many may come by one invitation at the same moment, from different trackers
_CROWD = "Too many come by invitations at this moment: try again"


class SharedInvitations(Invitations):
    """All of them, as the shelf has them. Any thread without a lock: a change waits for the stream.

    A row is keyed and worded as a line of the file.
    """

    def __init__(
        self,
        shelf: Shelf,
        file: InvitationFile,
        clock: Callable[[], float],
        unix_time: Callable[[], float],
        tell: Callable[[str], None],
        *,
        are_needed: bool,
    ) -> None:
        """Follow the shelf, and keep what the file has for `found`. Before delivery begins. `tell` is as for RowMirror.

        See Invitations for the rest.
        """
        super().__init__(file, clock, unix_time, are_needed=are_needed)
        self._shelf = shelf
        self._tell = tell
        self._filing = threading.Lock()  # guards the file; never taken under the other lock
        self._values: dict[str, bytes] = {}  # as the shelf has them, at what is in memory
        self._is_stale = False  # the file is
        self._own = [row for issued in self._issued.values() for row in issued.rows()]
        self._issued.clear()
        shelf.watch(self._follow)

    def found(self) -> None:
        """Bring what the file has if no tracker ever brought any. Once, before anybody is served. Raises ChatError."""
        own, self._own = self._own, []
        if self._shelf.value(FOUNDED) is None:
            rows = tuple((row["id"], _written(row)) for row in own)
            self._shelf.propose(((FOUNDED, b""), *rows), ((FOUNDED, None),))
        if lost := sum("of" not in row and self._shelf.value(row["id"]) is None for row in own):
            self._tell(f"{lost} invitations of this tracker's own are over: those of the other trackers count")
        self._is_stale = True

    def end_all(self) -> None:
        """Have all let in nobody any more: they were made under another password. Raises ChatError."""
        for invitation_id in [each.id for each, _ in self.all()]:
            self.change(partial(self._end_locked, invitation_id))

    def redeem(self, invitation_id: str, nick: str, block: str) -> Redeemed:
        """See commands.invitations.Invitations."""
        try:
            return super().redeem(invitation_id, nick, block)
        except ChatError as error:
            return Redeemed(str(error))

    def give_back(self, invitation_id: str, nick: str, block: str) -> None:
        """See commands.invitations.Invitations. What cannot be given back is lost, as by a kill -9."""
        try:
            super().give_back(invitation_id, nick, block)
        except ChatError:
            return

    def change(self, decide: Callable[[], tuple[Result, list[Row]]]) -> Result:
        """Have all trackers set what `decide` finds is to be set, once it is so when they do. Raises ChatError."""
        for _ in range(_TRIES):
            with self._lock:
                result, rows = decide()
                changes = self._changes_locked(rows)
                expected = tuple((key, self._values.get(key)) for key, _ in changes)
            if not changes or self._shelf.propose(changes, expected):
                return result
        raise ChatError(_CROWD)

    def tick(self) -> None:
        """Have all forget what has been over for long, and the file follow. Once every few seconds."""
        with self._lock:
            over = [self._changes_locked([{"id": id_, "over": True}]) for id_ in self._long_over_locked()]
            is_stale, self._is_stale = self._is_stale, False
            rows = [row for issued in self._issued.values() for row in issued.rows()] if is_stale else []
        for changes in over:
            self._shelf.post(changes)
        with self._filing:
            if is_stale and not self._file.rewrite(rows):
                self._is_stale = True

    def close(self) -> None:
        """Write what there is, and change the file no more."""
        self.tick()
        with self._filing:
            self._file.close()

    def _changes_locked(self, rows: list[Row]) -> Rows:
        """Return rows as changes of the shelf, with that of an invitation of which they are guests."""
        changes: dict[str, bytes | None] = {}
        for row in rows:
            is_over = bool(row.get("over"))
            changes[row["id"]] = None if is_over else _written(row)
            invitation_id, _, guest = row["id"].partition(" ")
            issued = self._issued.get(invitation_id)
            if issued is not None and guest:
                used = len(issued.guests) + (-1 if is_over else 1)
                changes[invitation_id] = _written({**issued.row(), "used": used})
            elif issued is not None and is_over:
                changes |= dict.fromkeys(row["id"] for row in issued.rows())
        return tuple(changes.items())

    def _end_locked(self, invitation_id: str) -> tuple[None, list[Row]]:
        issued = self._issued.get(invitation_id)
        return None, [{**issued.row(), "end": Refusal.ENDED.name}] if issued and not issued.end else []

    def _follow(self, rows: Rows) -> None:
        with self._lock:
            for key, value in rows:
                if key == FOUNDED:
                    continue
                self._is_stale = True
                if value is None:
                    self._values.pop(key, None)
                    self._take_locked({"id": key, "over": True})
                else:
                    self._values[key] = value
                    self._take_locked(json.loads(value))


def _written(row: Row) -> bytes:
    return json.dumps(row).encode()
