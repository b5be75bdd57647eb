"""Real proxies for the tests here, with the samples in contrib/, and clients that use them."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trustme
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from chatcore.protocol.message import parse
from tests.support.irc import DEADLINE_S, IrcClient, one
from tests.support.ports import LOOPBACK, is_open
from tests.support.tls import client_context
from tests.support.together import wait_until
from tests.support.trackers import ROOT

ANN, BOB = "203.0.113.7", "2001:db8::7"
PASSWORD = "correct-horse"


def recipe(name: str, changes: Mapping[str, str], *sections: str) -> str:
    """Return a file in contrib/, or some sections of it, with replacements."""
    configuration = (ROOT / "contrib" / name).read_text(encoding="utf-8")
    if sections:
        found = {
            block.splitlines()[0]: block
            for block in re.findall(r"^[a-z].*\n(?:[ \t#].*\n|\n)*", configuration, re.MULTILINE)
        }
        configuration = "".join(found[section] for section in sections)
    for before, after in changes.items():
        assert before in configuration, f"{before!r} is not in the recipe"
        configuration = configuration.replace(before, after)
    return configuration


def certificate(folder: Path) -> Path:
    """Return a file with a certificate and its key."""
    path = folder / "proxy.pem"
    trustme.CA().issue_cert("localhost", LOOPBACK).private_key_and_cert_chain_pem.write_to_path(path)
    return path


@contextmanager
def running(command: Sequence[str | Path], port: int) -> Iterator[None]:
    """Run a proxy until the end of the block; it begins when the proxy listens."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        wait_until(lambda: process.poll() is not None or is_open(port))
        assert process.poll() is None, process.communicate(timeout=DEADLINE_S)[0]
        yield
    finally:
        process.terminate()
        process.communicate(timeout=DEADLINE_S)


@contextmanager
def nginx(program: Callable[[str], Path], folder: Path, port: int, blocks: str) -> Iterator[None]:
    """Run nginx with this configuration as the current user, writing only in the folder."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    modules = "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n" if "stream {" in blocks else ""
    http = "" if "stream {" in blocks else f"http {{ access_log off;\n{paths}{blocks}}}\n"
    config = folder / "nginx.conf"
    config.write_text(
        f"{modules}daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;\nevents {{}}\n"
        + (http or blocks)
    )
    with running([program("nginx"), "-e", "stderr", "-p", folder, "-c", config], port):
        yield


def get(port: int, *headers: str, path: str = "/", tls: bool = False, source: str = "") -> tuple[int, str]:
    """Send a request to a proxy; return the status and the whole response."""
    plain = socket.create_connection((LOOPBACK, port), DEADLINE_S, (source, 0) if source else None)
    with client_context().wrap_socket(plain) if tls else plain as sock:
        lines = (f"GET {path} HTTP/1.1", f"Host: localhost:{port}", "Connection: close", *headers, "", "")
        sock.sendall("\r\n".join(lines).encode())
        received = bytearray()
        while more := sock.recv(65536):
            received += more
    return int(received.split(b" ", 2)[1]), received.decode()


@contextmanager
def page(
    port: int, nick: str, *headers: tuple[str, str], path: str = "/ws", tls: bool = False, source: str = ""
) -> Iterator[ClientConnection]:
    """Come in through a proxy as the page does."""
    scheme = "s" if tls else ""
    options: dict[str, Any] = {"ssl": client_context()} if tls else {}
    sock = socket.create_connection((LOOPBACK, port), DEADLINE_S, (source, 0) if source else None)
    with connect(
        f"ws{scheme}://localhost:{port}{path}",
        sock=sock,
        origin=Origin(f"http{scheme}://localhost:{port}"),
        additional_headers=headers,
        compression=None,
        max_queue=None,
        **options,
    ) as connection:
        for line in (f"PASS {PASSWORD}", f"NICK {nick}", f"USER {nick} 0 * :{nick}"):
            connection.send(line)
        until(connection, "001")
        yield connection


def until(connection: ClientConnection, command: str) -> tuple[str, ...]:
    """Return the parameters of the next message of this command."""
    while (message := parse(str(connection.recv(timeout=DEADLINE_S)))).command != command:
        pass
    return message.params


def address_of(asker: IrcClient, nick: str) -> str:
    """Return the address from WHOIS, without the port."""
    said = one(asker.command(f"WHOIS {nick}"), "378").params[-1]
    return said.removeprefix("is connecting from ").rpartition(":")[0].strip("[]")
