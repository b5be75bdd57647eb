"""The operator's bans on usernames and addresses, kept in the state folder."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import threading
from collections.abc import Callable
from pathlib import Path

from chatcore.errors import ChatError, ConfigError
from chatcore.protocol.names import casefold, is_nick_mask, mask_matches, parse_address
from chatcore.server.file_lock import locked
from chatcore.transport.private_files import make_private_folder, replace_private

_Stamp = tuple[int, int, int]

NETWORK_BAN = "You are banned from this tracker"


class Bans:
    """The bans, in memory and in a file that is replaced as a whole. Any thread.

    The file may also be changed by hand or by another program, so every change here starts by reading it again.
    """

    def __init__(self, path: Path) -> None:
        """Read the file if there is one. Raises ConfigError if it cannot be read."""
        self._path = path
        self._bans: tuple[str, ...] = ()  # replaced as a whole, so that readers need no lock
        self._stamp: _Stamp | None = None  # of the file when it was last read
        self._changing = threading.Lock()
        try:
            self._read()
        except ChatError as error:
            raise ConfigError(str(error)) from error

    def add(self, ban: str) -> bool:
        """Ban a username (with * and ?), an address (a port is ignored) or a network; return False if it already was.

        Raises ChatError if `ban` is none of these, or cannot be saved.
        """
        if not (is_nick_mask(ban) or _network(ban)):
            raise ChatError(f"{ban} is not a username, address or network, so nobody was banned")
        ban = _normalize(ban)
        return self.change(lambda bans: bans if ban in bans else (*bans, ban))

    def remove(self, ban: str) -> bool:
        """Lift a ban; return False if there was none. Raises ChatError."""
        ban = _normalize(ban)
        return self.change(lambda bans: tuple(other for other in bans if other != ban))

    def refresh(self) -> tuple[list[str], list[str]]:
        """Read the file again if it has changed; return the bans added and the bans lifted.

        A missing file lifts none. Raises ChatError, once per change, if it cannot be read; the bans then stay.
        """
        if self._find_stamp() in (None, self._stamp):
            return [], []
        with self._changing:
            before = self._bans
            self._read()
            return [ban for ban in self._bans if ban not in before], [ban for ban in before if ban not in self._bans]

    def take_news(self) -> bool:
        """Return whether another tracker has added bans since the last call. Heartbeat's thread."""
        return False

    def all(self) -> list[str]:
        """Return the bans, oldest first."""
        return list(self._bans)

    def covers(self, ban: str, nick: str, host: str) -> bool:
        """Return whether this ban, in force or not, covers a client with this nick ('': none) from this address."""
        return _covers(ban, nick, host)

    def matches(self, nick: str, host: str) -> bool:
        """Return whether a client with this nick from this address is banned."""
        return any(_covers(ban, nick, host) for ban in self._bans)

    def change(self, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> bool:
        """Apply `change` to the bans and save them; return whether it changed anything. Raises ChatError."""
        try:
            with self._changing:
                make_private_folder(self._path.parent)
                with locked(self._path.with_suffix(".lock")):
                    self._read()
                    bans = change(self._bans)
                    if bans == self._bans:
                        return False
                    self._save(bans)
                    return True
        except OSError as error:
            raise ChatError(f"cannot save the bans in {self._path}: {error.strerror}") from error

    def _read(self) -> None:
        self._stamp = self._find_stamp()  # before reading: a change made meanwhile is then read next time
        try:
            self._bans = _parse(self._path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            return
        except OSError as error:
            raise ChatError(f"cannot read the bans in {self._path}: {error.strerror}") from error
        except ValueError as error:
            raise ChatError(f"cannot read the bans in {self._path}: {error}") from error

    def _save(self, bans: tuple[str, ...]) -> None:
        replace_private(self._path, json.dumps(bans, indent=0).encode())
        self._bans = bans
        self._stamp = self._find_stamp()

    def _find_stamp(self) -> _Stamp | None:
        """Return a stamp that changes whenever the file does; None if there is no file."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns


def _parse(text: str) -> tuple[str, ...]:
    bans = json.loads(text)
    if not isinstance(bans, list) or not all(isinstance(ban, str) for ban in bans):
        raise ValueError("it is not a list of usernames and addresses")
    return tuple(dict.fromkeys(map(_normalize, bans)))


def _normalize(ban: str) -> str:
    network = _network(ban)
    if network is None:
        return casefold(ban)
    return str(network) if network.num_addresses > 1 else str(network.network_address)


def _covers(ban: str, nick: str, host: str) -> bool:
    network = _network(ban)
    if network is None:
        return bool(nick) and mask_matches(ban, nick)
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host) in network
    return False


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    address = parse_address(text)
    try:
        return ipaddress.ip_network((address[0] if address else text.strip("[]")).partition("%")[0], strict=False)
    except ValueError:
        return None
