"""What a tracker opens before it serves anybody: state folder, log, certificate, ports."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from time import monotonic, time

from chatcore.config import Config, parse_log_rotate
from chatcore.errors import AccountsUnavailable
from chatcore.server.access.accounts import AccountStore
from chatcore.server.access.bans import Bans
from chatcore.server.access.eras import NO_ERA, PASSWORDS_FILE, Era, Eras
from chatcore.server.access.invitations import Invitations
from chatcore.server.access.issued_invitation import InvitationFile
from chatcore.server.access.keyring import Keyring
from chatcore.server.access.resume_file import ResumeFile
from chatcore.server.access.resume_tokens import ResumeTokens
from chatcore.server.archive.holdings import Holdings
from chatcore.server.audit.log import AuditLog
from chatcore.server.audit.recovery import RecoveringLog
from chatcore.server.audit.rotation import Rotation
from chatcore.server.audit.sealing.sealer import open_sealer
from chatcore.server.audit.tidying import Tidying
from chatcore.server.own_names import own_names
from chatcore.server.state_folder import StateFolder
from chatcore.server.state_versions import refuse_newer
from chatcore.server.upkeep.certificate_watch import CertificateWatch
from chatcore.transport.listening import bind_all
from chatcore.transport.ssh import SshHost

MakeSsh = Callable[[Config, Callable[[str], None]], SshHost | None]
"""Return the ssh side of a tracker, None if it has none; it may tell the operator why. Raises ConfigError."""


def no_ssh(config: Config, tell: Callable[[str], None]) -> None:
    """Return None: nobody can come by ssh."""


class Premises:
    """Everything a tracker opens: all of it is open, or nothing is.

    The main thread opens and closes it; the parts say which threads may use them.
    """

    def __init__(self, config: Config, password: str, tell: Callable[[str], None], make_ssh: MakeSsh = no_ssh) -> None:
        """Open everything; `tell` tells the operator something. Raises ConfigError in words for the operator."""
        with contextlib.ExitStack() as opened:  # if one part fails, those before it are closed again
            self.password = password
            folder = StateFolder(config.state_dir, tell)
            opened.callback(folder.close)
            refuse_newer(config.state_dir)
            eras = Eras(config.state_dir / PASSWORDS_FILE, password) if config.is_archive_on else None
            self.bans = Bans(config.state_dir / "bans.json")
            self.keys = Keyring(password, config.operators, config.state_dir, config.limits.max_derivations)
            opened.callback(self.keys.close)
            file = ResumeFile(config.state_dir, password, tell)
            opened.callback(file.close)
            self.tokens = ResumeTokens(file, monotonic, time)
            self.invited = InvitationFile(config.state_dir, password, tell)
            opened.callback(self.invited.close)
            self.invitations = Invitations(self.invited, monotonic, time, are_needed=bool(password))
            self.holdings = Holdings(config, tell, _account_ids(self.keys.accounts), self.tokens.identities())
            opened.callback(self.holdings.close)
            self.sealer = open_sealer(config.log, config.state_dir, tell) if config.seal else None
            if self.sealer:
                opened.callback(self.sealer.close)
            self.tidying = Tidying(config.log, config.log_keep, tell, self._forget)
            rotation = Rotation(config.log, parse_log_rotate(config.log_rotate))
            self.log = (RecoveringLog if config.cluster else AuditLog)(
                config.log,
                fsync=config.fsync,
                tell=tell,
                witness=self.sealer,
                rotation=rotation,
                on_left=self.tidying.wake,
            )
            opened.callback(self.log.close)
            self.certificate = CertificateWatch(
                config.state_dir, config.tls_cert, config.tls_key, own_names(config), clock=time, tell=tell
            )
            self.ssh = make_ssh(config, tell)
            if self.ssh:
                opened.callback(self.ssh.stop)
            more = (where.rpartition(":") for where in config.listen)
            self.sockets = bind_all([(config.host, config.port), *((host, int(port)) for host, _, port in more)])
            self.eras = _begin_era(eras, config, tell) if eras else NO_ERA
            self._era_file = eras
            if eras and eras.is_first and folder.was_used:
                tell(_what_is_new(config))
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Force the log to disk and close everything but the ports, which belong to the listener by now."""
        self.log.sync()
        self._opened.close()

    def give_up(self) -> None:
        """Close everything, including the ports: nobody will be served."""
        for sock in self.sockets:
            sock.close()
        self.close()

    def note_refused(self) -> None:
        """Note that the tracker does not start: its password may be wrong."""
        if self._era_file is not None:
            self._era_file.note_refused()
            with contextlib.suppress(OSError):  # the password then counts as one that was used
                self._era_file.save()

    def _forget(self, left: Path) -> None:
        """Record in the seals that a log file is removed on purpose. Raises OSError: then the file must stay."""
        if self.sealer:
            self.sealer.forget(left)


def _account_ids(accounts: AccountStore) -> frozenset[str] | None:
    """Return the ids of all accounts; None if they are unknown, or if there are none: the file may be lost."""
    with contextlib.suppress(AccountsUnavailable):
        return frozenset(found.account_id for found in accounts.all().values()) or None
    return None


def _what_is_new(config: Config) -> str:
    """Return a notice for operators who upgrade: earlier versions kept no messages, and they did not choose this."""
    return (
        f"New: from now on messages are kept for {config.history_span} in {config.state_dir.absolute()}, so that "
        "people can read and search them after a restart too. --history-days 0 turns that off."
    )


def _begin_era(eras: Eras, config: Config, tell: Callable[[str], None]) -> Era:
    """Begin the password's era and decide what may be read in it. A full disk does not stop the tracker."""
    if config.history_across_passwords is None and eras.difference:
        tell(
            f"{eras.difference}: {eras.shut_out} read what was said before. "
            "--history-across-passwords lets them, even at a later start."
        )
    era = eras.begin(time(), reads_before=bool(config.history_across_passwords))
    try:
        eras.save()
    except OSError as error:
        path = config.state_dir / PASSWORDS_FILE
        tell(f"Cannot write {path} ({error.strerror}): messages from now on may not be readable after a restart")
    return era
