"""Serves a chat until it ends: password, banner, console, signals, exit status."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType
from typing import Any

from chatcore.config import Config, load_config
from chatcore.errors import ChatError
from chatcore.protocol.goodbye import BACK_SOON, TRACKER_LEFT
from chatcore.server.access.kept_password import KeptPassword
from chatcore.server.access.passwords import password_troubles
from chatcore.server.cli.banner import Opening, banner
from chatcore.server.cli.chosen_password import PasswordFlags, choose_password, keep_or_forget, settle_the_past
from chatcore.server.cli.printing import is_terminal, takes_output
from chatcore.server.cli.progress import Progress
from chatcore.server.cli.qr_code import can_show_code
from chatcore.server.cli.service_manager import ServiceManager
from chatcore.server.cli.verification_key import show_new_key
from chatcore.server.console.completion import candidates
from chatcore.server.console.console import Console, Lines
from chatcore.server.console.control_socket import ControlSocket
from chatcore.server.console.invitations import invite
from chatcore.server.console.line_source import LineSource
from chatcore.server.console.nearby import in_short
from chatcore.server.console.order_queue import Orders
from chatcore.server.incoming.room_ports import parse_port_range
from chatcore.server.memory_limit import fit, room_bytes, use_few_arenas
from chatcore.server.tracker import Tracker
from chatcore.ssh.host import make_ssh
from chatcore.transport.wake_pipe import WakePipe

_STACK_BYTES = 256 * 1024
_FORCED = 130
RESTART_STATUS = 75  # EX_TEMPFAIL of sysexits.h
_OPEN_MAX = 10_240
_OTHER_DESCRIPTORS = 64  # for everything but clients and room ports: the log, bans, the certificate, accounts


def serve(flags: dict[str, Any]) -> int:
    config_path = flags.pop("config", None)
    about = PasswordFlags.take(flags)
    config = load_config(config_path, flags)
    lines, kept = LineSource(0), KeptPassword(config.state_dir)
    chosen = choose_password(about, kept, lines)
    for remark in chosen.remarks:
        _write(remark)
    for trouble in password_troubles(chosen.text, is_for_all=True):
        _write(f"Note on the password: {trouble}")
    config = settle_the_past(config, chosen.text, lines)
    return run_tracker(
        config,
        chosen.text,
        lines,
        is_made=chosen.is_made,
        is_lost=chosen.is_made and not about.keep,
        on_open=lambda tell: keep_or_forget(about, chosen, kept, tell),
    )


def run_tracker(
    config: Config,
    password: str,
    lines: LineSource,
    *,
    is_made: bool = False,
    is_lost: bool = False,
    on_open: Callable[[Callable[[str], None]], None] = lambda tell: None,
) -> int:
    """Serve until the chat ends; return the exit status. Raises ConfigError if the tracker cannot start.

    `is_made`: the password was made and nobody knows it yet. `is_lost`: the next start will have another one. `on_open`
    is called once this tracker has locked the state folder, with a function that tells the operator something.
    """
    threading.stack_size(_STACK_BYTES)
    config = _within_memory(_within_descriptors(config))
    with WakePipe() as wake_pipe:
        tracker = Tracker(config, password, wake_pipe.wake, make_ssh)
        on_open(tracker.tell)
        tracker.doorbell.is_on = is_terminal() if config.quiet is None else not config.quiet
        orders, manager = Orders(wake_pipe.wake), ServiceManager(os.environ)
        with Interrupts(wake_pipe.wake) as interrupts, ControlSocket(config.state_dir, orders, tracker.tell) as control:
            _start(tracker, control)
            _print_banner(tracker, password, is_made=is_made, is_lost=is_lost)
            manager.ready(f"Listening on port {tracker.port}")
            with _prompted(tracker, lines) as (typed, write):
                console = Console(tracker, typed, wake_pipe, write, orders, takes_output)
                farewell = console.run(lambda: interrupts.count > 0, interrupts.take_reload, manager.reloading)
            interrupts.is_stopping = True
            manager.stopping("Closing")
            control.leave()
            _close(tracker, console, farewell or interrupts.farewell(keep_alive=config.keep_alive))
            control.status = _status(tracker, farewell)
        return control.status


def _start(tracker: Tracker, control: ControlSocket) -> None:
    """Open the chat, and then the socket of `ctl`. Raises ConfigError."""
    if tracker.sealer and tracker.sealer.needs_key:
        tracker.sealer.begin_chain(*show_new_key())  # forks, so before there are threads
    tracker.start(Progress)
    control.start()
    _calm_collector()


def _close(tracker: Tracker, console: Console, farewell: str) -> None:
    """Close the chat with a goodbye, and say so."""
    tracker.stop(farewell)
    console.report()
    if takes_output() or not is_terminal():  # a stopped terminal must not keep the tracker from ending
        _write("The tracker is closed.")


def _status(tracker: Tracker, farewell: str) -> int:
    """Return the exit status of a tracker that has ended. `farewell` is the operator's, '' if it ended by itself."""
    if tracker.has_failed or not tracker.log.is_writable:
        return 1
    return RESTART_STATUS if farewell == BACK_SOON else 0


