"""Carries out `chat-tracker history erase`: in the archivist's thread, or in the command if no tracker runs.

First the journal is cut, and everything before the cut is moved into the archive's files. Messages from before the cut
are then erased; later ones stay.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from select import select
from time import monotonic
from typing import NamedTuple

from chatcore.errors import ArchiveUnavailable, ChatError, StreamClosed
from chatcore.server.archive.archivist import Archivist
from chatcore.server.archive.erasing.erase_mail import EraseAnswer, EraseMail, EraseRequest
from chatcore.server.archive.erasing.erasing import Step, erase
from chatcore.server.archive.journal.journal import Cut, Journal, segments
from chatcore.server.archive.reading.questions import Questions
from chatcore.server.archive.storage.files import HistoryFiles
from chatcore.server.archive.storage.rooms import Rooms
from chatcore.server.archive.storage.writer import Writer
from chatcore.state.erasure import Erasure
from chatcore.state.facts import HistoryErased

_CUT_WAIT_S = 20.0
_TOLD_EVERY_S = 0.5
_TAKEN_EVERY_S = 0.5
_LOOK_S = 0.02
_WORK_S = 0.001
REST_S = 0.0003
"""How long to rest after each `_WORK_S` of work in a tracker, so that its other threads get the interpreter."""
_LOG_STANDS = "chat.log cannot be written, and new messages wait for it"


class Ending(ChatError):
    """The tracker is being closed; the next one continues the work."""


class Lines(NamedTuple):
    """The open files of the archive, and the queries that use them."""

    files: HistoryFiles
    writer: Writer
    questions: Questions | None


CutAt = Callable[[EraseRequest], Cut]
"""Cuts the journal. Raises ArchiveUnavailable, Ending."""


class EraseDuty:
    """Carries out the erase requests in a state folder. Archivist's thread, except for `look` and `follow`."""

    def __init__(
        self,
        folder: Path,
        archivist: Archivist,
        lines: Lines | None,
        rooms: Rooms,
        cut: CutAt,
        tell: Callable[[str], None],
        rest_s: float = 0.0,
    ) -> None:
        """Without `lines`, the files are opened when they are needed. `tell` informs the operator.

        `rest_s` is how long to rest after every millisecond of work, so that other threads can run.
        """
        self.on_step: Callable[[EraseAnswer], None] = lambda answer: None
        """Called with the progress."""
        self.on_done: Callable[[EraseAnswer], None] = lambda answer: None
        """Called with the result of each request."""
        self.mail = EraseMail(folder)
        self._folder = folder
        self._archivist = archivist
        self._lines = lines
        self._rooms = rooms
        self._cut = cut
        self._tell = tell
        self._rest_s = rest_s
        self._followed: deque[tuple[Erasure, Cut]] = deque()
        self._told_at = self._taken_at = self._rested_at = 0.0

    def look(self) -> None:
        """Wake the archivist if there is something to do. Heartbeat's thread."""
        if self.mail.has_request:
            self._archivist.wake()

    def follow(self, erasure: Erasure, cut: Cut) -> None:
        """Erase here too what another tracker of the same chat was asked to erase. Any thread."""
        self._followed.append((erasure, cut))
        self._archivist.wake()

    def carry_out(self) -> None:
        """Carry out all pending requests. Raises OSError if they cannot be read."""
        while self._followed:
            try:
                self._tell(summary(self._erase("", *self._followed.popleft())))
            except Ending:
                return
            except (ArchiveUnavailable, OSError) as error:
                self._tell(f"What another tracker was asked to erase is still kept here ({error}): erase it here too")
        while (request := self.mail.take()) is not None:
            try:
                answer = self._answer(request)
            except Ending:
                return
            except (ArchiveUnavailable, OSError) as error:
                answer = EraseAnswer(request.id, True, problems=(str(error),))
            self.mail.finish(answer)
            self.on_done(answer)

    def _answer(self, request: EraseRequest) -> EraseAnswer:
        """Cut the journal and erase. Raises ArchiveUnavailable, OSError, Ending."""
        cut = self._cut(request)
        with suppress(OSError):  # if this fails and the tracker is killed, the next one erases up to a later line
            self.mail.note(request._replace(up_to=cut.up_to))
        return self._erase(request.id, request.erasure, cut)

    def _erase(self, id_: str, erasure: Erasure, cut: Cut) -> EraseAnswer:
        """Erase the matching messages from before the cut. Raises ArchiveUnavailable, OSError, Ending."""
        _possible(cut)
        if not self._archivist.take_all() or min(segments(self._folder), default=cut.segment) < cut.segment:
            raise ArchiveUnavailable("recent messages cannot be moved into the archive")
        with self._opened() as lines:
            erased = erase(lines.files, lines.writer, erasure, cut.up_to, self._stepper(id_))
            if lines.questions is not None:
                lines.questions.forget_removed()
        self._rooms.erase_waiting(erasure, cut.up_to)  # not counted: the archive's files have them too
        self._rooms.scrub()
        return EraseAnswer(id_, True, messages=erased.messages, problems=erased.problems)

    @contextmanager
    def _opened(self) -> Iterator[Lines]:
        if self._lines is not None:
            yield self._lines
            return
        files = HistoryFiles(self._folder, 0, self._tell)
        writer = Writer(files)
        try:
            yield Lines(files, writer, None)
        finally:
            writer.close()

    def _stepper(self, id_: str) -> Step:
        def step(done: float, files: int, is_free: bool) -> None:
            now = monotonic()
            if self._rest_s and now - self._rested_at > _WORK_S:
                select([], [], [], self._rest_s)  # as in volume.py
                self._rested_at = monotonic()
            if self._archivist.is_stopping:
                raise Ending
            if is_free and (self._archivist.is_awaited() or now - self._taken_at > _TAKEN_EVERY_S):
                self._archivist.take_all()
                self._taken_at = now
            if now - self._told_at > _TOLD_EVERY_S:
                answer = EraseAnswer(id_, False, int(done * 100), files)
                with suppress(OSError):
                    if id_:
                        self.mail.answer(answer)
                self.on_step(answer)
                self._told_at = now

        return step


