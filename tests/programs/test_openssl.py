"""openssl s_client: which groups and ciphers are accepted, the alerts for others, and that the tracker still works."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.irc import DEADLINE_S, one
from tests.support.trackers import Hosted, hosted_tracker

CURVES = ("X25519", "P-256", "P-384", "P-521", "X448")
FINITE_FIELDS = ("ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192")
MODERN = ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305")
OLD = ("ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256")


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker that still serves at the end of the test."""
    with hosted_tracker(tmp_path) as hosted:
        yield hosted
        assert one(hosted.connect(wire="tls").register("last"), "001")


@pytest.fixture
def shake_hands(program: Callable[[str], Path], hosted: Hosted) -> Callable[..., str]:
    """Return a function that connects with options, sends PING and QUIT, and returns s_client's output."""
    openssl = program("openssl")

    def connect(*options: str) -> str:
        command = [str(openssl), "s_client", "-connect", f"127.0.0.1:{hosted.port}", "-quiet", *options]
        said = "PING shaken\nQUIT\n"
        done: subprocess.CompletedProcess[str] = subprocess.run(
            command, input=said, capture_output=True, text=True, timeout=DEADLINE_S, check=False
        )
        return done.stdout + done.stderr

    return connect


@pytest.mark.parametrize("group", CURVES)
def test_every_curve_is_accepted(shake_hands: Callable[..., str], group: str) -> None:
    """In TLS 1.2 the groups must include the certificate's curve, P-256."""
    assert "PONG tracker.chat :shaken" in shake_hands("-tls1_3", "-groups", group)
    assert "PONG tracker.chat :shaken" in shake_hands(
        "-tls1_2", "-groups", "P-256" if group == "P-256" else f"{group}:P-256"
    )


@pytest.mark.parametrize("groups", [*FINITE_FIELDS, "ffdhe8192:X25519", "ffdhe2048:ffdhe8192"])
def test_a_finite_field_share_is_refused_with_an_alert(shake_hands: Callable[..., str], groups: str) -> None:
    seen = shake_hands("-tls1_3", "-groups", groups)
    assert "PONG" not in seen
    assert "alert handshake failure" in seen


@pytest.mark.parametrize("groups", ["X25519:ffdhe8192", "P-256:ffdhe2048", "X448:ffdhe4096:P-384"])
def test_a_client_that_shares_a_curve_may_support_finite_fields(shake_hands: Callable[..., str], groups: str) -> None:
    assert "PONG tracker.chat :shaken" in shake_hands("-tls1_3", "-groups", groups)


@pytest.mark.parametrize("cipher", MODERN)
def test_authenticated_ciphers_of_tls_1_2_are_accepted(shake_hands: Callable[..., str], cipher: str) -> None:
    assert "PONG tracker.chat :shaken" in shake_hands("-tls1_2", "-cipher", cipher)


@pytest.mark.parametrize("cipher", OLD)
def test_other_ciphers_of_tls_1_2_are_refused(shake_hands: Callable[..., str], cipher: str) -> None:
    seen = shake_hands("-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0")
    assert "PONG" not in seen
    assert "alert handshake failure" in seen


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
def test_older_versions_are_refused(shake_hands: Callable[..., str], version: str) -> None:
    assert "alert protocol version" in shake_hands(version, "-cipher", "ALL:@SECLEVEL=0")
