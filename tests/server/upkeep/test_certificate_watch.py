"""CertificateWatch: replaced files are used, and upcoming expiry is reported, at times that tests choose."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chatcore.errors import ConfigError
from chatcore.server.upkeep import certificate_watch
from chatcore.server.upkeep.certificate_watch import CertificateWatch
from tests.support.certificates import certificate_of, write_pem

_DAY = 86_400


class _Watched:
    """A certificate in a folder, its watch, and the messages to the operator."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, chain: Path = Path(), key: Path = Path()) -> None:
        self.now = time()
        self.monotonic = 0.0
        self.told: list[str] = []
        monkeypatch.setattr(certificate_watch, "monotonic", lambda: self.monotonic)
        names = ("tracker.chat", "127.0.0.1")
        self.watch = CertificateWatch(folder, chain, key, names, clock=lambda: self.now, tell=self.told.append)

    @property
    def shown(self) -> str:
        return self.watch.identity.fingerprint

    def take_told(self) -> list[str]:
        """Return the messages since the last call."""
        told, self.told[:] = list(self.told), []
        return told


def _write(folder: Path, *, days: float = 100) -> tuple[Path, Path, str]:
    """Replace the operator's certificate and key as certbot does; return their files and the fingerprint."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = certificate_of(key, hashes.SHA256(), valid_for=timedelta(days=days))
    chain, key_file = folder / "own.pem", folder / "own.key"
    for path, part in ((chain, certificate), (key_file, key)):
        write_pem(path.with_suffix(".new"), part)
        path.with_suffix(".new").replace(path)
    return chain, key_file, certificate.fingerprint(hashes.SHA256()).hex().upper()


@pytest.fixture
def operators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Watched:
    chain, key, _ = _write(tmp_path)
    return _Watched(tmp_path / "state", monkeypatch, chain, key)


def test_replaced_files_are_used_and_reported_once(operators: _Watched, tmp_path: Path) -> None:
    operators.watch.tick()
    assert operators.told == []
    _, _, renewed = _write(tmp_path)
    operators.watch.tick()
    assert operators.shown == renewed
    assert operators.take_told() == [f"New connections get another TLS certificate, with SHA-256 {renewed}"]
    os.utime(tmp_path / "own.pem", (1, 1))
    operators.watch.tick()
    assert operators.told == [], "the same certificate must not be reported again"


def test_links_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """certbot's `live` folder has links into its `archive`."""
    fingerprints = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        fingerprints.append(_write(tmp_path / name)[2])
    live = tmp_path / "live"
    live.symlink_to("one")
    watched = _Watched(tmp_path, monkeypatch, live / "own.pem", live / "own.key")
    assert watched.shown == fingerprints[0]
    (tmp_path / "new").symlink_to("two")
    (tmp_path / "new").replace(live)
    watched.watch.tick()
    assert watched.shown == fingerprints[1]


def test_only_a_lasting_mismatch_of_certificate_and_key_is_reported(operators: _Watched, tmp_path: Path) -> None:
    before = operators.shown
    old_key = (tmp_path / "own.key").read_bytes()
    _, _, renewed = _write(tmp_path)
    new_key = (tmp_path / "own.key").read_bytes()
    (tmp_path / "own.key").write_bytes(old_key)
    operators.watch.tick()
    operators.monotonic = 4
    operators.watch.tick()
    assert (operators.shown, operators.told) == (before, [])
    operators.monotonic = 6
    for _ in range(3):
        operators.watch.tick()
    (line,) = operators.take_told()
    assert "the key belongs to another certificate. New connections still get the previous one." in line
    assert operators.shown == before
    (tmp_path / "own.key").write_bytes(new_key)
    operators.watch.tick()
    assert operators.shown == renewed
    assert len(operators.take_told()) == 1


def test_missing_files_keep_the_old_certificate_in_use(operators: _Watched, tmp_path: Path) -> None:
    before = operators.shown
    (tmp_path / "own.pem").unlink()
    operators.watch.tick()
    with pytest.raises(ConfigError, match="No such file"):
        operators.watch.reload()
    operators.monotonic = 100
    operators.watch.tick()
    assert (operators.shown, operators.told) == (before, []), "the failed reload has already shown the error"
    _, _, renewed = _write(tmp_path)
    operators.watch.tick()
    assert operators.shown == renewed


def test_a_removed_generated_certificate_is_not_recreated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """People who pinned its key would take a new one for an attack."""
    watched = _Watched(tmp_path, monkeypatch)
    first, kept = watched.shown, (tmp_path / "tls.pem").read_bytes()
    (tmp_path / "tls.pem").unlink()
    for watched.monotonic in (0, 10, 20):
        watched.watch.tick()
    (line,) = watched.take_told()
    assert "tls.pem: it is gone. New connections still get the previous one." in line
    (tmp_path / "tls.pem").write_bytes(kept)
    watched.watch.tick()
    assert (watched.shown, watched.told) == (first, [])
    (tmp_path / "tls.pem").unlink()
    watched.watch.reload()
    assert watched.shown != first, "an explicit reload must make a new one"


