"""The command `chat-tracker log verify`: checks whether a sealed log was changed."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chatcore.command_line import Parser
from chatcore.config import Config, load_config
from chatcore.errors import ConfigError
from chatcore.protocol.escape import escape_for_screen
from chatcore.server.audit.rotated import SEAL_SUFFIX
from chatcore.server.audit.sealing.key_file import SEAL_KEY_FILE, KeyFile, KeyState
from chatcore.server.audit.sealing.keys import chain_of, from_word
from chatcore.server.audit.sealing.seals import find_seals
from chatcore.server.audit.sealing.verifying import Report, Verification
from chatcore.server.cli.beside import add_places, command_parser
from chatcore.server.cli.progress import Progress

_ATTEMPTS = 10
_MAX_SHOWN = 50
_KEY_CHARS = 4096

_DESCRIPTION = """\
Check whether a sealed log was changed, with the verification key that was shown
when its sealing began. The tracker may be running."""

_EPILOG = """\
Each result is printed on a line:
  whole         everything that was sealed is unchanged, up to this time
  not whole     the first line of each file that is altered, missing, doubled,
                reordered or added; and up to when the log is whole
  unsealed      lines that were never sealed: nothing is proved about them
  lost          lines written between copying and emptying the log (logrotate)
  removed       files that the tracker removed, as --log-keep says
  unreadable    a damaged file, if nothing shows which one it was
  unknown       nothing shows whether the end of the log is missing

For a log that is not where its tracker is, give --log. Without the tracker's
state folder, this command cannot tell whether the end of the log is missing.

exit status:
  0    whole
  1    not whole
  2    a wrong option or key, or no seals of this key

examples:
  chat-tracker log verify --key SEAL1...
  chat-tracker log verify --key-file key.txt --log copy/chat.log"""


def verify_main(argv: Sequence[str], given: Mapping[str, Path] | None = None) -> int:
    """Run `log verify`; return the exit status. `given` are options from before `log`. Raises ConfigError."""
    options: dict[str, Any] = {**(given or {}), **vars(_parser().parse_args(argv))}
    key = _key(options.pop("key", None), options.pop("key_file", None))
    has_place = "state_dir" in options or "log" not in options
    config = load_config(options.pop("config", None), options)
    try:
        report = _verify(config, key, is_strict=has_place)
    except OSError as error:
        raise ConfigError(f"cannot read {error.filename or 'the log'}: {error.strerror}") from error
    for line in _shown(report):
        print(escape_for_screen(line))
    return 1 if report.problems else 0


def _verify(config: Config, key: bytes, *, is_strict: bool) -> Report:
    """Verify; repeat it, a few times at most, if the log was sealed or renamed meanwhile. Raises OSError."""
    report = Report()
    for attempt in range(_ATTEMPTS):
        before = _state(config.state_dir)
        try:
            report = _look(config, key, before, is_strict=is_strict)
        except FileNotFoundError:  # it was compressed, or removed
            if attempt == _ATTEMPTS - 1:
                raise
            continue
        if not report.problems or before == _state(config.state_dir):
            break
    return report


def _look(config: Config, key: bytes, state: KeyState | None, *, is_strict: bool) -> Report:
    """Verify once. `is_strict`: the tracker's state must belong to this chain."""
    own = state if state and state.chain == chain_of(key) else None
    path = find_seals(config.log.with_name(config.log.name + SEAL_SUFFIX), key)
    if path is None and own is None:
        if not config.log.exists():
            raise ConfigError(f"there is no log {config.log.absolute()}")
        raise ConfigError(f"there are no seals of this key beside {config.log.absolute()}")
    if path is None:
        return Report([f"the seals of {config.log} are missing, or their first line is altered"])
    size = path.stat().st_size
    with Progress(size + config.log.stat().st_size if config.log.exists() else size) as progress:
        verification = Verification(config.log, path, key, own, progress.add)
        progress.total = size + verification.total_bytes
        report = verification.run()
    if own is None and is_strict:
        file = config.state_dir / SEAL_KEY_FILE
        what = "is missing or damaged" if state is None else "belongs to another chain, which began later or elsewhere"
        report.problems.append(f"{file} {what}: it is unknown whether the end of this chain was cut off")
    elif own is None:
        last = "a tracker ended then" if report.is_ended else "no tracker ended then"
        what = f"whether anything came after the last seal ({last}); the tracker's state folder would tell"
        report.notes.append(f"unknown: {what}")
    return report


def _state(folder: Path) -> KeyState | None:
    return KeyFile(folder / SEAL_KEY_FILE).read()


def _shown(report: Report) -> list[str]:
    """Return what to print."""
    lines = [*(f"not whole: {problem}" for problem in report.problems[:_MAX_SHOWN])]
    if len(report.problems) > _MAX_SHOWN:
        lines.append(f"not whole: and {len(report.problems) - _MAX_SHOWN} more")
    if report.problems:
        lines.append(f"whole until: {report.until or 'nothing is'}")
    else:
        files = "1 file" if report.files == 1 else f"{report.files} files"
        lines.append(f"whole: {report.lines:,} sealed lines in {files}, until {report.until}")
    return [*lines, *report.notes]


def _key(text: str | None, file: Path | None) -> bytes:
    """Return the first key of the chain. Raises ConfigError."""
    if (text is None) == (file is None):
        raise ConfigError("give the verification key with --key or --key-file (--help shows the usage)")
    try:
        if file is not None:
            text = file.read_text(encoding="utf-8", errors="replace")[:_KEY_CHARS]
        elif text == "-":
            text = sys.stdin.read(_KEY_CHARS)
        return from_word((text or "").strip().removeprefix("verification key:"))
    except OSError as error:
        raise ConfigError(f"cannot read the verification key: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _parser() -> Parser:
    parser = command_parser("log verify", _DESCRIPTION, _EPILOG)
    add = parser.add_argument
    add("--key", metavar="KEY", help="the verification key; - reads it from standard input")
    add("--key-file", type=Path, metavar="FILE", help="a file with the verification key in it")
    add_places(parser)
    return parser
