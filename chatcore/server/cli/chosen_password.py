"""The password of the chat at the start: kept, from a file or pipe, typed, or made; and which history it opens.

Only a person at a terminal is asked questions; without one, the tracker does not wait for an answer.
"""

from __future__ import annotations

import dataclasses
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatcore.config import Config
from chatcore.errors import ConfigError
from chatcore.server.access.eras import PASSWORDS_FILE, Eras
from chatcore.server.access.kept_password import KeptPassword
from chatcore.server.access.passwords import password_problem
from chatcore.server.console.line_source import LineSource

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike


@dataclass(frozen=True, slots=True)
class PasswordFlags:
    """The flags of the command line that concern the password."""

    file: Path | None = None
    none: bool = False
    keep: bool = False
    forget: bool = False

    @classmethod
    def take(cls, flags: dict[str, Any]) -> PasswordFlags:
        """Take these out of all flags."""
        return cls(
            flags.pop("password_file", None),
            flags.pop("no_password", False),
            flags.pop("keep_password", False),
            flags.pop("forget_password", False),
        )


@dataclass(frozen=True, slots=True)
class ChosenPassword:
    """The password of the chat, '' for none, and where it came from."""

    text: str
    is_made: bool = False  # and not shown yet
    is_kept: bool = False
    remarks: tuple[str, ...] = ()


def choose_password(flags: PasswordFlags, kept: KeptPassword, lines: LineSource) -> ChosenPassword:
    """Return the password: the kept one, from a file, the first line of input, or from the person at the terminal.

    Raises ConfigError if there is none, and EOFError.
    """
    if flags.none:
        return ChosenPassword("")
    has_terminal = os.isatty(0)
    if flags.file is None and not flags.forget and (flags.keep or has_terminal):
        password = kept.read()
        if password is not None:
            return ChosenPassword(password, is_kept=True, remarks=tuple(_remarks_on(kept)))
    if flags.keep and not has_terminal:
        raise ConfigError(
            f"no password is kept in {kept.path} yet: start once on a terminal with --keep-password, or use "
            "--password-file"
        )
    if flags.file is None and has_terminal:
        return _ask_password(lines)
    return ChosenPassword(read_password(flags.file, lines))


def read_password(password_file: Path | None, lines: LineSource) -> str:
    """Return the password from a file, or the first line of input. Raises ConfigError if there is none."""
    if password_file is not None:
        try:
            password = password_file.read_text(encoding="utf-8-sig").partition("\n")[0].removesuffix("\r")
        except OSError as error:
            raise ConfigError(f"cannot read the password from {password_file}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ConfigError(f"the password in {password_file} is not UTF-8") from error
    else:
        password = lines.read_line() or ""
    if not password:
        raise ConfigError("no password: give one, or start with --no-password")
    problem = password_problem(password)
    if problem:
        raise ConfigError(problem)
    return password


def generate_password() -> str:
    """Return a password that cannot be guessed but is easy to read out: 4 groups of 4, 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def settle_the_past(config: Config, password: str, lines: LineSource) -> Config:
    """Ask the host whether this password opens older history, if that is undecided and there is somebody to ask.

    Raises ConfigError if the earlier passwords cannot be read, and EOFError.
    """
    if config.history_across_passwords is not None or not config.is_archive_on or not lines.has_person:
        return config
    eras = Eras(config.state_dir / PASSWORDS_FILE, password)
    if not eras.difference:
        return config
    may_read = lines.ask_yes(f"{eras.difference}. May {eras.readers} read what was said before? [y/N] ")
    return dataclasses.replace(config, history_across_passwords=may_read)


def keep_or_forget(
    flags: PasswordFlags, chosen: ChosenPassword, kept: KeptPassword, tell: Callable[[str], None]
) -> None:
    """Keep or forget the password as the flags say, and `tell` what was done. This tracker has the state folder."""
    path = kept.path.absolute()
    try:
        if flags.forget:
            kept.forget()
        if flags.keep and not chosen.is_kept:
            kept.keep(chosen.text)
            tell(f"The password is kept in {path} for the next start; --forget-password removes it.")
        elif flags.forget:
            tell(f"No password is kept in {path.parent} now.")
    except OSError as error:
        tell(f"Cannot change the kept password in {path}: {error.strerror}")


def _remarks_on(kept: KeptPassword) -> Iterator[str]:
    path = kept.path.absolute()
    yield f"The password is the one kept in {path} (--forget-password asks for another)."
    if kept.was_exposed:
        yield "Others on this machine could read it there: choose another one with --forget-password --keep-password."


def _ask_password(lines: LineSource) -> ChosenPassword:
    """Ask the person at the terminal until the password is valid. Raises EOFError."""
    while True:
        password = lines.ask_secret("Password for the chat (Enter makes one): ")
        if not password:
            return ChosenPassword(generate_password(), is_made=True)
        problem = password_problem(password)
        if problem is None:
            return ChosenPassword(password)
        print(f"No: {problem}.", file=sys.stderr)
