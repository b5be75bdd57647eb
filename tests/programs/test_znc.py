"""ZNC, a bouncer: it stays while its person comes and goes, logs in with SASL, and reconnects by itself."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.document import Document
from tests.support.irc import DEADLINE_S, IrcClient
from tests.support.trackers import Hosted, hosted_tracker

PASSWORD = "two words"
_CONFIG = """
Version = 1.8
ConnectDelay = 0
<Listener l>
    Port = {port}
    Host = 127.0.0.1
    SSL = false
    IPv6 = false
</Listener>
<User zoe>
    Pass = plain#sesame
    Nick = zoe
    Ident = zoe
    <Network chat>
        LoadModule = sasl
        FloodBurst = 100
        {server}
        {pin}
        <Chan #lobby>
        </Chan>
    </Network>
</User>
"""


@contextmanager
def _bouncer(path: Path, folder: Path, hosted: Hosted) -> Iterator[int]:
    """Run ZNC with its settings in this folder; yield its port. As root it first waits for half a minute.

    How it reaches the tracker, over TLS, is the recipe of docs/irc-clients.md.
    """
    port = _free_port()
    (folder / "configs").mkdir(parents=True)
    server, pin = [line for line in Document("docs/irc-clients.md").section("Others").indented() if " = " in line]
    config = _CONFIG.format(
        port=port,
        server=server.replace("192.168.1.5 +8000 PASSWORD", f"127.0.0.1 +{hosted.port} {PASSWORD}"),
        pin=pin.replace("ABCD...", hosted.tracker.tls_identity.fingerprint),
    )
    (folder / "configs" / "znc.conf").write_text(config)
    command = [str(path), "--foreground", "--allow-root", "--datadir", str(folder)]
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(DEADLINE_S)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def _attach(port: int) -> IrcClient:
    """Connect as the bouncer's person."""
    client = IrcClient(port)
    client.send("CAP REQ :server-time", "PASS zoe/chat:sesame", "NICK zoe", "USER zoe 0 * :Zoe", "CAP END")
    client.receive_until("001")
    return client


@pytest.mark.timeout(240)
def test_znc_stays_logs_in_and_reconnects(program: Callable[[str], Path], tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, PASSWORD) as hosted:
        hosted.tracker.keys.accounts.add("zoe", "secret")
        bob = hosted.client("bob", "#lobby", password=PASSWORD, caps="server-time extended-join echo-message")
        with _bouncer(program("znc"), tmp_path / "znc", hosted) as port:
            assert bob.receive_until("JOIN").params[:2] == ("#lobby", "*")
            with _attach(port) as zoe:
                zoe.send("PRIVMSG #lobby :through a bouncer")
                assert bob.receive_until("PRIVMSG").params[-1] == "through a bouncer"
                zoe.send("PRIVMSG *sasl :set zoe secret", "PRIVMSG *sasl :mechanism PLAIN", "PRIVMSG *status :jump")
                assert bob.receive_until("JOIN").params[:2] == ("#lobby", "zoe"), "ZNC comes back, logged in"
            (said,) = bob.command("PRIVMSG #lobby :while you were away")
            with _attach(port) as zoe:
                kept = zoe.receive_until("PRIVMSG", "while you were away")
                assert (kept.source, kept.tags["time"]) == (said.source, said.tags["time"])
