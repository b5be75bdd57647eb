"""Bots made with libraries from PyPI, which split a long text by their own rules: all of it arrives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.trackers import hosted_tracker

PASSWORD = "open sesame, please"

_PYDLE = """
import sys, pydle

class Bot(pydle.Client):
    async def on_connect(self):
        await self.join("#room")

    async def on_join(self, channel, user):
        if user == self.nickname:
            await self.message(channel, sys.argv[3])
            await self.notice(channel, sys.argv[3])

Bot("bot", realname="A bot", username="bot").run("127.0.0.1", port=int(sys.argv[1]), password=sys.argv[2], tls=False)
"""
_IRC3 = """
import asyncio, sys, irc3

@irc3.plugin
class Talk:
    def __init__(self, bot):
        self.bot = bot

    @irc3.event(irc3.rfc.CONNECTED)
    def connected(self, **_):
        self.bot.join("#room")

    @irc3.event(irc3.rfc.JOIN)
    def joined(self, mask, channel, **_):
        self.bot.privmsg(channel, sys.argv[3])
        self.bot.notice(channel, sys.argv[3])

bot = irc3.IrcBot(
    nick="bot", username="bot", host="127.0.0.1", port=int(sys.argv[1]), ssl=False, password=sys.argv[2],
    max_length=510, includes=["irc3.plugins.core", "__main__"], autoconnect=False,
)
bot.create_connection()
bot.loop.run_forever()
"""
_TEXT = " ".join(f"m{'o' * (number % 7)}t{'é' if number % 2 else 'e'}{number}" for number in range(250))
_LAST_WORD = _TEXT.split()[-1]


@pytest.mark.parametrize("script", [_PYDLE, _IRC3], ids=["pydle", "irc3"])
def test_a_long_text_arrives_whole(script: str, tmp_path: Path) -> None:
    """The password has several words; irc3 sends it without a colon."""
    with hosted_tracker(tmp_path, PASSWORD) as hosted:
        bob = hosted.client("bob", "#room", password=f":{PASSWORD}")
        bot = subprocess.Popen([sys.executable, "-c", script, str(hosted.port), PASSWORD, _TEXT], cwd=tmp_path)
        try:
            for kind in ("PRIVMSG", "NOTICE"):
                heard: list[str] = []
                while not heard or not heard[-1].endswith(_LAST_WORD):
                    heard.append(bob.receive_until(kind, "#room").params[-1])
                assert "".join(heard).replace(" ", "") == _TEXT.replace(" ", "")
        finally:
            bot.kill()
            bot.wait()
