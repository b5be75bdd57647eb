"""Caddy in front of a tracker, with contrib/Caddyfile."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.programs.proxies import ANN, PASSWORD, address_of, certificate, get, page, recipe, running, until
from tests.support.irc import DEADLINE_S
from tests.support.ports import LOOPBACK, free_ports
from tests.support.trackers import ROOT, Hosted, hosted_tracker

Program = Callable[[str], Path]


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker behind a proxy on this machine."""
    with hosted_tracker(tmp_path, PASSWORD, trusted_proxies=(LOOPBACK,)) as hosted:
        yield hosted


@contextmanager
def _caddy(program: Program, folder: Path, hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Run Caddy for localhost with an existing certificate; yield its port."""
    (port,) = free_ports(1)
    pem = certificate(folder)
    changes = {
        "chat.example.org {": f"https://localhost:{port} {{\n\tbind {LOOPBACK}\n\ttls {pem} {pem}",
        "127.0.0.1:8000": f"127.0.0.1:{hosted.port}",
    }
    config = folder / "Caddyfile"
    config.write_text("{\n\tadmin off\n\tauto_https off\n}\n" + recipe("Caddyfile", changes))
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(folder))
    with running([program("caddy"), "run", "--adapter", "caddyfile", "--config", config], port):
        yield port


def test_the_caddyfile_is_valid(program: Program, tmp_path: Path) -> None:
    config = ROOT / "contrib" / "Caddyfile"
    command = [str(program("caddy")), "validate", "--adapter", "caddyfile", "--config", str(config)]
    homes = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(tmp_path))
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=DEADLINE_S, env={**os.environ, **homes}
    )
    assert done.returncode == 0, done.stderr
    assert '"level":"warn"' not in done.stderr


def test_caddy_serves_a_site(program: Program, tmp_path: Path, hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    with _caddy(program, tmp_path, hosted, monkeypatch) as port:
        status, text = get(port, tls=True, source="127.0.0.2")
        assert status == 200
        assert f"wss://localhost:{port}" in text
        assert get(port, path="/health", tls=True)[0] == 200
        assert get(port, path="/metrics", tls=True)[0] in (401, 403, 404), "a proxied request does not count as local"
        here = hosted.client("here", password=PASSWORD)
        forged = ("X-Forwarded-For", ANN)
        with page(port, "ann", forged, tls=True, source="127.0.0.2") as ann:
            assert address_of(here, "ann") == "127.0.0.2", "a client's own X-Forwarded-For is not passed on"
            here.send("PRIVMSG ann :hello")
            assert until(ann, "PRIVMSG") == ("ann", "hello")
        assert list(hosted.tracker.notices) == []
