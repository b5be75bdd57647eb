"""The client's main: read the command line, open a screen, log in, chat, and return the exit status.

0: we left, or the tracker said goodbye. 1: not let in, or the connection was lost for good. 2: a mistake in the command
line, or no tracker could be reached. 128 + N: ended by Ctrl+C or another signal N before the chat began.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace

from chatcore.errors import ConfigError
from chatcore.prompting.interruption import Terminated
from chatcore.protocol.invitations import without_secrets
from chatcore.terminal.arguments import ASK, Options, build_parser, parse_arguments
from chatcore.terminal.choosing import NOT_CHOSEN, Offers, choose
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.connecting.questions import LeftAtPrompt
from chatcore.terminal.local import Local
from chatcore.terminal.nearby import Nearby
from chatcore.terminal.recent import FILE, Visited, find, parse_visited, remember, write_visited
from chatcore.terminal.screen.plain import PlainScreen
from chatcore.terminal.screen.screen import Screen
from chatcore.terminal.session.absence import Memory
from chatcore.terminal.session.effects import Problem
from chatcore.terminal.session.quiet import QUIET_FILE, Quiet
from chatcore.terminal.settings import Settings, read_settings
from chatcore.terminal.typed_history import TypedHistory
from chatcore.terminal.visit import enter, memory_of, stay, tell_end
from chatcore.transport.key_pin import key_fingerprint


def main(argv: Sequence[str] | None = None) -> int:
    """Run the client. `argv` excludes the program's name. Raises SystemExit only after showing help."""
    try:
        options = parse_arguments(argv)
        if not options.host and not _has_keyboard():
            build_parser().print_help()
            return 2
        local = Local.of_user()
        settings, complaints = _read_settings(local)
        with (
            _open_screen(options.theme or settings.theme, settings, local) as screen,
            local.ending_by_signals(screen.terminate),
            local.told_when_continued(screen.resume),
        ):
            for complaint in complaints:
                screen.show(Problem(f"{local.settings_path}: {complaint}"))
            return _visit(options, screen, local, settings)
    except ConfigError as error:
        print(f"chat-client: {without_secrets(str(error))}", file=sys.stderr)
        return 2
    except Terminated as ended:
        return 128 + ended.signum
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _visit(options: Options, screen: Screen, local: Local, settings: Settings) -> int:
    visited = parse_visited(local.read_state(FILE)) if settings.trackers else []

    def come() -> int:
        chosen, known = _choose(options, screen, visited, looks=settings.nearby)
        if screen.is_interactive and settings.name:  # a pipe has to give its name
            chosen = replace(chosen, name=chosen.name or settings.name)
        login = Login(chosen, screen, known or find(visited, chosen.host, chosen.port))
        handshake, welcome = enter(login)
        if screen.is_interactive and settings.trackers:
            key = _key_of(handshake.connection.certificate)
            who = (welcome.params[0], login.fingerprint, chosen.account or "", key)
            _keep(local, Visited(chosen.host, chosen.port, *who), settings.trackers)
        kept = settings.input_history if screen.is_interactive else 0
        history = TypedHistory(local, chosen.host, chosen.port, kept)
        screen.recall(history.lines())

        def new_memory() -> Memory:
            return memory_of(settings, Quiet(local.read_state(QUIET_FILE), chosen.address))

        return stay(login, handshake, welcome, screen, new_memory, local, history)

    return tell_end(screen, come)


def _choose(
    options: Options, screen: Screen, visited: Sequence[Visited], *, looks: bool
) -> tuple[Options, Visited | None]:
    """Let the person choose a tracker if none was named; return it, and what is remembered of it.

    Raises LeftAtPrompt, ConfigError.
    """
    if options.host not in ("", ASK):
        return options, None
    is_person = _has_keyboard()
    offers = Offers(screen, visited if is_person else [])
    try:
        with Nearby(offers.note) if is_person and looks else nullcontext():
            destination, chosen = choose(screen, offers, can_ask_again=is_person)
    except EOFError as error:
        if not _has_keyboard():
            raise ConfigError(NOT_CHOSEN) from error
        raise LeftAtPrompt from error
    if chosen is not None:
        options = replace(options, name=options.name or chosen.name, account=options.account or chosen.account or None)
    return options.going_to(destination), chosen


def _key_of(certificate: bytes | None) -> str:
    with suppress(ValueError):
        return key_fingerprint(certificate) if certificate else ""
    return ""


def _keep(local: Local, latest: Visited, most: int) -> None:
    visited = parse_visited(local.read_state(FILE))  # again: another client may have written it meanwhile
    with suppress(OSError):  # the chat works without it
        local.write_state(FILE, write_visited(remember(visited, latest, most)))


def _has_keyboard() -> bool:
    """Return whether the input is typed by a person, be it on a dumb terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def _open_screen(theme: str, settings: Settings, local: Local) -> Screen:
    """Open a screen: with prompts and colours only if a person both types and reads."""
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        return PlainScreen()
    # A pipe starts in half the time without these.
    from prompt_toolkit.utils import is_dumb_terminal

    from chatcore.terminal.screen.appearance import Appearance
    from chatcore.terminal.screen.attention import Wishes
    from chatcore.terminal.screen.prompt import TerminalScreen

    if is_dumb_terminal():
        return PlainScreen()
    stop = local.suspend if local.can_suspend else None
    return TerminalScreen(Appearance(theme), Wishes(settings.bell, settings.title, settings.notify), stop=stop)


def _read_settings(local: Local) -> tuple[Settings, list[str]]:
    try:
        return read_settings(local.read_settings())
    except OSError as error:
        return Settings(), [f"cannot be read: {error.strerror}"]
