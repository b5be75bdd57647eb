"""Lets the public conformance suite, irctest, start our tracker. CONTRIBUTING.md says how to run it.

Nothing in this project imports this file: the suite does, so it needs the suite's own packages.
"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from irctest import patma  # type: ignore[import-not-found]
from irctest.basecontrollers import (  # type: ignore[import-not-found]
    BaseServerController,
    DirectoryBasedController,
)
from irctest.runner import NotImplementedByController  # type: ignore[import-not-found]
from irctest.specifications import (  # type: ignore[import-not-found]
    Capabilities,
    OptionalBehaviors,
)

TRACKER = Path(__file__).parents[1] / "tracker.py"
PYTHON = os.environ.get("CHATCORE_PYTHON", sys.executable)  # one that has the tracker's dependencies


class ChatcoreController(BaseServerController, DirectoryBasedController):  # type: ignore[misc]
    """Starts one tracker for each test."""

    software_name = "chatcore"
    _port_wait_interval = 0.02
    supported_sasl_mechanisms = frozenset({"PLAIN", "SCRAM-SHA-256"})
    supports_sts = False
    extban_mute_char = "m"
    capabilities = frozenset(
        {
            Capabilities.ACCOUNT_NOTIFY,
            Capabilities.ACCOUNT_TAG,
            Capabilities.AWAY_NOTIFY,
            Capabilities.BATCH,
            Capabilities.ECHO_MESSAGE,
            Capabilities.EXTENDED_JOIN,
            Capabilities.EXTENDED_MONITOR,
            Capabilities.LABELED_RESPONSE,
            Capabilities.MESSAGE_REDACTION,
            Capabilities.MESSAGE_TAGS,
            Capabilities.MULTILINE,
            Capabilities.MULTI_PREFIX,
            Capabilities.SERVER_TIME,
            Capabilities.SETNAME,
        }
    )
    optional_behaviors = frozenset(OptionalBehaviors) - {
        OptionalBehaviors.NON_UTF8_MESSAGE,  # UTF8ONLY is the opposite
    }
    isupport = {  # noqa: RUF012
        "BOT": "B",
        "CASEMAPPING": "ascii",
        "ELIST": "CMNTU",
        "INVEX": "I",
        "MONITOR": patma.ANYSTR,
        "PREFIX": "(ov)@+",
        "STATUSMSG": "@+",
        "TARGMAX": patma.ANYSTR,
        "UTF8ONLY": None,
        "WHOX": None,
    }

    def run(
        self,
        hostname: str,
        port: int,
        *,
        password: str | None,
        ssl: bool,
        run_services: bool,
        faketime: str | None,
        websocket_hostname: str | None,
        websocket_port: int | None,
    ) -> None:
        """Start a tracker as the suite wants it."""
        if ssl:
            raise NotImplementedByController("TLS")
        if self.test_config.account_registration_requires_email:
            raise NotImplementedByController("accounts that need an e-mail address")
        before_connect = self.test_config.account_registration_before_connect
        self.port, self.hostname = port, hostname
        self.create_config()
        assert self.directory
        command = [
            PYTHON,
            str(TRACKER),
            *("--host", hostname, "--port", str(port)),
            *("--log", str(self.directory / "chat.log"), "--state-dir", str(self.directory / "state")),
            *("--config", str(self.directory / "tracker.toml")),
            *("--server-name", "My.Little.Server", "--server-info", "test server"),
            *("--max-name-length", "32", "--no-limits", "--keep-alive"),
            *("--registration", "before-connect" if before_connect else "open"),
            *self._password_flags(password),
        ]
        if websocket_hostname is not None:
            command += ["--listen", f"{websocket_hostname}:{websocket_port}"]
            # Those tests have one client speak and then another one ask for what it got; only a client's own commands
            # are sure to have taken effect before the answer to its PING.
            self.sync_sleep_time = 0.1
        prefix = ["faketime", "-f", faketime] if faketime else []
        self.faketime_enabled = bool(faketime)
        self.proc = self.execute([*prefix, *command], stdin=subprocess.DEVNULL)

    def kill_proc(self) -> None:
        """End the tracker. Under faketime the suite knows only a wrapper process, which ends sooner."""
        super().kill_proc()
        lock = Path(self.directory or "") / "state" / "lock"
        if lock.exists():
            with lock.open() as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # the tracker releases it last

    def create_config(self) -> None:
        """Write the configuration: one operator."""
        super().create_config()
        hashed = self._tracker("operator", "operuser", secret="operpassword")
        with self.open_file("tracker.toml", "w") as config:
            config.write(hashed)

    def registerUser(  # noqa: N802
        self, case: Any, username: str, password: str | None = None
    ) -> None:
        """Make an account, as the operator does."""
        assert self.directory
        self._tracker("account", "--state-dir", str(self.directory / "state"), "add", username, secret=password or "")

    def wait_for_services(self) -> None:
        """Do nothing: accounts are the tracker's own."""

    def _tracker(self, *arguments: str, secret: str) -> str:
        return subprocess.run(
            [PYTHON, str(TRACKER), *arguments], input=secret + "\n", capture_output=True, text=True, check=True
        ).stdout

    def _password_flags(self, password: str | None) -> list[str]:
        if password is None:
            return ["--no-password"]
        with self.open_file("password", "w") as file:
            file.write(password + "\n")
        return ["--password-file", str(self.directory / "password")]


def get_irctest_controller_class() -> type[ChatcoreController]:
    """Return the controller class for the suite."""
    return ChatcoreController
