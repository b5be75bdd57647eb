"""The certificate that a tracker uses: its own, kept in the state folder, or the operator's."""

from __future__ import annotations

import socket
import stat
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chatcore.server.cli.app import main
from chatcore.transport.fingerprint import format_fingerprint, in_pairs
from tests.support.certificates import certificate_of, write_pem
from tests.support.irc import DEADLINE_S, IrcClient, commands, one
from tests.support.sasl import bound_scram, negotiate, scram
from tests.support.tls import encrypted
from tests.support.trackers import ROOT, Hosted, TrackerProcess, hosted_tracker, tracker_process


def _shown(port: int) -> str:
    """Return the fingerprint of the certificate that a client sees."""
    with encrypted(socket.create_connection(("127.0.0.1", port), DEADLINE_S)) as sock:
        der = sock.getpeercert(binary_form=True)
    assert der is not None
    return format_fingerprint(der)


def _printed(tracker: TrackerProcess) -> str:
    """Return the fingerprint that the console prints; check that the tracker showed its beginning on starting."""
    beginning = tracker.read_until(r"([0-9A-F:]{23})  \(Firefox\)")[1]
    tracker.type("fingerprint")
    whole = tracker.read_until("^Certificate, SHA-256: ([0-9A-F]{64})$")[1]
    assert in_pairs(whole).startswith(beginning)
    return whole


