"""The terminal client in one file, fetched by curl and run by a bare Python, as invitations describe."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from chatcore.server.console.table import carry_out
from chatcore.server.ways_in import folded
from chatcore.transport.fingerprint import pin
from tests.programs.proxies import certificate, nginx
from tests.support.ports import LOOPBACK, free_ports
from tests.support.terminal import terminal
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker

_PASSWORD = "correct-horse"
_SITE = """
server {{
    listen {port} ssl;
    ssl_certificate {pem};
    ssl_certificate_key {pem};
    location /chat/ {{
        proxy_pass http://{tracker}/;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
    }}
}}
"""


@pytest.fixture(params=["127.0.0.1", "::1"])
def hosted(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Hosted]:
    with hosted_tracker(tmp_path, _PASSWORD, host=request.param) as hosted:
        yield hosted


@pytest.fixture
def here(tmp_path: Path, program: Callable[[str], Path]) -> Path:
    """Return somebody's folder."""
    program("curl")
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture
def environment(tmp_path: Path, here: Path) -> Mapping[str, str]:
    """Return an environment where `python3` has only its own library, and makes a file when it runs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python3").write_text(
        f"#!/bin/sh\ntouch '{tmp_path / 'was-run'}'\nexec '{sys.executable}' -I -S \"$@\"\n"
    )
    (folder / "python3").chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(here)}


def _invited(hosted: Hosted) -> Mapping[str, str]:
    """Return the data of an invitation."""
    return carry_out(hosted.tracker, "invite").data


@pytest.mark.parametrize("is_folded", [False, True])
def test_the_pasted_command_asks_for_a_name_and_comes_in(
    hosted: Hosted, here: Path, environment: Mapping[str, str], is_folded: bool
) -> None:
    command = _invited(hosted)["shell"]
    if is_folded:
        fetch, rest = command.split(" -o ")
        file, run = rest.split(" && ")
        command = "\n".join(folded([fetch, f"-o {file} &&", *run.rsplit(" ", 1)]))
    with terminal("/bin/sh", "-c", command, cwd=here, env=environment) as friend:
        friend.expect("Username:")
        friend.enter("ann")
        friend.expect("Welcome to the chat, ann!")
        friend.enter("hello from one file")
        wait_until(lambda: "message #lobby ann :hello from one file" in "\n".join(hosted.log_lines()))
        friend.enter("/quit")
        assert friend.wait() == 0


def test_nothing_is_fetched_from_a_server_with_another_key(
    hosted: Hosted, here: Path, environment: Mapping[str, str], tmp_path: Path
) -> None:
    command = _invited(hosted)["shell"]
    key = hosted.tracker.tls_identity.key_fingerprint
    wrong = command.replace(pin(key), pin("00" + key[2:]))
    assert wrong != command
    done = subprocess.run(["sh", "-c", wrong], cwd=here, env=environment, capture_output=True, text=True)
    assert done.returncode == 90, "CURLE_SSL_PINNEDPUBKEYNOTMATCH"
    assert list(here.iterdir()) == []
    assert not (tmp_path / "was-run").exists()


def test_a_changed_byte_is_found(hosted: Hosted, here: Path, environment: Mapping[str, str]) -> None:
    data = _invited(hosted)
    fetch = data["shell"].partition(" && ")[0]
    subprocess.run(["sh", "-c", fetch], cwd=here, env=environment, check=True, capture_output=True)

    def check() -> int:
        return subprocess.run(["sh", "-c", data["check"]], cwd=here, capture_output=True).returncode

    assert check() == 0
    file = here / "chat.pyz"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert check() == 1


def test_the_file_is_the_same_below_a_path_of_a_proxy(
    program: Callable[[str], Path], tmp_path: Path, here: Path
) -> None:
    (port,) = free_ports(1)
    with hosted_tracker(tmp_path, _PASSWORD, trusted_proxies=(LOOPBACK,)) as hosted:
        there = {"port": f"{LOOPBACK}:{port}", "pem": certificate(tmp_path), "tracker": f"{LOOPBACK}:{hosted.port}"}
        packed = hosted.tracker.gate.client_file.get()
        with nginx(program, tmp_path, port, _SITE.format(**there)):
            url = f"https://localhost:{port}/chat/chat.pyz"
            subprocess.run([program("curl"), "-fskO", url], cwd=here, check=True)
    assert packed is not None
    assert (here / "chat.pyz").read_bytes() == packed.content
