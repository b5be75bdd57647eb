"""The server passwords used so far, and which of their messages people who know one password may read.

Each password has an era: a unique number that the archive stores with every message. The password itself is not stored,
only a salted verifier, by which a later start recognises it. "No password" is an era of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from chatcore.errors import ConfigError, StateTooNew
from chatcore.server.access.accounts import ITERATIONS
from chatcore.transport.private_files import replace_private

PASSWORDS_FILE = "passwords.json"
MAX_ERAS = 20
"""How many passwords are recognised: comparing a new one with all of them takes 0.2 s at a start."""
MAX_READABLE = 1000
VERSION = 1
_ERA_BITS = 31
_SALT_BYTES = 16
_MAX_ITERATIONS = 1 << 24  # more, in a file edited by hand, would take minutes


class Era(NamedTuple):
    """The era of the password in force, and the eras that people who know it may read, including its own."""

    era: int
    readable: frozenset[int]


NO_ERA = Era(0, frozenset({0}))
"""The era of a tracker that keeps no messages."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A password that was used: how to recognise it (no verifier: there was no password), and the eras it may read."""

    era: int
    readable: tuple[int, ...]  # the latest last
    used: int  # Unix time, s
    salt: bytes = b""
    verifier: bytes = b""
    iterations: int = 0
    is_refused: bool = False
    """No tracker started with it, because it was not the password of the chat's other trackers."""

    def fits(self, password: str) -> bool:
        """Return whether this is the password. Takes about 10 ms."""
        if not (password and self.verifier):
            return not (password or self.verifier)
        return hmac.compare_digest(derive_verifier(password, self.salt, self.iterations), self.verifier)

    @property
    def public(self) -> Era:
        """Return the era without its verifier."""
        return Era(self.era, frozenset(self.readable))


class Eras:
    """The file of eras as one start finds it, with the password of that start. One thread.

    The caller of `save` holds the lock of the state folder.
    """

    def __init__(self, path: Path, password: str) -> None:
        """Read the file, if there is one, and look up the password in it; '' is no password.

        Takes 10 ms for each other password it compares. Raises ConfigError if the file is damaged, StateTooNew.
        """
        self._path = path
        self._password = password
        self._known: tuple[_Known, ...] = ()  # the most recently used first
        self.is_first = False  # whether the state folder has no file of eras yet
        try:
            self._known = _parse(path, path.read_bytes())
        except FileNotFoundError:
            self.is_first = True
        except OSError as error:
            raise ConfigError(f"cannot read the earlier passwords in {path}: {error.strerror}") from error
        except (ValueError, RecursionError) as error:
            raise ConfigError(
                f"{path} is damaged ({error}): restore it from a copy; or remove it: then only people with accounts "
                "can read earlier messages, from the time they were there"
            ) from error
        self._found = next((known for known in self._known if known.fits(password)), None)
        self._is_new = self._found is None or self._found.is_refused

    @property
    def recognised(self) -> Era | None:
        """Return the era of the password, if it was used before."""
        return self._found.public if self._found else None

    @property
    def difference(self) -> str:
        """Return how the password differs from last time, in words; '' if people may read all earlier messages."""
        last = next((known for known in self._known if not known.is_refused), None)
        if last is None or (self._found and set(self._found.readable) >= set(last.readable)):
            return ""
        if not self._password:
            return "There is no password this time"
        return "Another password than last time" if last.verifier else "There was no password last time"

    @property
    def readers(self) -> str:
        """Return who can come in now, in words."""
        return "those who know it" if self._password else "everybody"

    @property
    def shut_out(self) -> str:
        """Return who cannot read earlier messages, in words, up to and including "can" or "cannot"."""
        return f"{self.readers} cannot" if self._password else "nobody can"

    def begin(self, now: float, *, reads_before: bool) -> Era:
        """Return the password's era, used from `now` (Unix time, s) on; a new one if the password is not recognised.

        With `reads_before`, people who know it may also read whatever the last other password could, from now on and
        for good. Call `save` afterwards.
        """
        refused = next((known for known in self._known if known.is_refused), None)
        self._known = tuple(known for known in self._known if not known.is_refused)
        found = self._found or _make(self._password)
        if refused is not None:  # messages taken over from other trackers then were said under the right password
            found = replace(found, readable=(*refused.readable, *found.readable), is_refused=False)
        others_used = (known for known in self._known if known.era != found.era)
        before = next((known.readable for known in others_used), ()) if reads_before else ()
        others = dict.fromkeys(era for era in (*before, *found.readable) if era != found.era)
        begun = replace(found, readable=(*others, found.era)[-MAX_READABLE:], used=int(now))
        self._known = (begun, *(known for known in self._known if known.era != begun.era))[:MAX_ERAS]
        self._found = begun
        return begun.public

    def note_refused(self) -> None:
        """Note that the tracker did not start with this password. Unless it was used before, the next password takes
        over its era's messages. Call `save` afterwards.
        """
        if self._is_new:
            self._known = (replace(self._known[0], is_refused=True), *self._known[1:])

    def save(self) -> None:
        """Write the file. Raises OSError."""
        eras = [_written(known) for known in self._known]
        replace_private(self._path, json.dumps({"version": VERSION, "eras": eras}, indent=1).encode())


