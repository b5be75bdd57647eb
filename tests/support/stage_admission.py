"""Who may come in, as a test sets it: passwords, accounts, bans, visits to resume, invitations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from chatcore.commands.invitations import Redeemed
from chatcore.errors import AccountsUnavailable, ChatError
from chatcore.protocol.invitations import RANDOM_BYTES, Invitation, make_invitation
from chatcore.protocol.names import mask_matches
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials, Right
from chatcore.state.kept_visit import KeptVisit, Seat

STARTED_AT = 1_700_000_000.0


@dataclass
class StageKeys:
    """Passwords in clear. An account's password is its salt: nothing is derived."""

    password: str = ""
    operators: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    rights: dict[str, Right] = field(default_factory=dict)  # by account
    public: dict[str, bytes] = field(default_factory=dict)  # the one public key that an account has
    is_unavailable: bool = False

    @property
    def needs_password(self) -> bool:
        """See Keys."""
        return bool(self.password)

    def is_password(self, password: str) -> bool:
        """See Keys."""
        return password == self.password

    def is_operator(self, name: str, password: str) -> bool:
        """See Keys."""
        return self.operators.get(name) == password

    def account(self, name: str) -> Credentials | None:
        """See Keys."""
        if self.is_unavailable:
            raise AccountsUnavailable("a test has taken them away")
        return _credentials(name, self.accounts[name]) if name in self.accounts else None

    def account_by_key(self, name: str, key: bytes) -> Credentials | None:
        """See Keys."""
        found = self.account(name)
        return found if self.public.get(name) == key else None

    def has_right(self, login: Credentials, right: Right) -> bool:
        """See Keys."""
        name = login.account or ""
        return self.account(name) is not None and self.rights.get(name) == right

    def login(self, name: str) -> Credentials:
        """See Keys."""
        return self.account(name) or _credentials(None, self.password)

    def is_proof(self, credentials: Credentials, password: str) -> bool:
        """See Keys."""
        return credentials.salt == password.encode() != b""


def _credentials(name: str | None, password: str) -> Credentials:
    return Credentials(name, password.encode(), b"", b"", 4096, f"id-of-{name}" if name else "")


@dataclass
class StageRegistrar:
    """Makes accounts in the keys, unless `refusal` says why not. `while_deriving` replaces deriving keys."""

    keys: StageKeys
    refusal: str = ""
    while_deriving: Callable[[], object] = lambda: None

    def password_problem(self, password: str) -> str | None:
        """See Registrar."""
        return None if password else "a password cannot be empty"

    def password_weakness(self, password: str, name: str) -> str | None:
        """See Registrar."""
        return "that can be guessed" if len(password) < 8 else None

    def make(self, client: Client, name: str, password: str, is_free: Callable[[], bool]) -> Credentials | None:
        """See Registrar."""
        known = self.keys.account(name)
        if self.refusal:
            raise ChatError(self.refusal)
        self.while_deriving()
        if known is not None or not is_free():
            return None
        self.keys.accounts[name] = password
        return self.keys.account(name)


@dataclass
class StageBans:
    """Bans in a list; `problem` keeps it from being changed. Networks are those that end in a dot."""

    bans: list[str] = field(default_factory=list)
    problem: str = ""

    def add(self, ban: str) -> bool:
        """See BanList."""
        return self._change(self.bans.append, ban, ban not in self.bans)

    def remove(self, ban: str) -> bool:
        """See BanList."""
        return self._change(self.bans.remove, ban, ban in self.bans)

    def all(self) -> list[str]:
        """See BanList."""
        return list(self.bans)

    def covers(self, ban: str, nick: str, host: str) -> bool:
        """See BanList."""
        return mask_matches(ban, nick) or ban == host or (ban.endswith(".") and host.startswith(ban))

    def _change(self, change: Callable[[str], None], ban: str, is_needed: bool) -> bool:
        if self.problem:
            raise ChatError(self.problem)
        if is_needed:
            change(ban)
        return is_needed


