"""Hashes of IRC operators' passwords."""

from __future__ import annotations

import pytest

from chatcore.server.access.operator_secret import hash_secret, secret_matches


def test_a_hash_matches_only_its_password() -> None:
    hashed = hash_secret("zwölf Bären")
    assert secret_matches(hashed, "zwölf Bären")
    assert not secret_matches(hashed, "zwölf bären")
    assert not secret_matches(hashed, "")
    assert "Bären" not in hashed


def test_hashes_of_one_password_differ() -> None:
    assert hash_secret("secret") != hash_secret("secret")


def _broken(hashed: str) -> list[str]:
    kind, salt, key = hashed.split(":")
    return [
        "",
        "secret",
        f"bcrypt:{salt}:{key}",
        f"{kind}:{salt}",
        f"{kind}:{salt}:",
        f"{kind}::{key}",
        f"{kind}:{salt}:{key[:-8]}",
        f"{kind}:{salt}:not base64!",
        f"{kind}:ä:{key}",
        f"{kind}:{salt}:{key}:more",
    ]


@pytest.mark.parametrize("number", range(10))
def test_a_malformed_hash_matches_nothing(number: int) -> None:
    """The operator can write anything into the file."""
    hashed = _broken(hash_secret("secret"))[number]
    assert not secret_matches(hashed, "secret")
    assert not secret_matches(hashed, "")
