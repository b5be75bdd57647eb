"""The files by which `chat-tracker history erase` and a running tracker talk, in the state folder.

There is one request at a time. A tracker takes it by renaming it, so it is carried out even if the command or the
tracker ends meanwhile, and never twice. Only the folder's owner can write there.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from chatcore.state.erasure import Erasure
from chatcore.transport.private_files import replace_private

VERSION = 1
MAX_MS = 253_402_200_000_000
"""The latest time allowed in a request: it is in the year 9999 in every time zone."""

ERASE_LOCK = "erase-lock"
"""The lock file that a process holds to erase, or to keep others from erasing."""

_REQUEST, _TAKEN, _ANSWER = "erase-request", "erase-taken", "erase-answer"
_MAX_BYTES = 1 << 16


class EraseRequest(NamedTuple):
    """What to erase, up to the line `up_to` (0: up to the time when it is carried out). `id` names the request."""

    id: str
    erasure: Erasure
    up_to: int = 0


class EraseAnswer(NamedTuple):
    """The progress of a request and its number of files; once it is done, the number of erased messages.

    `problems` say in words what could not be erased.
    """

    id: str
    is_done: bool = False
    percent: int = 0
    files: int = 0
    messages: int = 0
    problems: tuple[str, ...] = ()


class EraseMail:
    """The request and answer files of one folder. Any thread; one command at a time, which holds ERASE_LOCK."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._request = folder / _REQUEST
        self._taken = folder / _TAKEN
        self._answer = folder / _ANSWER

    # For the command.

    def ask(self, request: EraseRequest) -> None:
        """Write a request, replacing one that nobody has taken. Raises OSError."""
        for stray in (*self._folder.glob(f"{_REQUEST}.*"), self._answer):
            stray.unlink(missing_ok=True)
        replace_private(self._request, _written(request))

    def withdraw(self) -> bool:
        """Withdraw the request; return False if it has been taken already. Raises OSError."""
        try:
            self._request.unlink()
        except FileNotFoundError:
            return False
        return True

    @property
    def is_waiting(self) -> bool:
        """Return whether there is a request that nobody has taken."""
        return self._request.exists()

    def read_answer(self, id_: str) -> EraseAnswer | None:
        """Return the current answer to a request; None if there is none. Raises OSError."""
        try:
            data = json.loads(_read(self._answer))
            answer = EraseAnswer(**{**data, "problems": tuple(data["problems"])})
        except (FileNotFoundError, ValueError, TypeError, KeyError, RecursionError):
            return None
        return answer if answer.id == id_ else None

    def clear_answer(self) -> None:
        """Remove the answer. Raises OSError."""
        self._answer.unlink(missing_ok=True)

    # For the tracker, or the command that erases without one.

    @property
    def has_request(self) -> bool:
        """Return whether a request is waiting, or was begun and is not finished."""
        return self._request.exists() or self._taken.exists()

    def take(self) -> EraseRequest | None:
        """Return the next request: one that was begun comes first. Raises OSError.

        A request that cannot be parsed is answered with a problem.
        """
        while True:
            if not self._taken.exists():
                try:
                    self._request.rename(self._taken)
                except FileNotFoundError:
                    return None
            data = _read(self._taken)
            try:
                return _parsed(data)
            except (ValueError, TypeError, KeyError, RecursionError):
                self.finish(EraseAnswer(_id_in(data), True, problems=("the request has an unknown format",)))

    def note(self, request: EraseRequest) -> None:
        """Save a taken request again, now with its `up_to`. Raises OSError."""
        replace_private(self._taken, _written(request))

    def answer(self, answer: EraseAnswer) -> None:
        """Write the progress. Raises OSError."""
        replace_private(self._answer, json.dumps(answer._asdict()).encode())

    def finish(self, answer: EraseAnswer) -> None:
        """Write the final answer and remove the request. Raises OSError."""
        with suppress(OSError):  # on a full disk, the waiting command sees that the request is gone
            self.answer(answer)
        self.drop()

    def drop(self) -> None:
        """Remove the taken request. Raises OSError."""
        for path in (*self._folder.glob(f"{_TAKEN}.*"), self._taken):
            path.unlink(missing_ok=True)


def _written(request: EraseRequest) -> bytes:
    written = {"version": VERSION, "id": request.id, "up_to": request.up_to, **request.erasure._asdict()}
    return json.dumps(written).encode()


def _parsed(data: bytes) -> EraseRequest:
    """Parse a request. Raises ValueError, TypeError, KeyError, RecursionError."""
    found = json.loads(data)
    nick, room, before_ms = found["nick"], found["room"], found["before_ms"]
    is_time = before_ms is None or (isinstance(before_ms, int) and 0 <= before_ms <= MAX_MS)
    if not (found["version"] == VERSION and is_time and isinstance(nick, str) and isinstance(room, str)):
        raise ValueError
    if not (nick or room) and before_ms is None:
        raise ValueError("this would erase everything")
    return EraseRequest(str(found["id"]), Erasure(nick, room, before_ms), int(found["up_to"]))


def _id_in(data: bytes) -> str:
    try:
        return str(json.loads(data)["id"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def _read(path: Path) -> bytes:
    """Return a file's contents, without following a link. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(_MAX_BYTES)
