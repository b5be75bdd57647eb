"""What happens to events when chat.log cannot be written.

What was said becomes an error to who said it. What changes state (joins, names, ends of visits) has happened in the
registry already, so it waits, in order, and is logged and delivered once the log can be written again. Answers to
clients that have nothing waiting go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable

from chatcore.protocol import numerics as num
from chatcore.server.audit_format import AuditFormat
from chatcore.server.audit_log import AuditLog
from chatcore.state import events as ev
from chatcore.state.stream import Entry

_REFUSAL = "Not delivered: the log cannot be written"


class Holdback:
    """Logs entries and says which may be delivered. Delivery's thread only."""

    def __init__(self, log: AuditLog, audit_format: AuditFormat, unix_time: Callable[[], float]) -> None:
        self._unix_time = unix_time
        self._log = log
        self._format = audit_format
        self._held: list[tuple[Entry, str]] = []
        self._held_clients: set[int] = set()

    def admit(self, entries: list[Entry]) -> list[Entry]:
        """Log the entries, and those held back before them; return what may be delivered now, in order."""
        lines = [[self._format.format(event, entry.time) for event in entry.events] for entry in entries]
        if self._held or not self._log.is_writable:
            ready = self._retry()
            if self._held or not self._log.is_writable:
                return [*ready, *self._hold(entries, lines)]
            return [*ready, *self._write(entries, lines)]
        return self._write(entries, lines)

    def _write(self, entries: list[Entry], lines: list[list[str]]) -> list[Entry]:
        done = self._log.write(["".join(texts) for texts in lines])
        if done == len(entries):
            return entries
        return [*entries[:done], *self._hold(entries[done:], lines[done:])]

    def _retry(self) -> list[Entry]:
        """Try to log what is held, and that the log goes on; return the entries that are logged now."""
        resumed = self._format.format(ev.Noted("log-resumed"), self._unix_time())
        done = self._log.write([*(text for _, text in self._held), resumed])
        ready = [entry for entry, _ in self._held[:done]]
        del self._held[:done]
        self._held_clients = {client for entry, _ in self._held for client in _clients(entry)}
        return ready

    def _hold(self, entries: list[Entry], lines: list[list[str]]) -> list[Entry]:
        """Hold entries back; return those, with what was said refused, that need not wait."""
        ready = []
        for entry, texts in zip(entries, lines, strict=True):
            kept = entry._replace(events=tuple(map(_refuse_chat, entry.events)))
            text = "".join(t for t, e in zip(texts, kept.events, strict=True) if not isinstance(e, ev.Replied))
            clients = _clients(entry)
            if text or not self._held_clients.isdisjoint(clients):
                self._held.append((kept, text))
                self._held_clients |= clients
            else:
                ready.append(kept)
        return ready


def _refuse_chat(event: ev.Event) -> ev.Event:
    if isinstance(event, ev.Said | ev.SaidPrivately) and event.command != "TAGMSG":
        return ev.Replied(event.source, ((num.ERR_UNKNOWNERROR, event.command, _REFUSAL),))
    return event


def _clients(entry: Entry) -> set[int]:
    """Return the ids of the clients that an entry's events are about."""
    return {event[0] for event in entry.events if isinstance(event[0], int)}