@pytest.mark.parametrize(
    ("days", "words"),
    [(15.5, None), (13.5, r"own\.pem expires on \d{4}-\d\d-\d\d, in 13 days\."), (1.5, "in one day"), (0.5, "in less")],
)
def test_near_expiry_is_reported_at_start_and_at_reload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: float, words: str | None
) -> None:
    chain, key, _ = _write(tmp_path, days=days)
    watched = _Watched(tmp_path, monkeypatch, chain, key)
    for remarks in (watched.watch.remarks(), watched.watch.reload()):
        assert len(remarks) == (words is not None)
        assert all(_found(words, remark) for remark in remarks)
    watched.watch.tick()
    assert watched.take_told() == []


def _found(pattern: str | None, text: str) -> bool:
    return pattern is not None and re.search(pattern, text) is not None


def test_the_remaining_days_are_reported_daily(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain, key, _ = _write(tmp_path, days=2.5)
    watched = _Watched(tmp_path, monkeypatch, chain, key)
    begin = watched.now
    told = []
    for half_days in range(1, 8):
        watched.now = begin + half_days * _DAY / 2
        watched.watch.tick()
        told.append(watched.take_told())
    assert [len(lines) for lines in told] == [0, 1, 0, 1, 0, 1, 0]
    assert "in one day" in told[1][0]
    assert "in less than a day" in told[3][0]
    assert "expired on" in told[5][0]
    watched.now = begin
    watched.watch.tick()
    assert len(watched.take_told()) == 1, "the remaining days are reported after the clock was set back"


def test_the_generated_certificate_is_renewed_and_announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = _Watched(tmp_path, monkeypatch)
    first, key, begin = watched.shown, watched.watch.identity.key_fingerprint, watched.now
    watched.now = begin + 780 * _DAY
    watched.watch.tick()
    (line,) = watched.take_told()
    date = datetime.fromtimestamp(begin, UTC) + timedelta(days=794)
    assert line.startswith(f"From {date:%Y-%m-%d} on, a new certificate is used, with the same key and SHA-256 ")
    announced = line.rpartition(" ")[2]
    assert watched.shown == first != announced
    assert watched.watch.remarks() == watched.watch.reload() == [line]
    watched.now = begin + 797 * _DAY
    watched.watch.tick()
    assert watched.shown == announced
    assert watched.watch.identity.key_fingerprint == key
    assert watched.take_told() == [
        "The tracker has renewed its TLS certificate, with the same key.",
        f"New connections get another TLS certificate, with SHA-256 {announced}",
    ]
    assert watched.watch.remarks() == []
    watched.now = begin + 3000 * _DAY
    watched.watch.tick()
    assert [line.split()[:3] for line in watched.take_told()] == [
        ["The", "tracker", "has"],
        ["New", "connections", "get"],
    ]
    assert watched.watch.remarks() == [], "the certificate just replaced must not be mentioned"


def test_a_start_renews_only_an_expired_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _Watched(tmp_path, monkeypatch)
    told: list[str] = []
    again = CertificateWatch(tmp_path, Path(), Path(), ["192.0.2.9"], clock=lambda: first.now, tell=told.append)
    assert again.identity.fingerprint == first.shown
    assert told == []
    later = first.now + 900 * _DAY
    renewed = CertificateWatch(tmp_path, Path(), Path(), ["192.0.2.9"], clock=lambda: later, tell=told.append)
    assert renewed.identity.fingerprint != first.shown
    assert renewed.identity.key_fingerprint == first.watch.identity.key_fingerprint
    assert len(told) == 1
    certificate = x509.load_pem_x509_certificate((tmp_path / "tls.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.9"]


def test_a_failed_renewal_is_reported_and_retried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = _Watched(tmp_path, monkeypatch)
    first = watched.shown

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    watched.now += 814.5 * _DAY
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", fail)
        watched.watch.tick()
    assert watched.shown == first
    failure, warning = watched.take_told()
    assert "cannot renew the TLS certificate" in failure
    assert "No space left on device" in failure
    assert "in 9 days" in warning
    watched.now += _DAY
    watched.watch.tick()
    assert watched.shown != first


def test_a_locked_key_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = _Watched(tmp_path, monkeypatch)
    pem = (tmp_path / "tls.pem").read_bytes()
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    write_pem(tmp_path / "tls.pem", key, x509.load_pem_x509_certificate(pem), passphrase=b"secret")
    watched.now += 780 * _DAY
    for watched.monotonic in (0, 10):
        watched.watch.tick()
    not_renewed, not_used = watched.take_told()
    assert "cannot renew the TLS certificate" in not_renewed
    assert "the key is locked with a passphrase. New connections still get the previous one." in not_used
