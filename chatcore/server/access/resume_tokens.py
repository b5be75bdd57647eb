"""The visits that can be resumed, and their tokens: of everybody who is here, and of those whose connection was lost.

A token has 256 bits, is good for one connection, and is kept only as a keyed digest. A connection that is about to
resume a visit holds the claim to it until another one comes with the token: the first may be dead without notice.
"""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable
from math import inf

from chatcore.protocol.names import address_block
from chatcore.server.access.resumable import Resumable, resumable_of
from chatcore.server.access.resume_file import ResumeFile
from chatcore.state.history_identity import visit_identity
from chatcore.state.kept_visit import KeptVisit, Seat

RESUMABLE_S = 600.0
MAX_LOST = 5000
"""How many lost connections are kept in total. Beyond that, one from the address with the most is given up."""
_MAX_UNIX_S = 1e12
MAX_OVER = 10_000
"""How many tokens that are no longer valid are remembered: a client that comes too late has not guessed."""


class ResumeTokens:
    """All resumable visits. Any thread; its lock is the innermost one, and is held while the file is written."""

    def __init__(self, file: ResumeFile, clock: Callable[[], float], unix_time: Callable[[], float]) -> None:
        """Load the file. `clock` is monotonic, s."""
        self._file = file
        self._clock = clock
        self._unix_time = unix_time
        self._lock = threading.Lock()
        self._by_digest: dict[str, Resumable] = {}
        self._by_visit: dict[str, Resumable] = {}
        self._lost: dict[str, Resumable] = {}  # by visit, the one lost longest ago first
        self._blocks: Counter[str] = Counter()  # how many are lost from each address block
        self._claims: dict[int, Resumable] = {}  # by client id
        self._over: dict[str, None] = {}  # digests, the latest last
        self._closed = False
        self._load()

    def lost(self) -> dict[str, Resumable]:
        """Return the visits whose connection was lost, by visit."""
        with self._lock:
            return dict(self._lost)

    def identities(self) -> frozenset[str]:
        """Return the identities with which lost visits come back to rooms."""
        return frozenset(map(visit_identity, self.lost()))

    def find(self, token: str) -> Resumable | None:
        """Return the visit that a token is for; None if it is not valid."""
        digest = self._file.digest(token)
        with self._lock:
            entry = self._by_digest.get(digest)
            return entry if entry is not None and entry.deadline > self._clock() else None

    def claim(self, token: str, client: int) -> int | None:
        """Give this client the claim to a token's visit; return the client that had it before (0: none).

        Return None if the token is no longer valid, or if a client is just coming in with it.
        """
        digest = self._file.digest(token)
        with self._lock:
            entry = self._by_digest.get(digest)
            if entry is None or entry.next is not None:
                return None
            before = entry.claimed_by
            self._unclaim_locked(entry)
            self._claim_locked(entry, client)
            return before

    def claimed(self, client: int) -> Resumable | None:
        """Return the visit that a client has claimed; None if it is over by now."""
        with self._lock:
            return self._claims.get(client)

    def was_good(self, token: str) -> bool:
        """Return whether a token is valid, or once was."""
        digest = self._file.digest(token)
        with self._lock:
            return digest in self._over or digest in self._by_digest

    def is_kept(self, visit: str) -> bool:
        """Return whether a visit can still be resumed."""
        with self._lock:
            return visit in self._by_visit

    def give(self, kept: KeptVisit, client: int) -> str | None:
        """Return a new token for the visit of a client that is in, or about to be; '' if it cannot be stored.

        Return None if another client is about to resume the visit.
        """
        token = secrets.token_urlsafe(32)
        digest = self._file.digest(token)
        with self._lock:
            if self._closed:
                return ""
            entry = self._by_visit.get(kept.visit)
            if entry is not None and (entry.claimed_by or entry.client) != client:
                return None
            is_new = entry is None
            entry = entry or Resumable(kept, "")
            entry.next = digest, kept
            if not self._file.append(entry.row()):
                entry.next = None
                return ""
            if is_new:
                self._by_visit[kept.visit] = entry
                self._claim_locked(entry, client)
            return token

    def arrive(self, visit: str, client: int) -> None:
        """Make the client's last token valid and use up earlier ones, now that the client is in."""
        with self._lock:
            entry = self._by_visit.get(visit)
            if entry is None or (entry.claimed_by or entry.client) != client:
                return
            if entry.next is None and not entry.claimed_by:
                return
            self._use_up_locked(entry.digest)
            if entry.next is None:  # it wants no other, or none could be stored; its seats stay until it leaves
                entry.digest = ""
                self._file.append(entry.over())
            else:
                (entry.digest, entry.kept), entry.next = entry.next, None
                self._by_digest[entry.digest] = entry
            self._unlose_locked(entry)
            self._unclaim_locked(entry)
            entry.client, entry.deadline, entry.lost_at = client, inf, None

    def withdraw(self, client: int) -> None:
        """Take back the last token of a client that is not in yet; the one before stays as it was."""
        with self._lock:
            entry = self._claims.get(client)
            if entry is not None:
                self._withdraw_locked(entry)

    def release(self, client: int) -> None:
        """Give up the claim of a client that never came in. The token is good for another try."""
        with self._lock:
            entry = self._claims.get(client)
            if entry is None or self._closed:
                return
            self._unclaim_locked(entry)
            self._withdraw_locked(entry)
            if not entry.digest:
                self._end_locked(entry)

    def note(self, kept: KeptVisit) -> None:
        """Note what has changed about a client that is here."""
        with self._lock:
            entry = self._by_visit.get(kept.visit)
            if entry is not None and entry.digest and entry.kept != kept and not self._closed:
                entry.kept = kept
                self._file.append(entry.row())

    def lose(self, visit: str, client: int) -> tuple[bool, list[Resumable]]:
        """Note that a connection was lost; return whether it may be resumed, and which visits are over to make room."""
        with self._lock:
            entry = self._by_visit.get(visit)
            if entry is None or entry.client != client or self._closed:
                return False, []
            if not entry.digest:
                return False, [self._end_locked(entry)]
            entry.lost_at, entry.deadline = self._unix_time(), self._clock() + RESUMABLE_S
            self._lose_locked(entry)
            self._file.append(entry.row())
            return True, [self._end_locked(self._most_common_locked())] if len(self._lost) > MAX_LOST else []

    def rooms_of(self, visit: str) -> tuple[Seat, ...]:
        """Return the rooms that a visit was in when it was last lost."""
        with self._lock:
            entry = self._by_visit.get(visit)
            return entry.rooms if entry is not None else ()

    def set_rooms(self, visit: str, rooms: tuple[Seat, ...]) -> bool:
        """Note the rooms that a lost visit was in; return False if the visit is over by now."""
        with self._lock:
            entry = self._by_visit.get(visit)
            if entry is None:
                return False
            entry.rooms = rooms
            return True

    def end(self, visit: str, client: int | None = None) -> Resumable | None:
        """End a visit, if it is this client's (None: anybody's); return it, None if there was nothing to end."""
        with self._lock:
            entry = self._by_visit.get(visit)
            if entry is None or self._closed or client not in (None, entry.client):
                return None
            return self._end_locked(entry)

    def expire(self) -> list[Resumable]:
        """End the lost visits whose time is up, and return them. Called every few seconds."""
        now = self._clock()
        with self._lock:
            late = [entry for entry in self._lost.values() if entry.deadline <= now and not entry.claimed_by]
            for entry in late:
                self._end_locked(entry)
            self._file.touch()
            if not self._closed and (not self._file.is_whole or self._file.is_large(len(self._by_visit))):
                self._file.rewrite([each.row() for each in self._by_visit.values() if each.digest or each.next])
            return late

    def close(self) -> None:
        """Stop changing anything: the tracker ends, and everybody who is here may come back to the next run."""
        with self._lock:
            self._closed = True
            self._file.touch()

    def _end_locked(self, entry: Resumable) -> Resumable:
        del self._by_visit[entry.kept.visit]
        self._unlose_locked(entry)
        self._unclaim_locked(entry)
        self._use_up_locked(entry.digest)
        self._file.append(entry.over())
        return entry

    def _withdraw_locked(self, entry: Resumable) -> None:
        had_next, entry.next = entry.next, None
        if had_next and entry.digest:
            self._file.append(entry.row())

    def _claim_locked(self, entry: Resumable, client: int) -> None:
        entry.claimed_by = client
        self._claims[client] = entry

    def _unclaim_locked(self, entry: Resumable) -> None:
        self._claims.pop(entry.claimed_by, None)
        entry.claimed_by = 0

    def _use_up_locked(self, digest: str) -> None:
        if self._by_digest.pop(digest, None) is not None:
            self._remember_locked(digest)

    def _remember_locked(self, digest: str) -> None:
        self._over[digest] = None
        if len(self._over) > MAX_OVER:
            del self._over[next(iter(self._over))]

    def _lose_locked(self, entry: Resumable) -> None:
        if entry.kept.visit not in self._lost:
            self._lost[entry.kept.visit] = entry
            entry.block = address_block(entry.kept.host)
            self._blocks[entry.block] += 1

    def _unlose_locked(self, entry: Resumable) -> None:
        if self._lost.pop(entry.kept.visit, None) is not None:
            self._blocks[entry.block] -= 1
            if not self._blocks[entry.block]:
                del self._blocks[entry.block]

    def _most_common_locked(self) -> Resumable:
        """Return the visit lost longest ago from the address block with the most."""
        ((block, _),) = self._blocks.most_common(1)
        return next(entry for entry in self._lost.values() if entry.block == block)

    def _load(self) -> None:
        now = self._unix_time()
        for row in self._file.rows.values():
            entry = resumable_of(row)
            if entry is None:
                continue
            lost_at = _moment(row["lost"], self._file.alive_at)
            left_s = RESUMABLE_S - max(0.0, now - lost_at)
            if left_s <= 0 or len(self._lost) >= MAX_LOST:
                self._remember_locked(entry.digest)
                continue
            entry.lost_at, entry.deadline = min(lost_at, now), self._clock() + left_s
            self._by_visit[entry.kept.visit] = self._by_digest[entry.digest] = entry
            self._lose_locked(entry)
        if self._file.rows and not self._file.rewrite(entry.row() for entry in self._by_visit.values()):
            self._file.empty()


def _moment(found: object, otherwise: float) -> float:
    """Return a Unix time (s) from the file if it is valid, else `otherwise`: it is used in calculations."""
    return float(found) if isinstance(found, (int, float)) and 0 <= found <= _MAX_UNIX_S else otherwise
