"""Firefox without a window, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/)."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.support.irc import DEADLINE_S
from tests.support.ports import LOOPBACK

_READY = "WebDriver BiDi listening on "
_START_S = 4 * DEADLINE_S
_ENTER = "\ue007"
_UNTIL = """async () => {
    const until = performance.now() + DEADLINE_MS;
    for (;;) {
        const found = (() => EXPRESSION)();
        if (found) return found;
        if (performance.now() > until) throw new Error("not yet: " + document.body.innerText);
        await new Promise((done) => setTimeout(done, 20));
    }
}"""


class Firefox:
    """A browser with one tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self.call("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        self.call("session.subscribe", events=["log.entryAdded"])
        self._tab: str = self.call("browsingContext.getTree")["contexts"][0]["context"]
        self.errors: list[str] = []

    def call(self, method: str, **params: Any) -> Any:
        """Return the result of a command of the protocol."""
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(timeout=_START_S))
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                self.errors.append(answer["params"]["text"])
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def open(self, url: str) -> None:
        """Go to an address, and wait until its page has loaded."""
        self.call("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def reload(self) -> None:
        """Reload the page."""
        self.call("browsingContext.reload", context=self._tab, wait="complete")

    def run(self, function: str) -> Any:
        """Return what a function of the page returns: a text, a number, true, false or null."""
        target = {"context": self._tab}
        done = self.call("script.callFunction", functionDeclaration=function, awaitPromise=True, target=target)
        assert done["type"] == "success", f"{function}: {done['exceptionDetails']['text']}"
        return done["result"].get("value")

    def until(self, expression: str) -> Any:
        """Return an expression's value once it is true."""
        script = _UNTIL.replace("DEADLINE_MS", str(1000 * DEADLINE_S)).replace("EXPRESSION", expression)
        return self.run(script)

    def type(self, field: str, text: str, *, enters: bool = True) -> None:
        """Type a text into the field with this id, and press Enter."""
        self.until(
            f"document.activeElement === document.getElementById('{field}') || "
            f"document.getElementById('{field}').focus()"
        )
        self.press(*text, *([_ENTER] if enters else []))

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        presses = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keyboard", "actions": presses}]
        self.call("input.performActions", context=self._tab, actions=actions)

    def screenshot(self) -> str:
        """Return a screenshot of the page, a PNG in base64."""
        data: str = self.call("browsingContext.captureScreenshot", context=self._tab)["data"]
        return data


@contextmanager
def firefox(program: Path, folder: Path) -> Iterator[Firefox]:
    """Run Firefox with a new profile in `folder`."""
    profile = folder / "firefox"
    profile.mkdir()
    command = [str(program), "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "MOZ_CRASHREPORTER_DISABLE": "1"}
    quiet, heard = subprocess.DEVNULL, subprocess.PIPE
    with subprocess.Popen(command, stdout=quiet, stderr=heard, text=True, env=environment) as process:
        try:
            assert process.stderr is not None
            line = next((line for line in process.stderr if _READY in line), "")
            assert line, "Firefox ended before it was ready"
            address = line.partition(_READY)[2].strip()
            assert LOOPBACK in address
            with connect(f"{address}/session", max_size=None) as socket:
                browser = Firefox(socket)
                yield browser
                assert browser.errors == []
        finally:
            process.terminate()
            process.communicate(timeout=_START_S)
