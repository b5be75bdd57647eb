"""The tracker's own certificate from creation to renewal, on days that the test chooses."""

from __future__ import annotations

import ipaddress
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chatcore.transport.own_certificate import make_certificate, renew_certificate
from tests.support.certificates import certificate_of, write_pem

_BEGIN = datetime(2026, 11, 25, tzinfo=UTC)
_NAMES = ("tracker.chat", "localhost", "192.0.2.7", "::1", "localhost")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "state" / "tls.pem"
    make_certificate(path, _NAMES, _BEGIN)
    return path


def _certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _on_day(path: Path, day: float) -> str:
    """Renew as on this day of the first certificate's life; return the next one's fingerprint, or ''."""
    upcoming = renew_certificate(path, _NAMES, _BEGIN + timedelta(days=day))
    return _fingerprint(upcoming.der) if upcoming else ""


def _fingerprint(der: bytes) -> str:
    return x509.load_der_x509_certificate(der).fingerprint(hashes.SHA256()).hex()


def _shown(path: Path) -> str:
    return _certificate(path).fingerprint(hashes.SHA256()).hex()


def test_it_has_names_addresses_and_an_acceptable_lifetime(path: Path) -> None:
    made = _certificate(path)
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["tracker.chat", "localhost"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("192.0.2.7"), ipaddress.ip_address("::1")]
    assert made.not_valid_after_utc - made.not_valid_before_utc == timedelta(days=825)
    assert made.not_valid_before_utc == _BEGIN - timedelta(days=1), "clients' clocks may be slow"


@pytest.mark.parametrize("name", ["a..b", "x" * 64, "\ud800", "zoë.example"])
def test_an_invalid_machine_name_does_not_matter(tmp_path: Path, name: str) -> None:
    make_certificate(tmp_path / "tls.pem", [name, "localhost"], _BEGIN)
    names = _certificate(tmp_path / "tls.pem").extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName)[-1] == "localhost"


def test_the_next_certificate_is_known_a_month_ahead_with_the_same_key(path: Path) -> None:
    first, key = _shown(path), _certificate(path).public_key()
    ends = (_certificate(path).not_valid_after_utc - _BEGIN) / timedelta(days=1)
    assert _on_day(path, ends - 61) == ""
    assert [file.name for file in path.parent.iterdir()] == ["tls.pem"]
    told = _on_day(path, ends - 59)
    assert told not in ("", first)
    assert _on_day(path, ends - 31) == told, "the next certificate stays the same"
    assert _shown(path) == first
    assert _on_day(path, ends - 29) == ""
    assert _shown(path) == told
    assert _certificate(path).public_key() == key
    assert [file.name for file in path.parent.iterdir()] == ["tls.pem"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_after_a_long_sleep_it_is_renewed_at_once(path: Path) -> None:
    first, key = _shown(path), _certificate(path).public_key()
    assert _on_day(path, 2000) == ""
    assert _shown(path) != first
    assert _certificate(path).public_key() == key
    assert _certificate(path).not_valid_after_utc > _BEGIN + timedelta(days=2800)


def test_a_certificate_from_the_far_future_is_replaced(path: Path) -> None:
    key = _certificate(path).public_key()
    assert _on_day(path, 3650) == ""
    ahead = _shown(path)
    assert _on_day(path, 3630) == ""
    assert _shown(path) == ahead, "a clock that is some days slow is tolerated"
    assert _on_day(path, 10) == ""
    again = _certificate(path)
    assert again.not_valid_before_utc == _BEGIN + timedelta(days=9)
    assert again.public_key() == key
    assert [file.name for file in path.parent.iterdir()] == ["tls.pem"]


def test_a_next_certificate_of_another_key_or_too_old_is_remade(path: Path, tmp_path: Path) -> None:
    make_certificate(tmp_path / "other.pem", _NAMES, _BEGIN + timedelta(days=800))
    ahead = path.with_name("tls-next.pem")
    (tmp_path / "other.pem").replace(ahead)
    stranger = _shown(ahead)
    assert _on_day(path, 780) not in ("", stranger)
    ahead.write_bytes(path.read_bytes())
    assert _on_day(path, 780) not in ("", _shown(path))


def test_a_ten_year_certificate_stays_until_it_expires(tmp_path: Path) -> None:
    """Certificates were once made for that long."""
    path = tmp_path / "tls.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "chatcore tracker")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, _BEGIN, _BEGIN + timedelta(days=3650))
    write_pem(path, key, builder.sign(key, hashes.SHA256()))
    first = _shown(path)
    assert [_on_day(path, day) for day in (0, 800, 3500)] == [""] * 3
    assert _shown(path) == first
    _on_day(path, 3640)
    assert _shown(path) != first


def test_an_operators_certificate_in_its_place_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "tls.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    write_pem(path, key, certificate_of(key, hashes.SHA256()))
    before = path.read_bytes()
    assert _on_day(path, 5000) == ""
    assert path.read_bytes() == before


def test_key_and_certificate_match(path: Path) -> None:
    _on_day(path, 2000)
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    assert key.public_key() == _certificate(path).public_key()
    _certificate(path).verify_directly_issued_by(_certificate(path))