class StreamCut:
    """Makes delivery forget what is to be erased and cut the journal, at one position in the stream."""

    def __init__(
        self, journal: Journal, archivist: Archivist, publish: Callable[[HistoryErased], None], number: int = 0
    ) -> None:
        """Cuts are numbered from `number` + 1; each of several trackers has its own range."""
        self._journal = journal
        self._archivist = archivist
        self._publish = publish
        self._number = number

    def is_own(self, cut: Cut) -> bool:
        """Return whether a cut was made for a request here. Any thread."""
        return cut.number == self._number

    def __call__(self, request: EraseRequest) -> Cut:
        """See CutAt."""
        self._number += 1
        try:
            self._publish(HistoryErased(self._number, request.erasure, request.up_to))
        except StreamClosed as error:
            raise Ending from error
        deadline = monotonic() + _CUT_WAIT_S
        while (cut := self._journal.last_cut) is None or cut.number != self._number:
            if self._archivist.pause(_LOOK_S):
                raise Ending
            if monotonic() > deadline:
                raise ArchiveUnavailable(_LOG_STANDS)
        return _possible(cut)


def cut_alone(journal: Journal, request: EraseRequest) -> Cut:
    """Cut a journal that no tracker uses. Raises ArchiveUnavailable."""
    journal.cut(0, request.erasure, request.up_to or sys.maxsize)
    assert journal.last_cut is not None
    return _possible(journal.last_cut)


def _possible(cut: Cut) -> Cut:
    if not cut.segment:
        raise ArchiveUnavailable("the journal cannot be written")
    return cut


def summary(answer: EraseAnswer) -> str:
    """Return what the operator is told about a request that was carried out."""
    messages = "1 message" if answer.messages == 1 else f"{answer.messages} messages"
    return "; ".join((f"History was erased, as asked: {messages}", *answer.problems))
