"""Erases messages: asks the tracker that uses the state folder or, if there is none, does it in this process."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from contextlib import closing
from time import monotonic, sleep

from chatcore.config import Config
from chatcore.errors import ConfigError, StateInUse
from chatcore.server.archive.erasing.alone import erasing_alone
from chatcore.server.archive.erasing.erase_mail import ERASE_LOCK, EraseAnswer, EraseMail, EraseRequest
from chatcore.server.file_lock import locked_at_once
from chatcore.server.state_folder import StateFolder
from chatcore.server.state_versions import refuse_newer
from chatcore.state.erasure import Erasure

_LOOK_S = 0.1
_TAKEN_WITHIN_S = 60.0
_TOLD_AFTER_S = 1.0
_MB = 1 << 20


def erase_history(config: Config, erasure: Erasure) -> int:
    """Carry out an erasure and print the result; return the exit status. Raises ConfigError."""
    folder = config.state_dir
    refuse_newer(folder)
    mail = EraseMail(folder)
    request = EraseRequest(secrets.token_hex(8), erasure)
    try:
        with locked_at_once(folder / ERASE_LOCK):
            mail.ask(request)
            answer = _await(config, mail, request.id, _Progress())
            mail.clear_answer()
    except BlockingIOError as error:
        raise ConfigError("another `history erase` or a `backup` is running: try again when it has ended") from error
    except OSError as error:
        raise ConfigError(f"cannot write to the state folder {folder.absolute()}: {error.strerror}") from error
    count = f"{answer.messages:,} message{'s' * (answer.messages != 1)}"
    print(f"Erased {count}. The log is unchanged: {config.log.absolute()}")
    for problem in answer.problems:
        print(f"chat-tracker: {problem}", file=sys.stderr)
    return 2 if answer.problems else 0


def _await(config: Config, mail: EraseMail, id_: str, progress: _Progress) -> EraseAnswer:
    """Wait until the request is carried out, or carry it out if there is no tracker, or no longer one."""
    asked_at = monotonic()
    try:
        while True:
            _carry_out_alone(config, mail, progress)
            answer = mail.read_answer(id_)
            if answer is not None and answer.is_done:
                return answer
            if not mail.has_request and not _is_done(mail.read_answer(id_)):
                raise ConfigError("the outcome is unknown: the tracker could not write its answer")
            if mail.is_waiting and monotonic() - asked_at > _TAKEN_WITHIN_S and mail.withdraw():
                raise ConfigError("not erased: the running tracker does not answer; is it an older version?")
            progress.show(answer)
            sleep(_LOOK_S)
    except KeyboardInterrupt:
        progress.say(_interrupted(mail))
        raise
    finally:
        progress.end()


def _is_done(answer: EraseAnswer | None) -> bool:
    return answer is not None and answer.is_done


def _interrupted(mail: EraseMail) -> str:
    """Withdraw the request if that is still possible; return a line that says what happened."""
    if mail.withdraw():
        return "Not erased."
    return "The tracker goes on erasing." if mail.has_request else "Interrupted: some messages may be erased already."


def _carry_out_alone(config: Config, mail: EraseMail, progress: _Progress) -> None:
    """Carry out the request, if no tracker uses the folder."""
    try:
        folder = StateFolder(config.state_dir)
    except StateInUse:
        return
    with closing(folder):
        try:
            with erasing_alone(config.state_dir, config.history_mb * _MB, progress.say) as duty:
                duty.on_step = progress.show
                duty.carry_out()
        except KeyboardInterrupt:
            mail.drop()
            raise


class _Progress:
    """Shows on a terminal how far the erasing is, if it takes longer than a second."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._begun_at = clock()
        self._shown = ""

    def show(self, answer: EraseAnswer | None) -> None:
        """Show how far a request is; None if it has not begun."""
        if self._clock() - self._begun_at < _TOLD_AFTER_S or not sys.stderr.isatty():
            return
        text = "waiting for the tracker" if answer is None else f"{answer.percent} % of {answer.files} files"
        if text != self._shown:
            print(f"\r{text:30}", end="", file=sys.stderr, flush=True)
            self._shown = text

    def say(self, text: str) -> None:
        """Print a line in between."""
        self.end()
        print(text, file=sys.stderr)

    def end(self) -> None:
        """Clear the line."""
        if self._shown:
            print(f"\r{'':30}\r", end="", file=sys.stderr, flush=True)
            self._shown = ""
