"""What the pictures show: a chat of a few people, from its first line to a lost connection."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pictures.page import chromium, come_in, picture, say, together
from pictures.svg import DARK, LIGHT, Colours
from pictures.window import Window

_ROOT = Path(__file__).parents[1]
_ADDRESS = "192.168.1.5"
_PASSWORD = "tea-at-five"
_PASTED = "".join(f"    step {number}: mix, knead and wait\n" for number in range(1, 13))


_CODE = """This tells you when:
```
while sleep 1h; do
  weather --frost garden && say 'cover the beans'
done
```"""


class Picture(NamedTuple):
    """The name of a file, and its content."""

    name: str
    content: str | bytes


class _Chat:
    """A tracker, and people who talk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._windows: list[Window] = []
        self.tracker = self.start("tracker.py", columns=84, rows=60)
        self.tracker.until("assword")
        self.tracker.enter(_PASSWORD)
        self.tracker.until("Type help")

    def start(self, program: str, *words: str, columns: int = 80, rows: int = 20, colours: Colours = DARK) -> Window:
        """Run a program of ours in a window."""
        command = (sys.executable, str(_ROOT / program), *words)
        return self._open(Window(*command, folder=self._folder, columns=columns, rows=rows, colours=colours))

    def shell(self, line: str, options: str = "", rows: int = 20) -> Window:
        """Run what somebody types at a prompt; `options` stay hidden."""
        command = f"printf '%s\\n' '$ {line}'; exec {line} {options}"
        return self._open(Window("/bin/sh", "-c", command, folder=self._folder, columns=80, rows=rows, colours=DARK))

    def _open(self, window: Window) -> Window:
        self._windows.append(window)
        return window

    def join(self, name: str, colours: Colours = DARK) -> Window:
        """Join with the terminal client."""
        window = self.start("client.py", _ADDRESS, "8000", name, colours=colours)
        self.until(window, "assword")
        window.enter(_PASSWORD)
        self.until(window, f"{name} joined #lobby")
        return window

    def until(self, window: Window, pattern: str) -> None:
        window.until(pattern, *(each for each in self._windows if each is not window and each.process.poll() is None))

    def say(self, window: Window, line: str, seen_by: Window, pattern: str = "") -> None:
        """Type a line in one window, and wait until another shows it."""
        window.enter(line)
        self.until(seen_by, pattern or re.escape(line[-20:]))

    def end(self) -> None:
        for window in self._windows:
            window.end()


def pictures(folder: Path) -> Iterator[Picture]:
    """Yield all pictures. The tracker runs in `folder`, whose path the pictures show."""
    chat = _Chat(folder)
    try:
        ben, carol = chat.join("ben"), chat.join("carol")
        chat.until(chat.tracker, "carol")
        yield Picture("tracker.svg", chat.tracker.picture("The tracker: how others join, and who comes"))
        ann, light = chat.join("ann"), chat.join("eve", LIGHT)
        yield from _talk(chat, ann, light, ben, carol)
        yield from _come_by_ssh(chat, ben)
        yield from _turn(chat, ann, ben)
        yield from _paste(chat, ann)
        yield from _browse(chat, ann, ben, carol)
        yield from _lose(chat, ann)
    finally:
        chat.end()


def _talk(chat: _Chat, ann: Window, light: Window, ben: Window, carol: Window) -> Iterator[Picture]:
    for window in (ann, ben):
        window.enter("/join garden")
        chat.until(window, "in #garden: ")
        window.enter("/join lobby")
        chat.until(window, "#lobby ──")
    for window in (ann, light):
        window.enter("/clear")
    chat.say(ben, "good morning! who brings the cake today?", ann)
    chat.say(
        carol, "I do: carrots, walnuts and 蛋糕 from the shop at the corner, it has to last for all", ann, "for all"
    )
    chat.say(ann, "/reply ben carol does, and I bring the tea", light, "bring the tea")
    chat.say(carol, "/react ben tada", ann, "carol reacted")
    chat.say(light, "here is the list of what is left to do: https://wiki.example/garden/november", ann, "november")
    chat.say(ben, "/me puts the kettle on", ann, "kettle on")
    chat.say(carol, "ann, can you take the key with you?", ann)
    chat.say(carol, "/msg ann is there any of yesterday's left? I could have some now", ann, "carol 1")
    ben.enter("/send garden the beans are out, and so are the snails")
    chat.until(ann, "#garden 1")
    ann.type("on my wa")
    chat.until(ann, "> on my wa")
    yield Picture("client.svg", ann.picture("The terminal client: a conversation, and the line that numbers them all"))
    chat.until(light, "the key with you")
    yield Picture("client-light.svg", light.picture("The terminal client on a light background"))