def _make(password: str) -> _Known:
    """Return a new era.

    Its number is random, so that none repeats even if the file is lost or restored from a copy. Otherwise people who
    know a later password could read what was said under another one.
    """
    era = 1 + secrets.randbits(_ERA_BITS)
    if not password:
        return _Known(era, (era,), 0)
    salt = secrets.token_bytes(_SALT_BYTES)
    return _Known(era, (era,), 0, salt, derive_verifier(password, salt, ITERATIONS), ITERATIONS)


def derive_verifier(password: str, salt: bytes, iterations: int) -> bytes:
    """Return the verifier of a password. Takes 10 ms.

    The same letters in another Unicode form, typed on another keyboard, are the same password.
    """
    form = unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")
    return hashlib.pbkdf2_hmac("sha256", form, salt, iterations)


def _written(known: _Known) -> dict[str, Any]:
    fields: dict[str, Any] = {"era": known.era, "used": known.used, "readable": known.readable}
    if known.is_refused:
        fields["refused"] = True
    if not known.verifier:
        return fields
    verifier = {"iterations": known.iterations, "salt": known.salt.hex(), "verifier": known.verifier.hex()}
    return {**fields, **verifier}


def _parse(path: Path, data: bytes) -> tuple[_Known, ...]:
    """Parse the file. Raises StateTooNew, and ValueError for anything that `save` does not write."""
    content = json.loads(data)
    if not isinstance(content, dict):
        raise ValueError("it is not a JSON object")
    version = _number(content.get("version"))
    if version > VERSION:
        raise StateTooNew(path, version, VERSION)
    eras = content.get("eras")
    if not isinstance(eras, list) or not all(isinstance(entry, dict) for entry in eras):
        raise ValueError("it has no list of eras")
    return tuple(map(_read, eras))


def _read(entry: dict[str, Any]) -> _Known:
    era, used, readable = _number(entry.get("era")), _number(entry.get("used")), entry.get("readable")
    if not isinstance(readable, list) or era not in list(map(_number, readable)):
        raise ValueError("an era cannot read itself")
    is_refused = entry.get("refused") is True
    if "verifier" not in entry:
        return _Known(era, tuple(readable), used, is_refused=is_refused)
    iterations, salt, verifier = _number(entry.get("iterations")), _bytes(entry.get("salt")), _bytes(entry["verifier"])
    if not 0 < iterations <= _MAX_ITERATIONS:
        raise ValueError(f"{iterations} iterations")
    return _Known(era, tuple(readable), used, salt, verifier, iterations, is_refused=is_refused)


def _number(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63:
        return value
    raise ValueError(f"{value!r} is not a number in range")


def _bytes(value: object) -> bytes:
    data = bytes.fromhex(value) if isinstance(value, str) else b""
    if not data:
        raise ValueError("no salt or no verifier")
    return data
