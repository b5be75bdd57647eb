"""A certificate on the day of its renewal, and of its end, with the clock of libfaketime."""

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
    """Return the fingerprint that the operator is told; that of the key follows."""
    tracker.type("fingerprint")
    return tracker.read_until(f"^Certificate, SHA-256: {_SHA256}")[1]


def _shown(port: int) -> str:
    with encrypted(socket.create_connection(("127.0.0.1", port), DEADLINE_S)) as sock:
        return format_fingerprint(sock.getpeercert(binary_form=True) or b"")


def test_the_trackers_own_is_announced_and_renewed_under_those_who_are_in(tmp_path: Path, clock: Clock) -> None:
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


def test_after_years_in_a_drawer_it_is_renewed_at_start(tmp_path: Path, clock: Clock) -> None:
    with _tracker(tmp_path, clock) as tracker:
        first = _printed(tracker)
    clock.set("+3000d")
    with _tracker(tmp_path, clock) as tracker:
        tracker.read_until("^The tracker has renewed its TLS certificate, with the same key.$")
        renewed = _printed(tracker)
        assert _shown(tracker.port) == renewed != first


def test_an_operators_own_is_told_of_before_and_after_its_end(tmp_path: Path, clock: Clock) -> None:
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
