"""The server passwords that were ever used, and what those who know one may read of what was said under the others.

Each has an era: a number that no other password has, beside which the archive keeps what is said. A password itself is
not stored, only a salted verifier, by which it is recognised at a later start. "No password" is an era of its own.
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
"""Passwords that are recognised: comparing one with each takes 0.2 s, at a start with one that is new."""
MAX_READABLE = 1000
VERSION = 1
_ERA_BITS = 31
_SALT_BYTES = 16
_MAX_ITERATIONS = 1 << 24  # more, in a file that was changed by hand, would take minutes


class Era(NamedTuple):
    """Which password is in force, and the eras that those who know it may read, always including its own."""

    era: int
    readable: frozenset[int]


NO_ERA = Era(0, frozenset({0}))
"""Where nothing is kept."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A password that was used: how it is recognised (not at all if it was none), and the eras that it may read."""

    era: int
    readable: tuple[int, ...]  # the latest last
    used: int  # Unix time, s
    salt: bytes = b""
    verifier: bytes = b""
    iterations: int = 0
    is_refused: bool = False
    """No tracker began with it, as it was not the password of the chat's other trackers."""

    def fits(self, password: str) -> bool:
        """Return whether this is the password. Takes some 10 ms."""
        if not (password and self.verifier):
            return not (password or self.verifier)
        return hmac.compare_digest(derive_verifier(password, self.salt, self.iterations), self.verifier)

    @property
    def public(self) -> Era:
        """Return what others need to know."""
        return Era(self.era, frozenset(self.readable))


class Eras:
    """The file of eras as one start finds it, with the password of that start. One thread.

    Whoever saves holds the lock of the state folder.
    """

    def __init__(self, path: Path, password: str) -> None:
        """Read the file, if there is one, and look for the password in it; '' is no password.

        Takes 10 ms for each password that it is not. Raises ConfigError if the file is damaged, and StateTooNew.
        """
        self._path = path
        self._password = password
        self._known: tuple[_Known, ...] = ()  # the last one used first
        self.is_first = False  # of this state folder
        try:
            self._known = _parse(path, path.read_bytes())
        except FileNotFoundError:
            self.is_first = True
        except OSError as error:
            raise ConfigError(f"cannot read the passwords of before in {path}: {error.strerror}") from error
        except (ValueError, RecursionError) as error:
            raise ConfigError(
                f"{path} is damaged ({error}): put a copy of it back; or remove it: then only accounts can read what "
                "was said before, while they were there"
            ) from error
        self._found = next((known for known in self._known if known.fits(password)), None)
        self._is_new = self._found is None or self._found.is_refused

    @property
    def recognised(self) -> Era | None:
        """Return the era of the password, if it was used before."""
        return self._found.public if self._found else None

    @property
    def difference(self) -> str:
        """Return in words what is different from last time, if those who come in now may not read all of before."""
        last = next((known for known in self._known if not known.is_refused), None)
        if last is None or (self._found and set(self._found.readable) >= set(last.readable)):
            return ""
        if not self._password:
            return "There is no password this time"
        return "Another password than last time" if last.verifier else "There was no password last time"

    @property
    def readers(self) -> str:
        """Return in words who can come in now."""
        return "those who know it" if self._password else "everybody"

    @property
    def shut_out(self) -> str:
        """Return in words who cannot read what was said before, up to the verb."""
        return f"{self.readers} cannot" if self._password else "nobody can"

    def begin(self, now: float, *, reads_before: bool) -> Era:
        """Return the era of the password from `now` (Unix time, s), a new one if it is not recognised.

        `reads_before`: those who know it may read all that could be read under the last other one, too; what they were
        given stays theirs. Call `save` afterwards.
        """
        refused = next((known for known in self._known if known.is_refused), None)
        self._known = tuple(known for known in self._known if not known.is_refused)
        found = self._found or _make(self._password)
        if refused is not None:  # what was taken over from others then was said under the password that is right
            found = replace(found, readable=(*refused.readable, *found.readable), is_refused=False)
        others_used = (known for known in self._known if known.era != found.era)
        before = next((known.readable for known in others_used), ()) if reads_before else ()
        others = dict.fromkeys(era for era in (*before, *found.readable) if era != found.era)
        begun = replace(found, readable=(*others, found.era)[-MAX_READABLE:], used=int(now))
        self._known = (begun, *(known for known in self._known if known.era != begun.era))[:MAX_ERAS]
        self._found = begun
        return begun.public

    def note_refused(self) -> None:
        """Note that the tracker does not begin with this password, so that the next one stands for it, unless it was
        used before. Call `save` afterwards.
        """
        if self._is_new:
            self._known = (replace(self._known[0], is_refused=True), *self._known[1:])

    def save(self) -> None:
        """Write what was changed. Raises OSError."""
        eras = [_written(known) for known in self._known]
        replace_private(self._path, json.dumps({"version": VERSION, "eras": eras}, indent=1).encode())


def _make(password: str) -> _Known:
    """Return a new era.

    Its number is random, as none may come twice, even when the file was lost or put back from a copy: else those who
    know a later password would read what was said under another.
    """
    era = 1 + secrets.randbits(_ERA_BITS)
    if not password:
        return _Known(era, (era,), 0)
    salt = secrets.token_bytes(_SALT_BYTES)
    return _Known(era, (era,), 0, salt, derive_verifier(password, salt, ITERATIONS), ITERATIONS)


def derive_verifier(password: str, salt: bytes, iterations: int) -> bytes:
    """Return the verifier of a password, which takes 10 ms.

    The same letters, typed in another form on another keyboard, are the same password.
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
    """Return what is in the file. Raises StateTooNew, and ValueError for anything that `save` does not write."""
    content = json.loads(data)
    if not isinstance(content, dict):
        raise ValueError("it is not as it was written")
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
    raise ValueError(f"{value!r} in place of a number")


def _bytes(value: object) -> bytes:
    data = bytes.fromhex(value) if isinstance(value, str) else b""
    if not data:
        raise ValueError("no salt or no verifier")
    return data