def _write_own(folder: Path, name: str = "own") -> tuple[Path, Path, str]:
    """Write an operator's certificate and key; return their files and the fingerprint."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = certificate_of(key, hashes.SHA256())
    chain, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    write_pem(chain, certificate)
    write_pem(key_file, key)
    return chain, key_file, certificate.fingerprint(hashes.SHA256()).hex().upper()


def test_certificate_is_made_once_and_kept_private(tmp_path: Path) -> None:
    with tracker_process(tmp_path) as tracker:
        first = _printed(tracker)
        assert _shown(tracker.port) == first
        kept = tmp_path / "state" / "tls.pem"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        tracker.stop()
    with tracker_process(tmp_path) as tracker:
        assert _printed(tracker) == _shown(tracker.port) == first


@pytest.mark.thorough
def test_only_one_tracker_can_use_a_state_folder(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tracker.py"), "--host", "127.0.0.1", "--port", "0", "--no-password"]
    pipe = subprocess.PIPE
    with ExitStack() as stack:
        processes = []
        for number in range(2):
            own = ["--log", str(tmp_path / f"{number}.log"), "--state-dir", str(tmp_path / "state")]
            process = subprocess.Popen([*command, *own], stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True)
            stack.callback(process.communicate, timeout=DEADLINE_S)
            stack.callback(process.kill)
            processes.append(process)
        first_lines = [process.stdout.readline() for process in processes if process.stdout is not None]
        assert sorted("listening" in line for line in first_lines) == [False, True]
        (refusal,) = (line for line in first_lines if "listening" not in line)
        assert refusal.startswith("chat-tracker: another tracker")


@pytest.mark.thorough
def test_operators_certificate_is_used_and_none_is_made(tmp_path: Path) -> None:
    chain, key, fingerprint = _write_own(tmp_path)
    with tracker_process(tmp_path, "--tls-cert", str(chain), "--tls-key", str(key)) as tracker:
        assert _printed(tracker) == _shown(tracker.port) == fingerprint
        assert not (tmp_path / "state" / "tls.pem").exists()


@pytest.mark.thorough
def test_reload_uses_a_renewed_certificate_without_disconnecting(tmp_path: Path) -> None:
    chain, key, _ = _write_own(tmp_path)
    with (
        tracker_process(tmp_path, "--tls-cert", str(chain), "--tls-key", str(key)) as tracker,
        IrcClient(tracker.port, wire="tls") as before,
    ):
        before.register("before")
        new_chain, new_key, renewed = _write_own(tmp_path, "renewed")
        new_chain.replace(chain)
        tracker.type("reload")
        tracker.read_until("the key belongs to another certificate")
        new_key.replace(key)
        tracker.type("reload")
        assert tracker.read_until("New connections get .* ([0-9A-F]{64})")[1] == renewed
        assert _shown(tracker.port) == renewed
        assert one(before.command("NICK still"), "NICK").params == ("still",)
        chain.unlink()
        tracker.type("reload")
        tracker.read_until("cannot use the TLS certificate .*: No such file or directory")
        assert _shown(tracker.port) == renewed, "the last valid certificate stays in use"


def test_old_connections_stay_bound_to_the_old_certificate(tmp_path: Path) -> None:
    chain, key, _ = _write_own(tmp_path)
    with hosted_tracker(tmp_path, "secret", tls_cert=chain, tls_key=key) as hosted:
        client = hosted.connect(wire="tls")
        new_chain, new_key, _ = _write_own(tmp_path, "renewed")
        new_chain.replace(chain)
        new_key.replace(key)
        hosted.tracker.reload()
        negotiate(client)
        assert commands(scram(client, bound_scram(client, "*", "secret"))) == ["903"]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--tls-cert", "missing.pem"), "missing.pem: No such file or directory"),
        (("--tls-cert", "own.pem"), "own.pem: not a certificate and its key, both PEM"),
        (("--tls-cert", "own.pem", "--tls-key", "missing.key"), "missing.key: No such file or directory"),
        (("--tls-cert", "own.pem", "--tls-key", "other.key"), "the key belongs to another certificate"),
        (("--tls-cert", "own.pem", "--tls-key", "locked.key"), "the key is locked with a passphrase"),
        (("--tls-cert", "own.key"), "own.key: not a certificate and its key, both PEM"),
        (("--tls-cert", "trusted.pem", "--tls-key", "own.key"), "does not begin with BEGIN CERTIFICATE"),
        (("--tls-cert", "old.pem", "--tls-key", "own.key"), "does not begin with BEGIN CERTIFICATE"),
        (("--tls-key", "own.key"), "tls_key needs tls_cert"),
    ],
    ids=lambda value: None if isinstance(value, str) else "-".join(value[1::2]),
)
def test_wrong_files_are_reported_in_one_line_with_status_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    flags: tuple[str, ...],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(threading, "stack_size", lambda _: 0)  # the size would apply to all later threads
    _write_own(tmp_path)
    _write_own(tmp_path, "other")
    own = (tmp_path / "own.pem").read_text()
    for name, label in (("trusted", "TRUSTED"), ("old", "X509")):  # OpenSSL uses this one, and we would bind the next
        relabelled = own.replace(" CERTIFICATE", f" {label} CERTIFICATE")
        (tmp_path / f"{name}.pem").write_text(relabelled + (tmp_path / "other.pem").read_text())
    write_pem(tmp_path / "locked.key", ec.generate_private_key(ec.SECP256R1()), passphrase=b"secret")
    assert main(["--host", "127.0.0.1", "--port", "0", "--no-password", *flags]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert line.startswith("chat-tracker: ")
    assert words in line


@pytest.mark.thorough
def test_a_renewed_certificate_is_used_without_a_reload(tmp_path: Path) -> None:
    chain, key, _ = _write_own(tmp_path)
    with tracker_process(tmp_path, "--tls-cert", str(chain), "--tls-key", str(key)) as tracker:
        new_chain, new_key, renewed = _write_own(tmp_path, "renewed")
        new_chain.replace(chain)
        new_key.replace(key)
        assert (
            tracker.read_until("New connections get another TLS certificate, with SHA-256 ([0-9A-F]{64})")[1] == renewed
        )
        assert _shown(tracker.port) == renewed


@pytest.mark.thorough
def test_fingerprints_that_clients_can_pin_are_shown(tmp_path: Path) -> None:
    chain, key, fingerprint = _write_own(tmp_path)
    with tracker_process(tmp_path, "--tls-cert", str(chain), "--tls-key", str(key)) as tracker:
        tracker.type("fingerprint")
        assert tracker.read_until("^Certificate, SHA-256: ([0-9A-F]{64})$")[1] == fingerprint
        public = x509.load_pem_x509_certificate(chain.read_bytes()).public_key()
        info = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        pairs = tracker.read_until("^Public key, SHA-256:  ([0-9A-F:]{95})$")[1]
        assert pairs.replace(":", "") == format_fingerprint(info)
        tracker.read_until(r"^Valid until (\d{4}-\d\d-\d\d) \d\d:\d\d UTC\.$")


def test_own_certificate_names_the_trackers_addresses(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, listen=("127.0.0.2:0",), server_name="chat.example.org"):
        own = x509.load_pem_x509_certificate((tmp_path / "state" / "tls.pem").read_bytes())
    names = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"chat.example.org", "localhost", socket.gethostname()} <= set(names.get_values_for_type(x509.DNSName))
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    assert addresses == {"127.0.0.1", "127.0.0.2", "::1"}


def test_login_is_bound_to_the_certificate_of_its_handshake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Renewed between the handshake and the login, in the middle of a login, and before another login."""
    chain, key, _ = _write_own(tmp_path)
    renewals = 0

    def renew(hosted: Hosted) -> None:
        nonlocal renewals
        renewals += 1
        new_chain, new_key, renewed = _write_own(tmp_path, f"renewed{renewals}")
        new_chain.replace(chain)
        new_key.replace(key)
        hosted.tracker.reload()
        assert _shown(hosted.port) == renewed

    with hosted_tracker(tmp_path, "secret", tls_cert=chain, tls_key=key) as hosted:
        client = hosted.connect(wire="tls")
        renew(hosted)
        negotiate(client)
        login = bound_scram(client, "*", "secret")
        take_challenge = login.set_server_first

        def take_challenge_late(message: str) -> None:
            renew(hosted)
            take_challenge(message)

        monkeypatch.setattr(login, "set_server_first", take_challenge_late)
        assert commands(scram(client, login)) == ["903"]
        assert "001" in commands(client.command("CAP END"))
        renew(hosted)
        assert commands(scram(client, bound_scram(client, "*", "secret"))) == ["903"]
        other = hosted.connect(wire="tls")
        negotiate(other, "bob")
        stolen = bound_scram(client, "*", "secret")
        assert "904" in commands(scram(other, stolen)), "a proof bound to another certificate is refused"