@dataclass
class StageResumption:
    """Visits by their tokens. Tokens are counted. `is_full`: none can be given."""

    visits: dict[str, KeptVisit] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    login: Credentials | None = None  # the account of the resumed visit
    taken: KeptVisit | None = None
    is_over: bool = False  # so that taking the visit fails
    is_full: bool = False
    noted: list[tuple[str, ...]] = field(default_factory=list)

    def find(self, token: str, client: Client) -> tuple[KeptVisit, Credentials | None] | None:
        """See Resumption."""
        self.used.add(token)
        self.taken = self.visits.pop(token, None)
        return (self.taken, self.login) if self.taken is not None else None

    def was_good(self, token: str) -> bool:
        """See Resumption."""
        return token.startswith("old")

    def take(self, client: Client, found: KeptVisit) -> KeptVisit | None:
        """See Resumption."""
        return None if self.is_over else self.taken

    def give(self, client: Client, nick: str) -> str:
        """See Resumption."""
        return "" if self.is_full else f"token-of-{nick}"

    def arrive(self, client: Client) -> None:
        """See Resumption."""
        self.noted.append(("arrive", client.nick))

    def withdraw(self, client: Client) -> None:
        """See Resumption."""
        self.noted.append(("withdraw", client.nick))

    def note(self, client: Client) -> None:
        """See Resumption."""
        self.noted.append(("note", client.nick))

    def end(self, client: Client) -> None:
        """See Resumption."""
        self.noted.append(("end", client.nick))

    def depart(self, client: Client, *, is_lost: bool) -> bool:
        """See Resumption."""
        self.noted.append(("depart", client.nick))
        return False

    def note_seats(self, client: Client, seats: Iterable[Seat]) -> None:
        """See Resumption."""


@dataclass
class StageInvitations:
    """Invitations of one use, as StageKeys has passwords; the client that has used one may come again."""

    texts: list[str] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)  # by id
    guests: dict[str, str] = field(default_factory=dict)  # nicks by id
    problem: str = ""  # why no invitation can be made
    made: list[tuple[str, str, int, float]] = field(default_factory=list)

    def add(self, number: int) -> Invitation:
        """Add one, and return it."""
        invitation = make_invitation(number.to_bytes(RANDOM_BYTES, "little"))
        self.texts.append(invitation.text)
        return invitation

    def make(self, by: str, room: str, uses: int, hours: float) -> tuple[Invitation, float]:
        """See Invitations."""
        if self.problem:
            raise ChatError(self.problem)
        self.made.append((by, room, uses, hours))
        return self.add(len(self.made)), STARTED_AT + hours * 3600

    def revoke(self, invitation_id: str, by: str | None = None) -> str | None:
        """See Invitations. The first is the maker's."""
        mine = [text[4:10] for text in self.texts][:1] if by and self.made and self.made[0][0] == by else []
        known = [text[4:10] for text in self.texts] if by is None else mine
        return self.made[0][1] if invitation_id in known else None

    def credentials(self, name: str) -> Credentials | None:
        """See Invitations."""
        texts = {text[:10]: text for text in self.texts}
        return _credentials(None, texts[name])._replace(invitation=name[4:]) if name in texts else None

    def refusal(self, invitation_id: str, block: str) -> str:
        """See Invitations."""
        return self.refusals.get(invitation_id, "")

    def redeem(self, invitation_id: str, nick: str, block: str) -> Redeemed:
        """See Invitations."""
        before = self.guests.setdefault(invitation_id, "")
        refusal = self.refusal(invitation_id, block) or (
            "That invitation is used up: ask" if before not in ("", nick) else ""
        )
        self.guests[invitation_id] = before or nick
        return Redeemed(refusal, not refusal and not before)

    def give_back(self, invitation_id: str, nick: str, block: str) -> None:
        """See Invitations."""
        assert self.guests.pop(invitation_id) == nick
