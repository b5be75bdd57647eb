"""What happens to events when chat.log cannot be written.

Messages become errors to their senders. Changes of state (joins, names, ends of visits) have already happened in the
registry, so they wait, in order, to be logged and delivered once the log can be written again. Meanwhile clients that
have nothing waiting still get answers, and everybody gets the tracker's PINGs and goodbye.
"""

from __future__ import annotations

from chatcore.protocol import numerics as num
from chatcore.server.audit.grammar import AuditFormat
from chatcore.server.audit.log import AuditLog
from chatcore.state.events import Event, clients_of
from chatcore.state.facts import Speech, Stopped
from chatcore.state.notes import Noted, NoteKind
from chatcore.state.requests import CapabilitiesChanged, Pinged, Replied, VisitForgotten
from chatcore.state.stream import Entry

_REFUSAL = "Not delivered: the log cannot be written"


class Holdback:
    """Logs entries and decides which may be delivered. Delivery's thread only."""

    def __init__(self, log: AuditLog, audit_format: AuditFormat, *, refuses: bool = True) -> None:
        """With `refuses`, messages become errors; otherwise they wait, because other trackers have delivered them."""
        self._log = log
        self._refuses = refuses
        self._format = audit_format
        self._held: list[tuple[Entry, str]] = []
        self._held_clients: set[int] = set()
        self._is_new_file = False  # the log is a new file, without a note about that yet

    @property
    def is_holding(self) -> bool:
        """Return whether anything waits."""
        return bool(self._held)

    def admit(self, entries: list[Entry], now: float) -> list[Entry]:
        """Log the entries, and those held back before them; return what may be delivered now, in order.

        `now` is the stream's Unix time (s): no held entry is later, and none of these is earlier.
        """
        texts = [self._format.format(entry) for entry in entries]
        if self._log.has_moved and self._log.follow():
            self._is_new_file = True
        if self._log.is_writable and not self._held and not self._is_new_file:
            return self._write(entries, texts)
        ready = self._retry(now)
        if self._held or not self._log.is_writable:
            return ready + self._hold(entries, texts)
        return ready + self._write(entries, texts)

    def _write(self, entries: list[Entry], texts: list[str]) -> list[Entry]:
        done = self._log.write(texts)
        if done == len(entries):
            return entries
        return entries[:done] + self._hold(entries[done:], texts[done:])

    def _retry(self, now: float) -> list[Entry]:
        """Try to log the held entries, and notes about a resumed log or new file; return the entries logged."""
        notes = [Noted(NoteKind.LOG_OPENED)] if self._is_new_file else []
        if not self._log.is_writable:
            notes.append(Noted(NoteKind.LOG_RESUMED))
        last = self._format.format(Entry(0, now, tuple(notes)))
        done = self._log.write([*(text for _, text in self._held), last])
        self._is_new_file = self._is_new_file and done <= len(self._held)
        ready = [entry for entry, _ in self._held[:done]]
        del self._held[:done]
        self._held_clients = {client for entry, _ in self._held for client in _clients(entry)}
        return ready

    def _hold(self, entries: list[Entry], texts: list[str]) -> list[Entry]:
        """Hold entries back, with messages refused; return those that need not wait."""
        ready = []
        for entry, text in zip(entries, texts, strict=True):
            is_chat = self._refuses and _is_chat(entry)  # an entry never has both messages and changes
            kept = entry._replace(events=tuple(map(_refuse, entry.events))) if is_chat else entry
            clients = _clients(kept)
            if _never_waits(entry):
                ready.append(entry)
            elif (text and not is_chat) or not self._held_clients.isdisjoint(clients) or self._comes_after(entry):
                self._held.append((kept, "" if is_chat else text))
                self._held_clients |= clients
            else:
                ready.append(kept)
        return ready

    def _comes_after(self, entry: Entry) -> bool:
        """Return whether an entry changes facts in the journal, and so must not overtake waiting entries.

        The journal's facts are in stream order: one that arrives late would be skipped as already taken.
        """
        return self.is_holding and any(
            isinstance(event, CapabilitiesChanged | VisitForgotten) for event in entry.events
        )


def _never_waits(entry: Entry) -> bool:
    """Return whether an entry is the goodbye or the tracker's PING: a full disk must not look like a dead tracker."""
    return any(isinstance(event, Stopped | Pinged) for event in entry.events)


def _is_chat(entry: Entry) -> bool:
    return any(isinstance(event, Speech) for event in entry.events)


def _refuse(event: Event) -> Event:
    if isinstance(event, Speech):
        return Replied(event.source, ((num.ERR_UNKNOWNERROR, event.command, _REFUSAL),))
    return event


def _clients(entry: Entry) -> set[int]:
    """Return the ids of the clients that an entry's events name."""
    return {client for event in entry.events for client in clients_of(event)}
