"""The ways to join from a terminal, as described by an invitation."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.person import Person
from bench.tracker_process import HOST
from pictures.window import PATIENCE_S, Window, pump

_IS_IN = "in #lobby"


class Visitor:
    """A friend at a shell, in a folder of their own. `invited` is the data of `ctl --json invite`."""

    def __init__(self, invited: Mapping[str, Any], name: str, folder: Path, person: Person) -> None:
        self.invited, self.name, self.person = invited, name, person
        self.port = invited["ssh"].split()[-1]
        _new_programs(folder)
        command = f"export PS1='$ ' HOME='{folder}' PATH='{folder}':\"$PATH\"; exec /bin/sh -i"
        self.window = Window("/bin/sh", "-c", command, folder=folder, columns=100, rows=30)
        self.sees("$")

    def sees(self, text: str) -> None:
        """Wait until this is on the screen. Raises TimeoutError."""
        deadline = time.monotonic() + PATIENCE_S
        while text not in self.window.text:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {text!r} in:\n{self.window.text}")
            pump([self.window], 0.05)

    def types(self, text: str) -> None:
        """Type something."""
        self.person.type(text, self.window.type)

    def pastes(self, name: str, text: str) -> None:
        """Paste something (`name` says what it is), and press Enter."""
        self.person.paste(name, text, self.window.type)
        self.types("\r")

    def reads(self, question: str) -> None:
        """Wait for a question, and read it."""
        self.sees(question)
        self.person.read()


def by_ssh(visitor: Visitor) -> None:
    """With OpenSSH's client."""
    visitor.types(f"ssh {visitor.name}@")
    visitor.pastes("address", f"{HOST} -p {visitor.port}")
    visitor.sees(visitor.invited["ssh_fingerprint"])
    visitor.reads("yes/no")
    visitor.person.compare()
    visitor.types("yes\r")
    visitor.reads("assword:")
    visitor.pastes("invitation", visitor.invited["invitation"])
    visitor.sees(_IS_IN)


def by_plink(visitor: Visitor) -> None:
    """With PuTTY's client, as on Windows: it also asks a question before it begins."""
    visitor.types(f"plink -P {visitor.port} {visitor.name}@")
    visitor.pastes("address", HOST)
    visitor.sees(visitor.invited["ssh_fingerprint"])
    visitor.reads("Store key")
    visitor.person.compare()
    visitor.types("y\r")
    visitor.reads("assword:")
    visitor.pastes("invitation", visitor.invited["invitation"])
    visitor.reads("Press Return")
    visitor.types("\r")
    visitor.sees(_IS_IN)


def by_curl(visitor: Visitor) -> None:
    """With the client in one file."""
    visitor.pastes("command", visitor.invited["shell"])
    visitor.reads("Username:")
    visitor.types(f"{visitor.name}\r")
    visitor.sees(_IS_IN)


def by_irssi(visitor: Visitor) -> None:
    """With an IRC client."""
    visitor.types(f"irssi -n {visitor.name}\r")
    visitor.sees("[(status)]")
    visitor.types(f"/connect -tls -notls_verify {HOST} {visitor.port} ")
    visitor.pastes("invitation", visitor.invited["invitation"])
    visitor.sees(f"[{visitor.name}(+i)]")  # its mode is the last line of its welcome
    visitor.types("/join #lobby\r")
    visitor.sees("[#lobby]")


def _new_programs(folder: Path) -> None:
    """Make an environment in which ssh knows no hosts or settings, and Python finds only its standard library."""
    ssh = f"{shutil.which('ssh')} -F /dev/null -o UserKnownHostsFile='{folder}/known' -o PubkeyAuthentication=no"
    for name, program in (("ssh", ssh), ("python3", f"'{sys.executable}' -I -S")):
        path = folder / name
        path.write_text(f'#!/bin/sh\nexec {program} "$@"\n')
        path.chmod(0o755)
