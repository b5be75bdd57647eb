"""How long the page takes to become usable far from its tracker: `python -m bench.page`.

Over TLS with a certificate that the browser trusts, at a round trip of 100 ms: the first time in a new browser, and
again without an open connection. The page is usable when its form accepts a name.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate
from playwright.sync_api import BrowserContext, sync_playwright

from bench.far_line import FarLine
from bench.tracker_process import OPTIONS, TRACKER, Cores, ServerError, running

if TYPE_CHECKING:
    from collections.abc import Iterator

_CAN_BE_USED = """() => {
    const enter = document.getElementById("enter");
    return enter && !enter.disabled ? performance.now() : 0;
}"""
_TOGETHER = Cores(frozenset(), frozenset())


def main(argv: list[str] | None = None) -> int:
    """Measure and print; 0 unless the tracker does not start."""
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="how often (default %(default)s)")
    parser.add_argument("--round-trip", type=float, default=100.0, metavar="MS", help="default %(default)g ms")
    parser.add_argument("--tracker", default=TRACKER, metavar="COMMAND", help="which (default: the one of this tree)")
    options = parser.parse_args(argv)
    try:
        with tempfile.TemporaryDirectory(prefix="chatcore-bench-") as folder:
            _measure(options, Path(folder))
    except ServerError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


def _measure(options: argparse.Namespace, folder: Path) -> None:
    certificate, key_digest = _certificate(folder)
    with (
        running(f"{options.tracker} {OPTIONS} --tls-cert {certificate}", _TOGETHER) as server,
        _line(server.address, options.round_trip / 2e3) as line,
    ):
        runs = [_run(line, folder / str(number), key_digest) for number in range(options.runs)]
    for name, seconds in zip(("first", "again", "and again"), zip(*runs, strict=True), strict=True):
        print(f"{name:9} {median(seconds):5.0f} ms ({min(seconds):.0f} to {max(seconds):.0f})")


@contextmanager
def _line(address: tuple[str, int], one_way_s: float) -> Iterator[FarLine]:
    line = FarLine(address, one_way_s)
    try:
        yield line
    finally:
        line.close()


def _run(line: FarLine, folder: Path, key_digest: str) -> list[float]:
    """Open the page three times in a new browser; return after how many ms it was usable each time."""
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    arguments = [f"--ignore-certificate-errors-spki-list={key_digest}"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    found = []
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(folder, executable_path=program, args=arguments)
        context.pages[0].goto("about:blank")
        for _ in range(3):
            found.append(_open(context, line.port))
            line.end_connections()
        context.close()
    return found


def _open(context: BrowserContext, port: int) -> float:
    page = context.new_page()
    page.goto(f"https://127.0.0.1:{port}/", wait_until="commit")
    used: float = page.wait_for_function(_CAN_BE_USED).json_value()
    page.wait_for_load_state("load")
    page.wait_for_timeout(1000)  # for background work of the page, such as caching its files
    page.close()
    return used


def _certificate(folder: Path) -> tuple[Path, str]:
    """Return a file with a certificate and its key, and the hash by which the browser is told to trust it."""
    issued = trustme.CA().issue_cert("localhost", "127.0.0.1")
    path = folder / "tls.pem"
    issued.private_key_and_cert_chain_pem.write_to_path(path)
    public = load_pem_x509_certificate(issued.cert_chain_pems[0].bytes()).public_key()
    encoded = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return path, base64.b64encode(hashlib.sha256(encoded).digest()).decode()


if __name__ == "__main__":
    sys.exit(main())
