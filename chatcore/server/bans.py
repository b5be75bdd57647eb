"""Who may not come in: the operator's bans on usernames and addresses, kept in the state folder."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import threading
from pathlib import Path

from chatcore.errors import ChatError, ConfigError
from chatcore.protocol.names import casefold, mask_matches, parse_address


class Bans:
    """The bans, in memory and in a file that is replaced as a whole. Any thread."""

    def __init__(self, path: Path) -> None:
        """Read the file if there is one. Raises ConfigError when it cannot be read."""
        self._path = path
        self._lock = threading.Lock()
        self._bans: list[str] = []
        try:
            self._bans = _parse(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        except OSError as error:
            raise ConfigError(f"cannot read the bans in {path}: {error.strerror}") from error
        except ValueError as error:
            raise ConfigError(f"cannot read the bans in {path}: {error}") from error

    def add(self, ban: str) -> bool:
        """Ban a username (with * and ?), an address (a port is ignored) or a network; False when it was.

        Raises ChatError when that cannot be saved.
        """
        ban = _normalize(ban)
        with self._lock:
            if ban in self._bans:
                return False
            self._save_locked([*self._bans, ban])
            return True

    def remove(self, ban: str) -> bool:
        """Lift a ban; False when there was none. Raises ChatError."""
        ban = _normalize(ban)
        with self._lock:
            if ban not in self._bans:
                return False
            self._save_locked([other for other in self._bans if other != ban])
            return True

    def all(self) -> list[str]:
        """Return the bans, oldest first."""
        with self._lock:
            return list(self._bans)

    def matches(self, nick: str, host: str) -> bool:
        """Tell whether somebody with this nick from this address is banned."""
        return any(_covers(ban, host) or bool(nick and mask_matches(ban, nick)) for ban in self.all())

    def _save_locked(self, bans: list[str]) -> None:
        temporary = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("w", encoding="utf-8") as file:
                json.dump(bans, file, indent=0)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)
        except OSError as error:
            raise ChatError(f"cannot save the bans in {self._path}: {error.strerror}") from error
        self._bans = bans


def _parse(text: str) -> list[str]:
    bans = json.loads(text)
    if not isinstance(bans, list) or not all(isinstance(ban, str) for ban in bans):
        raise ValueError("it is not a list of usernames and addresses")
    return list(dict.fromkeys(map(_normalize, bans)))


def _normalize(ban: str) -> str:
    network = _network(ban)
    if network is None:
        return casefold(ban)
    return str(network) if network.num_addresses > 1 else str(network.network_address)


def _covers(ban: str, host: str) -> bool:
    network = _network(ban)
    with contextlib.suppress(ValueError):
        return network is not None and ipaddress.ip_address(host) in network
    return False


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    address = parse_address(text)
    try:
        return ipaddress.ip_network((address[0] if address else text.strip("[]")).partition("%")[0], strict=False)
    except ValueError:
        return None
