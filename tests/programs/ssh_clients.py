"""OpenSSH's client for the tests here: it reads no files of the current user, and asks nothing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.irc import DEADLINE_S
from tests.support.ports import LOOPBACK
from tests.support.terminal import Terminal, terminal

Program = Callable[[str], Path]


class Caller:
    """A person with OpenSSH's client and a separate home."""

    def __init__(self, program: Program, folder: Path, port: int) -> None:
        self.home = folder / "home"
        self.home.mkdir(exist_ok=True)
        self._program = program
        self._port = port
        self._helper = self.home / "askpass"
        self._helper.write_text('#!/bin/sh\nprintf "%s\\n" "$SECRET"\n')
        self._helper.chmod(0o755)

    def options(self, *more: str) -> list[str]:
        """Return the options of each call; the tracker's key is accepted unchecked."""
        words = {
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": str(self.home / "known_hosts"),
            "GlobalKnownHostsFile": "/dev/null",
            "IdentityAgent": "none",
            "IdentitiesOnly": "yes",
            "NumberOfPasswordPrompts": "1",
            "LogLevel": "ERROR",
        }
        return ["-F", "/dev/null", *more, *(f"-o{name}={value}" for name, value in words.items())]

    def command(self, name: str, *options: str, words: tuple[str, ...] = ()) -> list[str]:
        """Return a command line of ssh. These options win, as ssh uses the first value of a repeated option."""
        return [str(self._program("ssh")), *self.options(*options), "-p", str(self._port), f"{name}@{LOOPBACK}", *words]

    def environment(self, password: str = "") -> Mapping[str, str]:
        """Return an environment in which an askpass program gives ssh this password."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("SSH_")},
            "HOME": str(self.home),
            "SSH_ASKPASS": str(self._helper),
            "SSH_ASKPASS_REQUIRE": "force",
            "SECRET": password,
        }

    @contextmanager
    def sitting(
        self, name: str, *options: str, password: str = "", columns: int = 100, rows: int = 30
    ) -> Iterator[Terminal]:
        """Run ssh in a terminal."""
        command = self.command(name, *options)
        env = self.environment(password)
        with terminal(*command, cwd=self.home, env=env, columns=columns, rows=rows) as opened:
            yield opened

    def run(
        self, name: str, *options: str, password: str = "", words: tuple[str, ...] = (), typed: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run ssh in a pipe until it ends."""
        return subprocess.run(
            self.command(name, *options, words=words),
            input=typed,
            capture_output=True,
            text=True,
            cwd=self.home,
            env=self.environment(password),
            timeout=DEADLINE_S,
        )
