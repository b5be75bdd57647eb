"""The tracker's certificate: made once, kept, and used for channel binding as in RFC 5929."""

from __future__ import annotations

import os
import ssl
import stat
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from chatcore.errors import ConfigError
from chatcore.transport.certificate import load_identity
from chatcore.transport.tls_context import TlsIdentity
from tests.support.certificates import PrivateKey, certificate_of, write_pem
from tests.support.together import run_together
from tests.support.trackers import ROOT


def _own(folder: Path) -> TlsIdentity:
    return load_identity(folder / "tls.pem", None, None)


def _der(path: Path) -> bytes:
    text = path.read_text(encoding="ascii")
    return ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN CERTIFICATE") :])


def test_a_certificate_is_made_once_and_reused(tmp_path: Path) -> None:
    first = _own(tmp_path)
    written = (tmp_path / "tls.pem").read_bytes()
    again = _own(tmp_path)
    assert (again.fingerprint, again.end_point) == (first.fingerprint, first.end_point)
    assert (tmp_path / "tls.pem").read_bytes() == written
    assert _own(tmp_path / "other" / "folder").fingerprint != first.fingerprint, "a missing folder is created"


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        _own(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "tls.pem").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["tls.pem"], "no other file is left"


def test_a_made_certificate_satisfies_clients(tmp_path: Path) -> None:
    identity = _own(tmp_path)
    certificate = x509.load_der_x509_certificate(_der(tmp_path / "tls.pem"))
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"
    certificate.verify_directly_issued_by(certificate)
    now = datetime.now(UTC)
    assert certificate.not_valid_before_utc < now - timedelta(hours=1), "clients' clocks may be slow"
    assert certificate.not_valid_after_utc > now + timedelta(days=800)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    assert list(identity.names) == names.get_values_for_type(x509.DNSName)
    assert identity.fingerprint == certificate.fingerprint(hashes.SHA256()).hex().upper()
    assert identity.end_point == certificate.fingerprint(hashes.SHA256())


def test_concurrent_threads_agree(tmp_path: Path) -> None:
    found: list[str] = []
    run_together(*[lambda: found.append(_own(tmp_path).fingerprint)] * 6)
    assert len(found) == 6
    assert len(set(found)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["tls.pem"]


def test_concurrent_trackers_agree(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from chatcore.transport.certificate import load_identity; "
        "sys.stdin.read(); print(load_identity(Path(sys.argv[1]), None, None).fingerprint)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "tls.pem")]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(3)
        ]
        for process in processes:
            assert process.stdin is not None
            process.stdin.close()  # now
        found = [process.stdout.read() for process in processes if process.stdout is not None]
    assert len(set(found)) == 1
    assert found[0].strip() == _own(tmp_path).fingerprint
    assert [path.name for path in tmp_path.iterdir()] == ["tls.pem"]


def test_a_failed_write_leaves_no_partial_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next start can make a certificate."""

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", fail)
        with pytest.raises(ConfigError, match="No space left on device"):
            _own(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert _own(tmp_path).fingerprint


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()])
@pytest.mark.parametrize("together", [True, False])
def test_an_operators_certificate_is_used(tmp_path: Path, key: PrivateKey, together: bool) -> None:
    certificate = certificate_of(key, hashes.SHA384() if isinstance(key, ec.EllipticCurvePrivateKey) else None)
    chain, key_file = tmp_path / "cert.pem", tmp_path / "key.pem"
    write_pem(chain, certificate, *([key] if together else []), note="# Zürich\n")
    write_pem(key_file, key)
    identity = load_identity(tmp_path / "tls.pem", chain, None if together else key_file)
    assert identity.fingerprint == certificate.fingerprint(hashes.SHA256()).hex().upper()
    assert not (tmp_path / "tls.pem").exists()


def test_the_first_certificate_of_a_chain_counts(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    leaf, issuer = certificate_of(key, hashes.SHA256()), certificate_of(key, hashes.SHA256())
    chain = tmp_path / "cert.pem"
    write_pem(chain, key, leaf, issuer)
    assert load_identity(tmp_path / "tls.pem", chain, None).end_point == leaf.fingerprint(hashes.SHA256())


def test_wrong_files_are_explained(tmp_path: Path) -> None:
    key, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    certificate = certificate_of(key, hashes.SHA256())
    good, bare, good_key, wrong_key = (tmp_path / name for name in ("good.pem", "bare.pem", "key.pem", "wrong.pem"))
    write_pem(good, key, certificate)
    write_pem(bare, certificate)
    write_pem(good_key, key)
    write_pem(wrong_key, other)
    locked, text, empty = tmp_path / "locked.pem", tmp_path / "text.pem", tmp_path / "empty.pem"
    write_pem(locked, key, passphrase=b"secret")
    text.write_text("no certificate\n")
    empty.touch()
    for chain, key_file, words in [
        (tmp_path / "missing.pem", None, "missing.pem: No such file or directory"),
        (good, tmp_path / "missing.pem", "No such file or directory"),
        (tmp_path, None, ": Is a directory"),
        (bare, None, "bare.pem: not a certificate and its key, both PEM"),
        (text, None, "text.pem: not a certificate and its key, both PEM"),
        (empty, None, "empty.pem: not a certificate and its key, both PEM"),
        (good_key, None, "key.pem: not a certificate and its key, both PEM"),
        (bare, text, "bare.pem with the key "),
        (bare, wrong_key, "wrong.pem: the key belongs to another certificate"),
        (bare, locked, "locked.pem: the key is locked with a passphrase"),
    ]:
        with pytest.raises(ConfigError) as refusal:
            load_identity(tmp_path / "tls.pem", chain, key_file)
        assert words in str(refusal.value)
        assert not {"Errno", "_ssl.c", "[SSL"} & set(str(refusal.value).replace("]", " ").split())


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"tls\.pem: (Not a directory|File exists)"):
        _own(tmp_path / "file")


def test_a_damaged_certificate_is_reported_and_not_replaced(tmp_path: Path) -> None:
    """A new one would have another fingerprint, which clients that pin it take for an attack."""
    _own(tmp_path)
    kept = tmp_path / "tls.pem"
    kept.write_bytes(kept.read_bytes()[:200])
    with pytest.raises(ConfigError, match=r"tls\.pem: not a certificate"):
        _own(tmp_path)
    assert kept.stat().st_size == 200


@pytest.mark.parametrize("names", [(), ("chat.example", "*.chat.example")])
def test_the_names_are_those_of_the_certificate(tmp_path: Path, names: tuple[str, ...]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    write_pem(tmp_path / "own.pem", certificate_of(key, hashes.SHA256(), *names), key)
    assert load_identity(tmp_path / "state.pem", tmp_path / "own.pem", None).names == names
