"""The slash commands about history: handlers of the table in `slash`, like `actions`. Pure.

Days and times are in the system's time zone.
"""

from __future__ import annotations

from collections.abc import Iterator

from chatcore.protocol.message import Message, serialize_tags
from chatcore.protocol.names import CHANNEL_PREFIX, is_channel
from chatcore.protocol.search_terms import parse_search
from chatcore.protocol.timestamp import format_time
from chatcore.terminal.commands.actions import UsageError, current_room, room_name
from chatcore.terminal.session.effects import Effect, OpenExport, Problem, WriteExport
from chatcore.terminal.session.export import Export
from chatcore.terminal.session.recall import Recall
from chatcore.terminal.session.search import Search
from chatcore.terminal.session.session import Session

DEFAULT_HISTORY = 100
MOST_FOUND = 50

_EXPORT_NEEDS = ("draft/chathistory", "batch", "labeled-response")


def handle_history(session: Session, text: str) -> Iterator[Effect]:
    count = text or str(DEFAULT_HISTORY)
    if not (count.isascii() and count.isdigit() and int(count[:9]) > 0):
        raise UsageError(f"{count} is not a number of messages")
    room = current_room(session)
    if not session.has("draft/chathistory"):
        yield Problem("this tracker has no history")
        return
    recall = Recall(room.name, int(count[:9]), session.supported.history_limit or int(count[:9]))
    if recall.left > recall.most and session.has("batch"):
        session.recall = recall
    yield recall.ask()


def handle_search(session: Session, text: str) -> Iterator[Effect]:
    if not text:
        raise UsageError
    if not (session.has("soju.im/search") and session.has("batch")):
        yield Problem("this tracker cannot search")
        return
    words, asked = _filters(session, text)
    if words:
        asked["text"] = " ".join(words)
    asked["limit"] = str(MOST_FOUND)
    session.search = Search(words, MOST_FOUND, is_forward="after" in asked)
    yield Message("SEARCH", (serialize_tags(asked.items()),))


def handle_export(session: Session, text: str) -> Iterator[Effect]:
    if text.lower() == "stop":
        yield Problem("no export is running") if session.export is None else WriteExport((), "", is_last=True)
        session.export = None
        return
    if session.export is not None:
        yield Problem("an export is still running; /export stop ends it")
        return
    if not all(session.has(capability) for capability in _EXPORT_NEEDS):
        yield Problem("this tracker has no history that can be exported")
        return
    word, _, path = text.partition(" ")
    session.exports_begun += 1
    export = Export(session.exports_begun, session.supported.history_limit)
    if word.lower() == "all":
        export.take_targets(room.name for room in session.rooms)
        subject, ask = "all", export.ask_targets()
    else:
        subject = _place(session, word[3:]) if word.lower().startswith("in:") else current_room(session).name
        path = path if word.lower().startswith("in:") else text
        export.target = subject
        ask = export.ask()
    session.export = export
    yield OpenExport(path.strip(), subject, ask)


def _filters(session: Session, text: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the words to search for, and the filters under the names that SEARCH has for them."""
    try:
        terms = parse_search(text.split())
        times = {"before": terms.before_ms and terms.before_ms - 1, "after": terms.after_ms}
        asked = {name: format_time((ms + 0.5) / 1000) for name, ms in times.items() if ms is not None}
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(str(error)) from error
    if terms.place:
        asked["in"] = _place(session, terms.place)
    if terms.author:
        asked["from"] = terms.author
    return terms.words, asked


def _place(session: Session, word: str) -> str:
    """Return the name of a room or person. A bare word names a room if we are in one of that name."""
    if not word:
        raise UsageError("in: what?")
    if is_channel(word):
        return room_name(word)
    room = session.rooms.get(CHANNEL_PREFIX + word)
    return word if room is None or session.rooms.with_member(word) else room.name
