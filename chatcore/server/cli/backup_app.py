"""The command `chat-tracker backup`: a copy of state, archive and log, beside a running tracker or without one."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from chatcore.command_line import Parser
from chatcore.config import Config, load_config
from chatcore.errors import ConfigError
from chatcore.server.backup.contents import is_kept
from chatcore.server.backup.copying import LOGS, STATE, Copied, Copying, estimate, is_copied_from, undisturbed
from chatcore.server.backup.parcel import STANDARD_OUTPUT, UNFINISHED, check_free, check_name, parcel
from chatcore.server.cli.beside import add_places, command_parser
from chatcore.server.cli.progress import Progress
from chatcore.server.state_versions import refuse_newer

_DESCRIPTION = """\
Copy everything that a tracker keeps into FILE: the state folder and the log.
The tracker may be running; nobody notices. Everything said before this command
began is in the copy."""

_EPILOG = """\
FILE ends in .tar.gz, or in .tar to be left uncompressed. - is standard output,
compressed. The file appears when it is complete; only you can read it.

It contains the certificate and its key, accounts and messages, so it is as
secret as the state folder. It contains neither the key that seals the log nor
anything outside the folders: settings, a certificate of your own.

restoring, into an empty folder:
  tar -xpf FILE
  chat-tracker --state-dir state --log logs/chat.log

exit status:
  0    done
  2    not done: no FILE was written, and standard error says why
  130  Ctrl+C

examples:
  chat-tracker backup /backup/chat.tar.gz --state-dir /var/lib/chat/state \\
      --log /var/lib/chat/logs/chat.log
  chat-tracker --config tracker.toml backup - | ssh host 'cat > chat.tar.gz'"""

_NICENESS = 10
_OPEN_MAX = 10_240


def backup_main(argv: Sequence[str], given: Mapping[str, Path] | None = None) -> int:
    """Run `backup FILE`; return the exit status. `given` are options from before the word `backup`.

    Raises ConfigError. Main thread.
    """
    options = {**(given or {}), **vars(_parser().parse_args(argv))}
    path, force, is_quiet = (options.pop(name) for name in ("path", "force", "quiet"))
    config = load_config(options.pop("config", None), options)
    try:
        _check(path, config, force=force)
        _be_modest()
        with _ending_on_sigterm():
            copied = make_backup(path, config, force=force)
    except OSError as error:  # mostly another user's folder
        raise ConfigError(f"cannot use {error.filename or path}: {error.strerror}") from error
    for remark in copied.remarks:
        print(f"chat-tracker: {remark}", file=sys.stderr)
    if not is_quiet:
        _report(path, copied)
    return 0


def make_backup(path: Path, config: Config, *, force: bool) -> Copied:
    """Copy everything into a file; return what was copied. Raises ConfigError."""
    folder, log = config.state_dir, config.log
    with (
        undisturbed(folder),
        _temporary(path) as temporary,
        Progress(estimate(folder, log)) as progress,
        parcel(path, folder.stat(), progress.add, force=force) as into,
    ):
        return Copying(folder, log, into, temporary).run()


def _parser() -> Parser:
    parser = command_parser("backup", _DESCRIPTION, _EPILOG)
    add = parser.add_argument
    add("path", type=Path, metavar="FILE", help="where the backup goes; - is standard output")
    add("--force", action="store_true", default=False, help="replace an existing FILE")
    add("-q", "--quiet", action="store_true", default=False, help="report only what went wrong")
    add_places(parser)
    return parser


def _check(path: Path, config: Config, *, force: bool) -> None:
    """Raise ConfigError if it is known beforehand that the backup will fail."""
    folder = config.state_dir
    check_name(path)
    if not folder.is_dir() or not any(is_kept(found.name) for found in folder.iterdir()):
        raise ConfigError(f"no tracker has used the state folder {folder.absolute()} (--state-dir names another)")
    refuse_newer(folder)
    if path == STANDARD_OUTPUT:
        return
    if is_copied_from(path, folder, config.log):
        raise ConfigError(f"{path} would be part of the backup itself: choose another folder")
    if not force:
        check_free(path)
    elif path.exists() and not path.is_file():
        raise ConfigError(f"{path} is not a file")


@contextlib.contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    """Yield a path for a temporary file: beside the backup, where there is room for it."""
    if path != STANDARD_OUTPUT:
        yield path.with_name(f"{path.name}{UNFINISHED}.sqlite")
        return
    with tempfile.TemporaryDirectory(prefix="chat-backup-") as folder:
        yield Path(folder) / "copy.sqlite"


def _be_modest() -> None:
    """Yield the processor to the chat when it is busy, and allow as many open files as a log may have."""
    import resource  # not on Windows, where no tracker runs

    with contextlib.suppress(OSError):  # a sandbox may forbid it
        os.nice(_NICENESS)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < _OPEN_MAX:
        wanted = _OPEN_MAX if hard == resource.RLIM_INFINITY else min(hard, _OPEN_MAX)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


@contextlib.contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """Clean up on SIGTERM and SIGHUP as on Ctrl+C, so that no half file is left behind."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    ending = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    before: dict[int, Any] = {number: signal.signal(number, end) for number in ending}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _report(path: Path, copied: Copied) -> None:
    for folder in (STATE, LOGS):
        files = copied.files[folder]
        print(f"{folder}: {files} file{'s' * (files != 1)}, {_megabytes(copied.sizes[folder])}", file=sys.stderr)
    if path != STANDARD_OUTPUT:
        print(f"{path}: {_megabytes(path.stat().st_size)}, as secret as the state folder", file=sys.stderr)


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
