"""The section on moderating of docs/irc-clients.md, word for word, in irssi and in WeeChat."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.support.document import Document
from tests.support.irc import DEADLINE_S
from tests.support.operators import hashed
from tests.support.terminal import terminal
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker

_LINES = [
    line.replace("PASSWORD", "SECRET") for line in Document("docs/irc-clients.md").section("Moderating").indented()
]
_COMMANDS = [line for line in _LINES if not line.startswith("/alias")]
_LOGGED = [
    "kick #lobby ann eve :be nice",
    "mode #lobby ann +b eve!*@*",
    "mode #lobby ann +b m:eve!*@*",
    "mode #lobby ann +W 10",
    "kill ann eve :enough",
    "ban eve ann :being rude",
    "ban 192.0.2.0/24 ann",
    "unban eve ann",
]
_CONFIG = """
[server]
chat.addresses = "127.0.0.1/{port}"
chat.nicks = "ann"
chat.autoconnect = on
chat.anti_flood_prio_high = 0
chat.command = "{commands}"
"""


def _logged(hosted: Hosted) -> list[str]:
    kinds = {line.partition(" ")[0] for line in _LOGGED}
    return [line for line in hosted.log_lines() if line.partition(" ")[0] in kinds]


def test_irssi_follows_the_document(program: Callable[[str], Path], tmp_path: Path) -> None:
    (tmp_path / "config").write_text('settings = { "irc/core" = { cmd_queue_speed = "10msecs"; }; };')
    with hosted_tracker(tmp_path, operators={"ann": hashed("SECRET")}) as hosted:
        hosted.client("bob", "#lobby")
        hosted.client("eve", "#lobby")
        options = (f"--home={tmp_path}", "-c", "127.0.0.1", "-p", str(hosted.port), "-n", "ann")
        with terminal(str(program("irssi")), *options, cwd=tmp_path) as irssi:
            irssi.expect("Welcome to the chat, ann")
            for line in _COMMANDS:
                irssi.enter(line)
            wait_until(lambda: len(_logged(hosted)) == len(_LOGGED))
            assert _logged(hosted) == _LOGGED
            irssi.enter(next(line for line in _LINES if line.startswith("/alias slow")))
            irssi.enter("/join #own")
            irssi.expect("[@ann]")
            irssi.enter("/slow 10")
            wait_until(lambda: hosted.log_lines()[-1] == "mode #own ann +W 10")
            irssi.enter("/quit")
            assert irssi.wait() == 0


def test_weechat_follows_the_document(program: Callable[[str], Path], tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, operators={"ann": hashed("SECRET")}) as hosted:
        hosted.client("bob", "#lobby")
        hosted.client("eve", "#lobby")
        (tmp_path / "irc.conf").write_text(_CONFIG.format(port=hosted.port, commands=";".join(_COMMANDS)))
        command = [str(program("weechat-headless")), "--dir", str(tmp_path)]
        weechat = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            wait_until(lambda: len(_logged(hosted)) == len(_LOGGED))
            assert _logged(hosted) == _LOGGED
        finally:
            weechat.kill()
            weechat.wait(DEADLINE_S)
