"""What `chat-tracker history erase` and the tracker that carries it out write to each other, in the state folder.

One request at a time. It is taken by renaming it: so it is carried out if its command or the tracker ends meanwhile,
and never twice. Only the folder's owner can write there.
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
"""A time in the year 9999, in every time zone: the latest that may be meant."""

ERASE_LOCK = "erase-lock"
"""Who has this file locked erases, or sees to it that nobody does."""

_REQUEST, _TAKEN, _ANSWER = "erase-request", "erase-taken", "erase-answer"
_MAX_BYTES = 1 << 16


class EraseRequest(NamedTuple):
    """What is to be erased, up to the line `up_to` (0: up to when it is carried out). `id` names the request."""

    id: str
    erasure: Erasure
    up_to: int = 0


class EraseAnswer(NamedTuple):
    """How far a request is, of how many files, or once it is done, how many messages were erased.

    `problems` say in words what could not be.
    """

    id: str
    is_done: bool = False
    percent: int = 0
    files: int = 0
    messages: int = 0
    problems: tuple[str, ...] = ()


class EraseMail:
    """The letters in one folder. Any thread; one command at a time, which has ERASE_LOCK."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._request = folder / _REQUEST
        self._taken = folder / _TAKEN
        self._answer = folder / _ANSWER

    # For the command.

    def ask(self, request: EraseRequest) -> None:
        """Put a request there, in place of one that nobody has taken. Raises OSError."""
        for stray in (*self._folder.glob(f"{_REQUEST}.*"), self._answer):
            stray.unlink(missing_ok=True)
        replace_private(self._request, _written(request))

    def withdraw(self) -> bool:
        """Take the request back; return False if it has been taken already. Raises OSError."""
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
        """Return what there is of an answer to a request. Raises OSError."""
        try:
            data = json.loads(_read(self._answer))
            answer = EraseAnswer(**{**data, "problems": tuple(data["problems"])})
        except (FileNotFoundError, ValueError, TypeError, KeyError, RecursionError):
            return None
        return answer if answer.id == id_ else None

    def clear_answer(self) -> None:
        """Remove the answer. Raises OSError."""
        self._answer.unlink(missing_ok=True)

    # For whoever carries it out.

    @property
    def has_request(self) -> bool:
        """Return whether there is something to carry out, or something that was begun and has not ended."""
        return self._request.exists() or self._taken.exists()

    def take(self) -> EraseRequest | None:
        """Return what is to be carried out next: first what was begun. Raises OSError.

        What is not understood is answered.
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
                self.finish(EraseAnswer(_id_in(data), True, problems=("the request is one of another version",)))

    def note(self, request: EraseRequest) -> None:
        """Note up to which line a request goes that has been taken. Raises OSError."""
        replace_private(self._taken, _written(request))

    def answer(self, answer: EraseAnswer) -> None:
        """Say how far it is. Raises OSError."""
        replace_private(self._answer, json.dumps(answer._asdict()).encode())

    def finish(self, answer: EraseAnswer) -> None:
        """Say that it is done. Raises OSError."""
        with suppress(OSError):  # on a full disk whoever waits sees that the request is gone
            self.answer(answer)
        self.drop()

    def drop(self) -> None:
        """Forget what was taken. Raises OSError."""
        for path in (*self._folder.glob(f"{_TAKEN}.*"), self._taken):
            path.unlink(missing_ok=True)


def _written(request: EraseRequest) -> bytes:
    written = {"version": VERSION, "id": request.id, "up_to": request.up_to, **request.erasure._asdict()}
    return json.dumps(written).encode()


def _parsed(data: bytes) -> EraseRequest:
    """Raises ValueError, TypeError, KeyError, RecursionError for what is none."""
    found = json.loads(data)
    nick, room, before_ms = found["nick"], found["room"], found["before_ms"]
    is_time = before_ms is None or (isinstance(before_ms, int) and 0 <= before_ms <= MAX_MS)
    if not (found["version"] == VERSION and is_time and isinstance(nick, str) and isinstance(room, str)):
        raise ValueError
    if not (nick or room) and before_ms is None:
        raise ValueError("all would be erased")
    return EraseRequest(str(found["id"]), Erasure(nick, room, before_ms), int(found["up_to"]))


def _id_in(data: bytes) -> str:
    try:
        return str(json.loads(data)["id"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def _read(path: Path) -> bytes:
    """Return what is in a file, a link not followed. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(_MAX_BYTES)
