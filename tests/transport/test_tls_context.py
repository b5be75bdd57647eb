"""Which TLS versions and ciphers a server accepts. Real clients: tests/programs/test_openssl.py."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import cast

import pytest

from chatcore.transport import tls_context
from chatcore.transport.certificate import load_identity


def test_tls_1_2_has_only_authenticated_ciphers_with_elliptic_curves(tmp_path: Path) -> None:
    context = load_identity(tmp_path / "tls.pem", None, None).context
    names = [cipher["name"] for cipher in context.get_ciphers() if not cipher["name"].startswith("TLS_")]
    assert names
    assert all(name.startswith("ECDHE-") and name.endswith(("GCM-SHA256", "GCM-SHA384", "POLY1305")) for name in names)


@pytest.mark.parametrize("knows_hybrid", [True, False])
def test_the_best_groups_that_openssl_knows_are_chosen(knows_hybrid: bool) -> None:
    """The context behaves like SSLContext.set_groups of Python 3.15."""

    class Context:
        chosen = ""

        def set_groups(self, groups: str) -> None:
            if "MLKEM" in groups and not knows_hybrid:
                raise ssl.SSLError("unknown group")
            self.chosen = groups

    context = Context()
    tls_context._choose_groups(cast("ssl.SSLContext", context))
    groups = ["X25519", "P-256", "P-384"]
    assert context.chosen.split(":") == (["X25519MLKEM768", *groups] if knows_hybrid else groups)
