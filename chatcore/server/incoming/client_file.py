"""The terminal client in one file, as the tracker gives it to everybody: `/chat.pyz`."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic
from typing import NamedTuple

from chatcore.errors import CannotPack
from chatcore.packing.one_file import NAME, SHIPPED, pack
from chatcore.transport.http import Request, response, response_head

PATH = f"/{NAME}"
_PAUSE_S = 60.0  # until it is tried again
_NOT_THERE = "The client in one file cannot be made here. The chat's operator has been told why.\n"


class Packed(NamedTuple):
    """The file, and its SHA-256 as `sha256sum` writes it."""

    content: bytes
    digest: str


def shipped_or_made() -> bytes:
    """Return the file that came with chatcore, or one that is made, in a second. Raises CannotPack."""
    try:
        return SHIPPED.read_bytes()
    except FileNotFoundError:
        return pack()
    except OSError as error:
        raise CannotPack(f"{SHIPPED}: {error.strerror}") from error


class ClientFile:
    """The one file, the same for everybody as long as the tracker runs; had when it is first asked for. Any thread."""

    def __init__(
        self,
        tell: Callable[[str], None],
        have: Callable[[], bytes] = shipped_or_made,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`tell` is told once why there is none."""
        self._tell = tell
        self._have = have
        self._clock = clock
        self._lock = threading.Lock()  # held while it is made: whoever else wants it waits for that
        self._packed: Packed | None = None
        self._next_try = 0.0
        self._was_told = False

    def get(self) -> Packed | None:
        """Return it; None if it cannot be had, of which the operator has been told. May take a second."""
        with self._lock:
            if self._packed is None and self._clock() >= self._next_try:
                self._try_locked()
            return self._packed

    def _try_locked(self) -> None:
        try:
            content = self._have()
        except CannotPack as error:
            self._next_try = self._clock() + _PAUSE_S
            if not self._was_told:
                self._was_told = True
                self._tell(f"{NAME}, the client in one file, cannot be made, so nobody gets it here: {error}")
            return
        self._packed = Packed(content, hashlib.sha256(content).hexdigest())


def client_response(request: Request, packed: Packed | None) -> tuple[bytes, bytes]:
    """Return the head of the response to a request for it, and the body, which is the same object for everybody."""
    if packed is None:
        return response(HTTPStatus.SERVICE_UNAVAILABLE, _NOT_THERE), b""
    tag = f'"{packed.digest[:32]}"'
    is_known = tag in request.headers.get("if-none-match", "")
    head = response_head(
        HTTPStatus.NOT_MODIFIED if is_known else HTTPStatus.OK,
        len(packed.content),
        "application/octet-stream",  # no browser opens it, or unpacks it
        Content_Disposition=f'attachment; filename="{NAME}"',
        Cache_Control="no-cache",
        ETag=tag,
    )
    return head, b"" if is_known else packed.content
