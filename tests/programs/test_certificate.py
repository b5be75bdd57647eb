"""A certificate on the days of its renewal and its expiry, with the clock of libfaketime."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from chatcore.transport.fingerprint import format_fingerprint
from tests.programs.clock import Clock
from tests.support.certificates import certificate_of, write_pem
from tests.support.irc import DEADLINE_S, IrcClient
from tests.support.tls import encrypted
from tests.support.trackers import TrackerProcess

_SHA256 = "([0-9A-F]{64})$"


@contextmanager
def _tracker(folder: Path, clock: Clock, *flags: str) -> Iterator[TrackerProcess]:
    tracker = TrackerProcess(folder, "--keep-alive", *flags, env=clock.environment)
    try:
        yield tracker
    finally:
        tracker.stop()


def _printed(tracker: TrackerProcess) -> str:
    """Return the fingerprint that the console prints; that of the key follows."""
    tracker.type("fingerprint")
    return tracker.read_until(f"^Certificate, SHA-256: {_SHA256}")[1]


def _shown(port: int) -> str:
    with encrypted(socket.create_connection(("127.0.0.1", port), DEADLINE_S)) as sock:
        return format_fingerprint(sock.getpeercert(binary_form=True) or b"")


def test_the_trackers_certificate_is_announced_and_renewed(tmp_path: Path, clock: Clock) -> None:
    with _tracker(tmp_path, clock) as tracker, IrcClient(tracker.port, wire="tls") as ann:
        ann.register("ann")
        first = _printed(tracker)
        key = tracker.read_until("^Public key, SHA-256:  (.*)$")[1]
        clock.set("+780d")
        announced = tracker.read_until(f"^From 20.* on, a new certificate .* SHA-256 {_SHA256}")[1]
        assert _shown(tracker.port) == first
        clock.set("+800d")
        assert tracker.read_until(f"^New connections get another .* SHA-256 {_SHA256}")[1] == announced
        assert _shown(tracker.port) == announced
        tracker.type("fingerprint")
        assert tracker.read_until("^Public key, SHA-256:  (.*)$")[1] == key
        assert ann.command("NICK still")[0].command == "NICK"
    assert sorted(path.name for path in (tmp_path / "state").glob("tls*")) == ["tls.pem"]


def test_an_expired_certificate_is_renewed_at_the_start(tmp_path: Path, clock: Clock) -> None:
    with _tracker(tmp_path, clock) as tracker:
        first = _printed(tracker)
    clock.set("+3000d")
    with _tracker(tmp_path, clock) as tracker:
        tracker.read_until("^The tracker has renewed its TLS certificate, with the same key.$")
        renewed = _printed(tracker)
        assert _shown(tracker.port) == renewed != first


def test_an_operators_certificate_gets_warnings_about_its_expiry(tmp_path: Path, clock: Clock) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    write_pem(tmp_path / "own.pem", key, certificate_of(key, hashes.SHA256(), valid_for=timedelta(days=10.5)))
    with _tracker(tmp_path, clock, "--tls-cert", str(tmp_path / "own.pem")) as tracker:
        tracker.read_until(r"own\.pem expires on 20..-..-.., in 10 days\.$")
        clock.set("+2d")
        tracker.read_until(r"own\.pem expires on 20..-..-.., in 8 days\.$")
        clock.set("+11d")
        tracker.read_until(r"own\.pem expired on 20..-..-..: clients that check it cannot connect\.$")
        tracker.type("reload")
        tracker.read_until(r"own\.pem expired on 20..-..-..")
