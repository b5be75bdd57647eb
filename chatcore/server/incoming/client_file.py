"""The single-file terminal client that the tracker serves at `/chat.pyz`."""

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
_PAUSE_S = 60.0  # before it tries again
_NOT_THERE = "This tracker cannot build the single-file client. The chat's operator has been told why.\n"


class Packed(NamedTuple):
    """The file, and its SHA-256 as `sha256sum` writes it."""

    content: bytes
    digest: str


def shipped_or_made() -> bytes:
    """Return the file shipped with chatcore, or build one, which takes a second. Raises CannotPack."""
    try:
        return SHIPPED.read_bytes()
    except FileNotFoundError:
        return pack()
    except OSError as error:
        raise CannotPack(f"{SHIPPED}: {error.strerror}") from error


class ClientFile:
    """The file, built on first use and the same for everybody while the tracker runs. Any thread."""

    def __init__(
        self,
        tell: Callable[[str], None],
        have: Callable[[], bytes] = shipped_or_made,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`tell` is called once with the reason if the file cannot be built."""
        self._tell = tell
        self._have = have
        self._clock = clock
        self._lock = threading.Lock()  # held while the file is built, so that everybody else waits for it
        self._packed: Packed | None = None
        self._next_try = 0.0
        self._was_told = False

    def get(self) -> Packed | None:
        """Return the file; None if it cannot be built, which the operator has been told. May take a second."""
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
                self._tell(f"The single-file client {NAME} cannot be built, so it is not offered: {error}")
            return
        self._packed = Packed(content, hashlib.sha256(content).hexdigest())


def client_response(request: Request, packed: Packed | None) -> tuple[bytes, bytes]:
    """Return the response's head and body to a request for the file. The body is the same object for everybody."""
    if packed is None:
        return response(HTTPStatus.SERVICE_UNAVAILABLE, _NOT_THERE), b""
    tag = f'"{packed.digest[:32]}"'
    is_known = tag in request.headers.get("if-none-match", "")
    head = response_head(
        HTTPStatus.NOT_MODIFIED if is_known else HTTPStatus.OK,
        len(packed.content),
        "application/octet-stream",  # so that browsers neither open nor unpack it
        Content_Disposition=f'attachment; filename="{NAME}"',
        Cache_Control="no-cache",
        ETag=tag,
    )
    return head, b"" if is_known else packed.content