def _come_by_ssh(chat: _Chat, ben: Window) -> Iterator[Picture]:
    hidden = "-F /dev/null -o UserKnownHostsFile=/home/ann/known -o LogLevel=ERROR"
    fred = chat.shell(f"ssh fred@{_ADDRESS} -p 8000", hidden)
    fred.until("yes/no")
    fred.enter("yes")
    chat.until(fred, "assword:")
    fred.enter(_PASSWORD)
    chat.until(fred, "fred joined #lobby")
    chat.say(ben, "hello fred, you are fast today", fred, "fast today")
    chat.say(fred, "nothing to install, and the cake is not going to wait", ben, "to wait")
    chat.until(fred, "to wait")
    yield Picture("ssh.svg", fred.picture("The chat by ssh: the fingerprint, the password, and you are in"))
    fred.enter("/quit")


def _turn(chat: _Chat, ann: Window, ben: Window) -> Iterator[Picture]:
    ben.enter("/send garden ann, do we have a net?")
    chat.until(ann, "#garden")
    ann.type("\x1b2")
    chat.until(ann, "do we have a net")
    yield Picture("client-views.svg", ann.picture("The terminal client after Alt+2: what is new in another room"))


def _paste(chat: _Chat, ann: Window) -> Iterator[Picture]:
    ann.type("\x15")
    ann.type(f"\x1b[200~{_PASTED}\x1b[201~")
    chat.until(ann, "step 12")
    ann.enter()
    chat.until(ann, "12 lines to #garden")
    yield Picture("client-paste.svg", ann.picture("The terminal client asks what to do with twelve pasted lines"))
    ann.type("\x03")


def _browse(chat: _Chat, ann: Window, ben: Window, carol: Window) -> Iterator[Picture]:
    ann.enter("/join lobby")
    chat.until(ann, "#lobby ──")
    with chromium() as browser:
        light = come_in(browser, "dora", _PASSWORD, "light")
        dark = come_in(browser, "finn", _PASSWORD, "dark")
        phone = come_in(browser, "gwen", _PASSWORD, "dark", has_phone=True)
        ann.enter("/clear")
        chat.say(ben, "/topic Garden and kitchen: https://wiki.example/garden", carol, "wiki.example")
        chat.say(carol, "*Frost* is coming on Saturday, who helps with the beans?", ben, "the beans")
        say(light, "I do, and I bring the fleece")
        chat.say(ben, "/reply dora there is some left in the shed, see #garden", carol, "in the shed")
        chat.say(carol, "/react dora heart", ben, "carol reacted")
        say(dark, _CODE)
        chat.say(ben, "/send garden dora, how much fleece do we need?", carol, "#garden")
        say(phone, "on my way, with the kettle")
        yield Picture("web-light.png", picture(light))
        yield Picture("web-dark.png", picture(dark))
        yield Picture("web-phone.png", picture(phone))
        light.locator("#show-search").click()
        light.locator("#search-text").fill("beans")
        light.locator("#search-text").press("Enter")
        light.locator("#search-results li").first.wait_for()
        yield Picture("web-search.png", picture(light))
        light.keyboard.press("Escape")
        light.locator("#find-room").click()
        light.locator("#finder li").first.wait_for()
        yield Picture("web-rooms.png", picture(light))
        light.keyboard.press("Escape")
        ann.type("I can bri")
        chat.until(ann, "> I can bri")
        yield Picture("together.jpg", together(browser, light, phone, ann.picture("")))


def _lose(chat: _Chat, ann: Window) -> Iterator[Picture]:
    ann.type("\x15")
    chat.tracker.process.kill()
    chat.tracker.process.wait()
    chat.until(ann, r"[0-9] s")
    ann.type("half a line sta")
    chat.until(ann, "half a line sta")
    yield Picture("client-lost.svg", ann.picture("The terminal client while it reconnects"))
