"""Everything the client does to its own machine and process: files, signals, suspending.

A guest on somebody else's machine, as over ssh, has no `Local`, and what needs one is refused with a clear message.
Methods are for any thread, except those about signals, which are for the main thread.
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
        """Use these folders, which need not exist yet."""
        self.settings_path = settings_folder / SETTINGS_FILE
        self._state_folder = state_folder

    @classmethod
    def of_user(cls) -> Local:
        """Return the one with the folders of the user who started the program."""
        from platformdirs import PlatformDirs  # late: a pipe that needs no folder should not wait for it

        folders = PlatformDirs("chatcore", appauthor=False)
        return cls(folders.user_config_path, folders.user_state_path)

    def read_settings(self) -> bytes | None:
        """Return the content of the settings file, None if there is none. Raises OSError."""
        return _read(self.settings_path)

    def read_state(self, name: str) -> str:
        """Return the text kept under a name; '' if there is none, or if it cannot be read."""
        with suppress(OSError):
            return (_read(self._state_folder / name) or b"").decode(errors="replace")
        return ""

    def write_state(self, name: str, text: str) -> None:
        """Atomically replace the text kept under a name. Only the owner can read it. Raises OSError."""
        self._state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._state_folder, prefix=f"{name}.", delete=False) as file:
            path = Path(file.name)
            try:
                file.write(text.encode(errors="replace"))
                file.close()  # Windows cannot move an open file
                path.replace(self._state_folder / name)
            except BaseException:
                with suppress(OSError):
                    path.unlink()
                raise

    def append_state(self, name: str, text: str) -> None:
        """Append to the text kept under a name. Raises OSError."""
        self._state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(self._state_folder / name, flags, 0o600), "wb") as file:
            file.write(text.encode(errors="replace"))

    def create_file(self, path: Path) -> int:
        """Create a file that only its owner can read; return its descriptor. Raises OSError, also if it exists."""
        return os.open(path, _NEW, 0o600)

    @property
    def can_suspend(self) -> bool:
        """Whether there is job control; Windows has none."""
        return _SUSPENDING is not None

    def suspend(self) -> None:
        """Stop our process group until the shell continues it. The caller takes care of the terminal."""
        if _SUSPENDING is not None:
            os.kill(0, _SUSPENDING)

    @contextmanager
    def told_when_continued(self, tell: Callable[[], None]) -> Iterator[None]:
        """Within the block, call `tell` whenever the process continues after having been stopped."""
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
        """Within the block, have SIGTERM, SIGHUP and SIGQUIT call `end`, except those ignored at the start (nohup)."""
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
