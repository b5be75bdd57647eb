"""The tracker's ssh host: the effects of its first visitor."""

import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import sys
from pathlib import Path

started = []
sys.addaudithook(lambda event, _: started.append(event) if event in ("subprocess.Popen", "os.posix_spawn") else None)

from chatcore.ssh.host import Host
from chatcore.transport.tcp import TcpConnection

assert "asyncssh" not in sys.modules
import socket

ours, theirs = socket.socketpair()
host = Host(Path(sys.argv[1]) / "ssh-host-key", 0, 90)
person = host.receive(TcpConnection(ours, 1 << 20), b"SSH-2.0-x\\r\\n")
said = b""
while b"kex-strict-s" not in said:
    said += theirs.recv(4096)
theirs.close()
assert person.next_question() is None
person.close()
host.stop()
print(started, b"mlkem768x25519-sha256" in said, b"diffie-hellman" in said)
"""


def test_the_library_is_loaded_on_demand_and_runs_no_program(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM, tmp_path], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("[] True False\n", "")
