"""A person who joins a chat for the first time: their steps, and how long a person takes for each."""

from __future__ import annotations

import time
from collections.abc import Callable

KEY_S = 0.15
READ_S = 1.5
PASTE_S = 1.0
TAP_S = 0.5
COMPARE_S = 5.0
PACE = (
    f"A person takes {KEY_S} s for a key, {PASTE_S:g} s to paste something or to point a camera at a code, {TAP_S} s\n"
    f"to tap at something, {READ_S} s to read a question or a warning, and {COMPARE_S:g} s to compare a fingerprint:\n"
    "this is told apart, and not in the sum."
)


class Person:
    """Waits before each step as long as a person would take for it."""

    def __init__(self, pause: Callable[[float], object] = time.sleep) -> None:
        self._pause = pause
        self.began = time.perf_counter()
        """When they received the invitation."""
        self.steps: list[str] = []
        """Their steps, in order."""
        self.taken_s = 0.0
        """How long these take them, without comparing fingerprints."""
        self.compared_s = 0.0

    def begin(self) -> None:
        """Note that they receive the invitation now."""
        self.began = time.perf_counter()

    def type(self, text: str, into: Callable[[str], object]) -> None:
        """Type key by key."""
        self.steps.append(f"type {text.strip()}" if text.strip() else "Enter")
        for key in text:
            self._take(KEY_S)
            into(key)

    def paste(self, name: str, text: str, into: Callable[[str], object]) -> None:
        """Paste something, which the step calls `name`."""
        self.steps.append(f"paste the {name}")
        self._take(PASTE_S)
        into(text)

    def scan(self, act: Callable[[], object]) -> None:
        """Point the camera at the code."""
        self.steps.append("scan the code")
        self._take(PASTE_S)
        act()

    def tap(self, name: str, act: Callable[[], object]) -> None:
        """Tap at something."""
        self.steps.append(f"tap {name}")
        self._take(TAP_S)
        act()

    def read(self) -> None:
        """Read a question or a warning."""
        self._take(READ_S)

    def compare(self) -> None:
        """Compare the fingerprint that is shown with the one in the invitation."""
        self.steps.append("compare the fingerprint")
        self.compared_s += COMPARE_S
        self._pause(COMPARE_S)

    def _take(self, seconds: float) -> None:
        self.taken_s += seconds
        self._pause(seconds)
