"""Debian's WeeChat, without a screen."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.support.irc import DEADLINE_S
from tests.support.trackers import hosted_tracker

PASSWORD = "two words"
_CONFIG = """
[server]
chat.addresses = "127.0.0.1/{port}"
chat.password = "{password}"
chat.nicks = "ann"
chat.autoconnect = on
chat.command = "/join #lobby;/msg #lobby hello from WeeChat;/msg bob hello bob"
"""


def test_weechat_comes_in_and_talks(program: Callable[[str], Path], tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, PASSWORD) as hosted:
        bob = hosted.client("bob", "#lobby", password=PASSWORD)
        (tmp_path / "irc.conf").write_text(_CONFIG.format(port=hosted.port, password=PASSWORD))
        command = [str(program("weechat-headless")), "--dir", str(tmp_path)]
        weechat = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            assert (bob.receive_until("JOIN").source or "").startswith("ann!")
            assert bob.receive_until("PRIVMSG").params == ("#lobby", "hello from WeeChat")
            assert bob.receive_until("PRIVMSG").params == ("bob", "hello bob")
            weechat.terminate()
            assert (bob.receive_until("QUIT").source or "").startswith("ann!")
        finally:
            weechat.kill()
            weechat.wait(DEADLINE_S)