class Interrupts:
    """A context that counts the signals to end the tracker; a second one while it is closing forces the end.

    SIGHUP is one of them if the process has a terminal that can hang up. Without one, as in a service, SIGHUP asks for
    a reload. If it was ignored at the start, as by nohup, it stays ignored.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self.count = 0
        self._first = 0
        self.is_stopping = False
        self._wants_reload = False
        self._wake = wake
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        handlers = dict.fromkeys((signal.SIGINT, signal.SIGTERM), self._on_signal)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            handlers[signal.SIGHUP] = self._on_signal if has_controlling_terminal() else self._on_reload
        for number, handler in handlers.items():
            self._before[number] = signal.signal(number, handler)
        return self

    def farewell(self, *, keep_alive: bool) -> str:
        """Return the goodbye for the signal that ends the tracker: a service that is stopped will be back."""
        return BACK_SOON if keep_alive and self._first == signal.SIGTERM else TRACKER_LEFT

    def take_reload(self) -> bool:
        """Return whether a reload was requested since the last call."""
        if not self._wants_reload:
            return False
        self._wants_reload = False
        return True

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        self._first = self._first or number
        if self.count > 1 and self.is_stopping:
            os._exit(_FORCED)
        self._wake()

    def _on_reload(self, number: int, frame: FrameType | None) -> None:
        self._wants_reload = True
        self._wake()


@contextlib.contextmanager
def _prompted(tracker: Tracker, lines: LineSource) -> Iterator[tuple[Lines, Callable[[str], None]]]:
    """Yield the source of commands and a function that prints a line: with a prompt if there is a terminal."""
    if not (lines.has_terminal and is_terminal() and os.environ.get("TERM", "dumb") not in ("", "dumb")):
        yield lines, _write
        return
    from chatcore.server.console.prompted_lines import PromptedLines  # only if needed: it costs memory and time

    try:
        prompted = PromptedLines(lines, partial(candidates, tracker))
    except OSError:  # the terminal has gone, and a signal will say so
        yield lines, _write
        return
    with prompted:
        yield prompted, prompted.write


def has_controlling_terminal() -> bool:
    """Return whether this process has a terminal that can hang up."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def _calm_collector() -> None:
    """Run the cycle collector less often: the objects of a message are freed by reference counts alone."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _print_banner(tracker: Tracker, password: str, *, is_made: bool, is_lost: bool) -> None:
    """Print how others join. Only on a terminal with an invitation: elsewhere it would end up in a file."""
    config, at_terminal = tracker.config, is_terminal()
    invitation = None
    if password and at_terminal:
        with contextlib.suppress(ChatError):  # too many invitations, or the log cannot be written
            _, found = invite(tracker, "", config.invitation_uses, config.invitation_hours)
            invitation = found[0].invitation
    opening = Opening(
        config,
        tracker.port,
        tracker.tls_identity.fingerprint,
        bool(password),
        password if is_made else "",
        is_lost=is_lost,
        invitation=invitation,
        others=tracker.footing.others(),
        lan=in_short(tracker.nearby.told()),
        key_fingerprint=tracker.tls_identity.key_fingerprint,
        ssh_fingerprint=tracker.ssh_fingerprint,
    )
    columns = shutil.get_terminal_size().columns if at_terminal else None
    for line in banner(opening, columns, with_code=at_terminal and can_show_code(opening.link)):
        _write(line)


def _write(line: str) -> None:
    """Print a line for the operator, who may have closed the terminal meanwhile."""
    with contextlib.suppress(OSError, ValueError):
        print(line, flush=True)


def _within_memory(config: Config) -> Config:
    """Adapt the limits to the memory that this process may use, if that is limited."""
    room = room_bytes()
    if room is None:
        return config
    use_few_arenas()
    limits = fit(config.limits, room)
    _write(f"This process may use {room >> 20} MB more (ulimit -v): when they are used up, nobody else is let in.")
    return dataclasses.replace(config, limits=limits)


def _within_descriptors(config: Config) -> Config:
    """Raise the limit of open files as far as allowed, and limit the clients to what it suffices for."""
    import resource  # missing on Windows, where `main` has given up already

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (hard, _OPEN_MAX):  # macOS reports no hard limit, but accepts no unlimited soft one
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            break
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = max(1, limit - _OTHER_DESCRIPTORS - len(parse_port_range(config.room_ports)))
    if limit == resource.RLIM_INFINITY or 0 < config.limits.max_clients <= most:
        return config
    _write(f"This system allows {limit} open files: at most {most} clients are let in at once (ulimit -n).")
    return dataclasses.replace(config, limits=dataclasses.replace(config.limits, max_clients=most))
