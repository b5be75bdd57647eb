"""All that the client does to the machine it runs on, and to its own process: files, signals, being suspended.

Whoever is a guest on another's machine, as over ssh, has no `Local`: what needs one is refused there, in plain words.
Methods are for any thread but for those about signals, which are the main thread's.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SETTINGS_FILE = "client.toml"

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_SUSPENDING = getattr(signal, "SIGTSTP", None)  # not on Windows
_CONTINUED = getattr(signal, "SIGCONT", None)


class Local:
    """The machine of the person who types."""

    def __init__(self, settings_folder: Path, state_folder: Path) -> None:
        """Use these folders, which need not be there yet."""
        self.settings_path = settings_folder / SETTINGS_FILE
        self._state_folder = state_folder

    @classmethod
    def of_user(cls) -> Local:
        """Return that of whoever started the program."""
        from platformdirs import PlatformDirs  # late: a pipe that needs no folder should not wait for it

        folders = PlatformDirs("chatcore", appauthor=False)
        return cls(folders.user_config_path, folders.user_state_path)

    def read_settings(self) -> bytes | None:
        """Return what is in the file of settings, None if there is none. Raises OSError."""
        return _read(self.settings_path)

    def read_state(self, name: str) -> str:
        """Return what was kept under a name, '' for nothing, also if it cannot be read."""
        with suppress(OSError):
            return (_read(self._state_folder / name) or b"").decode(errors="replace")
        return ""

    def write_state(self, name: str, text: str) -> None:
        """Keep a text under a name, for its owner alone; all of it or, with an OSError, what was there before."""
        self._state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._state_folder, prefix=f"{name}.", delete=False) as file:
            path = Path(file.name)
            try:
                file.write(text.encode(errors="replace"))
                file.close()  # Windows moves no open file
                path.replace(self._state_folder / name)
            except BaseException:
                with suppress(OSError):
                    path.unlink()
                raise

    def append_state(self, name: str, text: str) -> None:
        """Add a text to what is kept under a name. Raises OSError."""
        self._state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(self._state_folder / name, flags, 0o600), "wb") as file:
            file.write(text.encode(errors="replace"))

    def create_file(self, path: Path) -> int:
        """Make a file for its owner alone; return its descriptor. Raises OSError, if there is one already too."""
        return os.open(path, _NEW, 0o600)

    @property
    def can_suspend(self) -> bool:
        """Whether there is a shell's job control, as Windows has none."""
        return _SUSPENDING is not None

    def suspend(self) -> None:
        """Stop until the shell continues us, with all that it has started with us. The terminal is the caller's."""
        if _SUSPENDING is not None:
            os.kill(0, _SUSPENDING)

    @contextmanager
    def told_when_continued(self, tell: Callable[[], None]) -> Iterator[None]:
        """Call `tell` for a while whenever we go on after having been stopped, by our own wish or not."""
        if _CONTINUED is None:
            yield
            return
        before = signal.signal(_CONTINUED, lambda _signum, _frame: tell())
        try:
            yield
        finally:
            signal.signal(_CONTINUED, before)

    @contextmanager
    def ending_by_signals(self, end: Callable[[int], None]) -> Iterator[None]:
        """Have SIGTERM, SIGHUP and SIGQUIT call `end` for a while, unless we were started to ignore them (nohup)."""
        before = {}
        for name in ("SIGTERM", "SIGHUP", "SIGQUIT"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, lambda signum, _frame: end(signum))
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
