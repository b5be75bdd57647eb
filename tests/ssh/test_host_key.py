"""The key by which people recognize the tracker."""

import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chatcore.errors import ConfigError
from chatcore.ssh.host_key import load_host_key


def test_a_private_key_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "ssh-host-key"
    made = load_host_key(path)
    assert load_host_key(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_host_key(tmp_path / "other") != made


def test_openssh_reads_the_key_and_shows_the_same_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "ssh-host-key"
    _, fingerprint = load_host_key(path)
    shown = subprocess.run(["ssh-keygen", "-lf", path], capture_output=True, text=True, timeout=30)
    assert shown.stdout.split()[:2] == ["256", fingerprint]


def test_an_operators_key_is_used_and_made_private(tmp_path: Path) -> None:
    path = tmp_path / "ssh-host-key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True, timeout=30)
    path.chmod(0o644)
    _, fingerprint = load_host_key(path)
    shown = subprocess.run(["ssh-keygen", "-lf", f"{path}.pub"], capture_output=True, text=True, timeout=30)
    assert shown.stdout.split()[1] == fingerprint
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"nonsense", b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"])
def test_an_invalid_key_is_reported(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ssh-host-key"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="without the file a new one is made"):
        load_host_key(path)


def test_a_key_of_another_type_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "ssh-host-key"
    key = ec.generate_private_key(ec.SECP256R1())
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*form))
    with pytest.raises(ConfigError, match="not Ed25519"):
        load_host_key(path)


def test_a_key_with_a_passphrase_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "ssh-host-key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", path], check=True, timeout=30)
    with pytest.raises(ConfigError, match="without a passphrase"):
        load_host_key(path)
