"""Private messages kept for accounts whose owners are away.

Delivery's thread only, except for `used_bytes`. A message is in the journal before anybody is told that it waits or was
given, so that messages outlive the tracker and nobody gets one twice.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping

from chatcore.config import Config
from chatcore.protocol.multiline import repeated_bytes
from chatcore.protocol.names import address_block, casefold
from chatcore.server.archive.journal.records import fact_record
from chatcore.server.archive.journal.waiting_facts import given, is_erased, waits
from chatcore.server.outgoing.room_book import Append
from chatcore.state.erasure import Erasure
from chatcore.state.history import Recorded

MAX_ACCOUNT_BYTES = 1 << 17
_PART_OF_HISTORY = 8  # waiting messages may use this part of the memory for histories
_OVERHEAD_BYTES = 500  # for the objects that make up a message
_DAY_MS = 86_400_000

WaitingState = tuple[tuple[str, tuple[Recorded, ...]], ...]
"""The messages waiting for each account (id), oldest first."""


class Waiting:
    """The messages waiting for each account, with limits so that nobody can use up all the space."""

    def __init__(
        self,
        config: Config,
        append: Append = lambda record: None,
        kept: Mapping[str, Iterable[Recorded]] | None = None,
        is_kept_well: Callable[[], bool] = lambda: True,
    ) -> None:
        """`append` takes records for the journal; `kept` are the messages from before the tracker was started.

        `is_kept_well` returns whether the journal can be written.
        """
        limits = config.limits
        self._max_messages = limits.max_waiting or sys.maxsize
        self._max_of_sender = limits.max_waiting_per_sender or sys.maxsize
        self._max_bytes = reserved_bytes(config) or sys.maxsize
        self._keep_ms = config.history_days * _DAY_MS
        self._append = append
        self._is_kept_well = is_kept_well
        self._max_account_bytes = min(
            MAX_ACCOUNT_BYTES, limits.max_sendq_bytes // 4
        )  # a waiting account gets all its messages at once
        self._max_sender_bytes = int(self._max_account_bytes * min(1, self._max_of_sender / self._max_messages))
        self._messages = {account: [*messages] for account, messages in (kept or {}).items()}
        self.used_bytes = sum(map(_size, (message for all_ in self._messages.values() for message in all_)))
        """The memory that the messages take. Any thread may read it."""

    def state(self) -> WaitingState:
        """Return all waiting messages by account."""
        return tuple((account_id, tuple(messages)) for account_id, messages in sorted(self._messages.items()))

    def restore(self, state: WaitingState) -> None:
        """Replace all waiting messages by these. Writes nothing to the journal."""
        self._messages = {account_id: [*messages] for account_id, messages in state}
        self.used_bytes = sum(map(_size, (message for _, messages in state for message in messages)))

    def refusal(self, account_id: str, message: Recorded) -> str:
        """Return why a message cannot wait for this account, in words; '' if it can."""
        self._expire(account_id, message.time_ms)
        waiting = self._messages.get(account_id, [])
        sender = _sender(message)
        theirs = [_size(other) for other in waiting if _sender(other) == sender]
        size = _size(message)
        if self.used_bytes + size > self._max_bytes:
            self._expire_all(message.time_ms)
        if len(theirs) >= self._max_of_sender or (theirs and sum(theirs) + size > self._max_sender_bytes):
            return "They are not here, and no more of your messages can wait for them: this one was not sent"
        is_full = len(waiting) >= self._max_messages or sum(map(_size, waiting)) + size > self._max_account_bytes
        if is_full or self.used_bytes + size > self._max_bytes:
            return "They are not here, and no more messages can wait for them: this one was not sent"
        return "" if self._is_kept_well() else "They are not here, and nothing can be stored for them at the moment"

    def add(self, account_id: str, message: Recorded) -> None:
        """Keep a message until the account's owner returns."""
        self._append(fact_record(message.id, waits(account_id, message)))
        self._messages.setdefault(account_id, []).append(message)
        self.used_bytes += _size(message)

    def take(self, account_id: str, id_: int, now_ms: int) -> list[Recorded]:
        """Return the messages for an account, oldest first, and forget them.

        `id_` is the id of the line that would be written now, `now_ms` the Unix time, ms.
        """
        self._expire(account_id, now_ms)
        messages = self._forget(account_id, lambda message: False)
        if messages:
            self._append(fact_record(id_, given(account_id, [message.id for message in messages])))
        return messages

    def withdraw(self, account_id: str, message: int, id_: int) -> None:
        """Forget a message (id) if it waits for this account. `id_` is the id of the line that would be written now."""
        if self._forget(account_id, lambda waiting: waiting.id != message):
            self._append(fact_record(id_, given(account_id, [message])))

    def erase(self, erasure: Erasure, up_to: int) -> None:
        """Forget the messages up to this id that an erasure covers. The archivist erases them on disk."""
        for account_id in tuple(self._messages):
            self._forget(account_id, lambda message: not is_erased(message, erasure, up_to))

    def _expire(self, account_id: str, now_ms: int) -> None:
        """Forget expired messages. On disk they stay until the archive removes them, because a clock may be wrong."""
        self._forget(account_id, lambda message: message.time_ms >= now_ms - self._keep_ms)

    def _expire_all(self, now_ms: int) -> None:
        """Do the same for all accounts, because some owners may never return."""
        oldest_ms = now_ms - self._keep_ms
        for account_id in [id_ for id_, messages in self._messages.items() if messages[0].time_ms < oldest_ms]:
            self._expire(account_id, now_ms)

    def _forget(self, account_id: str, keep: Callable[[Recorded], bool]) -> list[Recorded]:
        """Forget an account's messages except those to keep; return the forgotten ones."""
        messages = self._messages.pop(account_id, [])
        lost = [message for message in messages if not keep(message)]
        self.used_bytes -= sum(map(_size, lost))
        if len(lost) < len(messages):
            self._messages[account_id] = [message for message in messages if keep(message)]
        return lost


def reserved_bytes(config: Config) -> int:
    """Return how much of the memory for histories waiting messages may use; 0 for no limit, or if none wait."""
    return config.limits.max_total_history_bytes // _PART_OF_HISTORY if config.is_archive_on else 0


def _size(message: Recorded) -> int:
    """Return about how many bytes a message takes, in memory or sent as separate lines."""
    texts = (message.source, message.account or "", message.tags, message.rest)
    return sum(map(len, texts)) + _OVERHEAD_BYTES + repeated_bytes(message.source, message.rest, message.tags)


def _sender(message: Recorded) -> str:
    """Return what identifies a sender for its limit: the account or, without one, the address that others see."""
    if message.account:
        return casefold(message.account)
    return "@" + address_block(message.source.rpartition("@")[2])
