"""Keeps the certificate for new connections up to date while the tracker runs.

Heartbeat's `tick` notices files that were replaced and, once a day, renews the tracker's own certificate and warns if
it expires soon. The main thread's `reload` does all that at once. New connections read `identity` without waiting; a
connection keeps the one it began with.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from chatcore.errors import ConfigError
from chatcore.transport.certificate import load_identity
from chatcore.transport.fingerprint import format_fingerprint
from chatcore.transport.own_certificate import Upcoming, renew_certificate
from chatcore.transport.tls_context import TlsIdentity

_DAY_S = 86_400.0
_SOON_S = 14 * _DAY_S
_PATIENCE_S = 5.0  # between replacing a certificate and its key


class CertificateWatch:
    """Watches one certificate: the operator's, or the tracker's own if `chain` is an empty path."""

    def __init__(
        self,
        state_dir: Path,
        chain: Path,
        key: Path,
        names: Iterable[str],
        *,
        clock: Callable[[], float],
        tell: Callable[[str], None],
    ) -> None:
        """`names` go into our own certificate; `clock` returns the Unix time, s; `tell` tells the operator something.

        Raises ConfigError in words for the operator.
        """
        self._is_own = chain == Path()
        self._chain = state_dir / "tls.pem" if self._is_own else chain
        self._key = key if key != Path() else None
        self._names = tuple(names)
        self._clock = clock
        self._tell = tell
        self._lock = threading.Lock()  # guards the attributes below: reload and tick may run at once
        self._upcoming: Upcoming | None = None
        self._signature: tuple[tuple[int, ...], ...] = ()
        self._failing_since: float | None = None  # monotonic s
        self._is_failure_told = False
        self._day = 0.0  # when the time left was last checked (Unix time, s)
        self.identity: TlsIdentity
        with self._lock:
            self._renew_locked()
            self._load_locked()

    def reload(self) -> list[str]:
        """Load the certificate again; return what the operator should know about it.

        Raises ConfigError; the old one then stays.
        """
        with self._lock:
            self._renew_locked()
            try:
                self._load_locked()
            except ConfigError:
                self._is_failure_told = True
                raise
            return self._remarks_locked()

    def remarks(self) -> list[str]:
        """Return what the operator should know: that the certificate expires soon, or which one comes next."""
        with self._lock:
            return self._remarks_locked()

    def tick(self) -> None:
        """Load the certificate if its files have changed, and check once a day how long is left. Heartbeat's thread."""
        with self._lock:
            is_due = not 0 <= self._clock() - self._day < _DAY_S
            if is_due:
                self._renew_locked()
            before = self.identity.fingerprint
            if self._signature_locked() != self._signature or self._failing_since is not None:
                self._follow_locked()
            if is_due or self.identity.fingerprint != before:
                for remark in self._remarks_locked():
                    self._tell(remark)

    def _follow_locked(self) -> None:
        """Load files that have changed; report a failure only if it persists."""
        before = self.identity.fingerprint
        try:
            if self._is_own and not self._chain.exists():  # a new key is made only on request
                raise ConfigError(f"cannot use the TLS certificate {self._chain}: it is gone")
            self._load_locked()
        except ConfigError as error:
            now = monotonic()
            if self._failing_since is None:
                self._failing_since = now
            elif now - self._failing_since > _PATIENCE_S and not self._is_failure_told:
                self._is_failure_told = True
                self._tell(f"{error}. New connections still get the previous one.")
            return
        if self.identity.fingerprint != before:
            self._tell(f"New connections get another TLS certificate, with SHA-256 {self.identity.fingerprint}")

    def _load_locked(self) -> None:
        signature = self._signature_locked()
        self.identity = load_identity(self._chain, None if self._is_own else self._chain, self._key, self._names)
        self._signature = signature if signature[0] else self._signature_locked()  # the file has just been made
        self._failing_since = None
        self._is_failure_told = False

    def _renew_locked(self) -> None:
        """Renew the certificate if it is the tracker's own; report a failure to write it, and try again later."""
        self._day = self._clock()
        self._upcoming = None
        if not (self._is_own and self._chain.exists()):
            return
        before = self._signature_locked()
        try:
            self._upcoming = renew_certificate(self._chain, self._names, datetime.fromtimestamp(self._day, UTC))
        except (OSError, ValueError, TypeError) as error:  # TypeError for a key with a passphrase
            self._tell(f"cannot renew the TLS certificate {self._chain}: {error}")
        if self._signature_locked() != before:
            self._tell("The tracker has renewed its TLS certificate, with the same key.")

    def _signature_locked(self) -> tuple[tuple[int, ...], ...]:
        """Return a signature that changes when one of the files does. Links are followed."""
        found = []
        for path in (self._chain, self._key):
            try:
                status = path.stat() if path is not None else None
            except OSError:
                status = None
            found.append((status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns) if status else ())
        return tuple(found)

    def _remarks_locked(self) -> list[str]:
        remarks = []
        ends = self.identity.expires_at
        left_s = ends - self._clock()
        if left_s <= 0:
            remarks.append(
                f"The TLS certificate {self._chain} expired on {_date(ends)}: clients that check it cannot connect."
            )
        elif left_s <= _SOON_S:
            remarks.append(f"The TLS certificate {self._chain} expires on {_date(ends)}, in {_days(left_s)}.")
        if self._upcoming is not None:
            remarks.append(
                f"From {_date(self._upcoming.shown_from)} on, a new certificate is used, with the same key and SHA-256 "
                + format_fingerprint(self._upcoming.der)
            )
        return remarks


def _date(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")


def _days(seconds: float) -> str:
    days = int(seconds // _DAY_S)
    return {0: "less than a day", 1: "one day"}.get(days, f"{days} days")
