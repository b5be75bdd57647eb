"""Random commands of several clients on a stage, and all their results, printed (test_determinism)."""

from __future__ import annotations

import time
from random import Random

from chatcore.commands import costs
from chatcore.commands.context import Context
from chatcore.commands.table import COMMANDS, Command
from chatcore.errors import ProtocolError
from chatcore.protocol.message import Message
from chatcore.state.events import Event
from chatcore.state.facts import AwayChanged
from chatcore.state.history import Place, Seeker, Utterance
from chatcore.state.kept_visit import KeptVisit
from tests.support.dormant import dormant
from tests.support.following import Leader, state_of
from tests.support.nonsense import CAPS, NICKS, ROOMS, random_line
from tests.support.stage import Actor, Stage
from tests.support.stage_services import StageArchive

LINES = 4000
_PLAIN = "AGRvcmEAc2VjcmV0"  # dora, secret
_LONG_AGO, _LATER = "timestamp=2020-01-01T00:00:00.000Z", "timestamp=2040-01-01T00:00:00.000Z"
_SENSE = [
    *(
        "JOIN {room}",
        "JOIN {room},#other,#third key",
        "JOIN nonsense,{room},#other",
        "PART {room} :bye",
        "NICK {nick}_",
    ),
    *["KICK {room} {nick} :out"] * 4,
    *(
        "PRIVMSG dora :see you",
        "PRIVMSG {room} :hello",
        "PRIVMSG {room},{nick} :hello",
        "PRIVMSG @{room},+{room},{nick} :hello",
        "NOTICE {nick} :hello",
        "@+x=y TAGMSG {room}",
        "BATCH +1 draft/multiline {room}",
        "@batch=1 PRIVMSG {room} :hello",
        "BATCH -1",
        "BATCH +1 draft/multiline {room}|@batch=1 PRIVMSG {room} :hello|@batch=1 PRIVMSG {room} :there|BATCH -1",
        "BATCH +2 draft/multiline nobody|@batch=2 NOTICE nobody :hello|BATCH -2",
    ),
    *("MODE {room} +o-v+b {nick} {nick} {nick}!*@*", "MODE {room} +kl key 9", "MODE {room} -kl+e x {nick}!*@*"),
    *(
        "MODE {room} b",
        "MODE {room} +ims-t",
        "MODE {room} +bW m:{nick} 3",
        "MODE {room} +Cb m:R:dora",
        "MODE {room} -bW m:{nick}",
        "MODE {room}",
        "MODE {nick} +Biw",
        "MODE {nick}",
        "TOPIC {room} :tea",
        "RENAME {room} {room}er :for a change",
        *["INVITE {nick} {room}"] * 3,
        "AWAY :out",
        "SETNAME :New name",
    ),
    *("MONITOR + {nick},other", "WHO *", "WHO {room} %tcuihsnfdlaor,1", "LIST", "WHOIS {nick}", "NAMES {room},#other"),
    *(
        "AUTHENTICATE PLAIN",
        f"AUTHENTICATE {_PLAIN}",
        "OPER boss secret",
        "REGISTER * * :long enough",
        "WALLOPS :hear",
        "KILL {nick} :enough",
    ),
    *("INVITELINK {room}", "INVITELINK REVOKE 00000g", "MARKREAD {room}", f"MARKREAD {{nick}} {_LONG_AGO}"),
    *("KLINE {nick} :enough", "KLINE", "UNKLINE {nick}", "STATS k"),
    *("REDACT {room} 00000000000100000123456789 :no", "REDACT {nick} 00000000000100010123456789"),
    *("CHATHISTORY LATEST {room} * 50", "WHOWAS {nick}", "LUSERS", "QUIT :gone", "NICK {nick}", "INVITE", "JOIN 0"),
    *(
        "CAP REQ :chatcore/trackers",
        *(
            "CAP REQ :-server-time",
            "CAP REQ :-chatcore/resume",
            "CAP REQ :chatcore/resume draft/metadata-3",
            "CAP LS 302",
        ),
        *("MONITOR S", "MONITOR - other", "MONITOR C"),
        f"CHATHISTORY TARGETS {_LONG_AGO} {_LATER} 50",
        *("METADATA {room} SET url :x", "METADATA * SET note :y", "METADATA {room} CLEAR", "METADATA {nick} LIST"),
        *("METADATA * SUB url note", "METADATA * UNSUB note", "METADATA {room} SYNC", "METADATA * GET url"),
        "SEARCH text=tea;in={room};from={nick}",
    ),
]
_BEFORE = [
    "METADATA * SET note :from before",
    "METADATA * SET url :x|METADATA * SUB url note",
    "AWAY :on the way",
    f"AUTHENTICATE PLAIN|AUTHENTICATE {_PLAIN}",
    "RESUME token{number}",
    "AUTHENTICATE PLAIN",  # which CAP END aborts, with a reply
]


def _tell_the_time(ctx: Context, message: Message) -> None:
    ctx.publish(AwayChanged(ctx.client.id, f"since {time.time():.0f}"))


def _tell_the_uptime(ctx: Context, message: Message) -> None:
    ctx.publish(AwayChanged(ctx.client.id, f"up {time.monotonic():.0f} s"))


def _tell_a_set(ctx: Context, message: Message) -> None:
    ctx.publish(AwayChanged(ctx.client.id, " ".join({*NICKS, *ROOMS, "a", "b", "c", "d", "e"})))


DEFECTS = {"time": _tell_the_time, "monotonic": _tell_the_uptime, "set": _tell_a_set}


class Rerun:
    """The clients, one after the other; the services' clock ticks once per line. `report` has all results."""

    def __init__(self, seed: int, stage: Stage | None = None) -> None:
        """`stage` is one where people may make accounts."""
        self._random = Random(seed)
        self._stage = stage or Stage(registration="open")
        self._stage.services.keys.operators["boss"] = "secret"
        self._stage.services.keys.accounts["dora"] = "secret"
        self._stage.services.has_others = True
        self._stage.services.archive = StageArchive()
        self._stage.services.recalled = self._recall
        accounts = {f"id-of-{name}": letters for name, letters in (("dora", "o"), ("emil", "v"))}
        self._stage.lay_down(dormant(name, values={"k": "key"}, accounts=accounts) for name in ("#other", "#third"))
        self._actors = [self._stage.actor(nick, caps=CAPS) for nick in NICKS]
        self._script = list[str]()  # the next line of the client that spoke last
        self._speaker = 0
        self._reported = 0
        self.report: list[str] = []

    def step(self, *, is_log_writable: bool = True) -> tuple[Event, ...]:
        """Run one line of one client and return its events; one that leaves comes back as another."""
        random, stage = self._random, self._stage
        stage.services.time += 1
        if not self._script:
            self._script = self._lines()
            self._speaker = random.randrange(len(self._actors))
        index, line = self._speaker, self._script.pop(0)
        actor = self._actors[index]
        stage.services.is_log_writable = is_log_writable
        try:
            outcome = actor.says(line)
        except (ProtocolError, UnicodeDecodeError):
            return ()
        finally:
            stage.services.is_log_writable = True
        replies = [] if "AUTHENTICATE" in line else outcome.replies  # a server's nonce is random
        self.report.append(f"{actor.client.id} {outcome.tokens} {outcome.end_reason} {replies}")
        if outcome.end_reason is not None:
            stage.leave(actor.client)
            self._script.clear()
            self._actors[index] = self._newcomer()
        self.report += map(str, stage.stream.appended[self._reported :])
        self._reported = len(stage.stream.appended)
        return outcome.events

    def report_state(self) -> None:
        """Report the final state of the registry."""
        for client in sorted(self._stage.registry.clients(), key=lambda client: client.id):
            told = (
                client.source,
                client.realname,
                client.away,
                client.said_of_itself,
                client.account,
                sorted(client.modes),
                client.monitored,
            )
            self.report.append(str(told))
        for channel in sorted(self._stage.registry.channels(), key=lambda channel: channel.name):
            with channel.lock:
                members = [(client.id, letters) for client, letters in channel.members.items()]
                modes = channel.mode_words_locked(with_key=True)
                self.report.append(
                    f"{channel.name} {channel.created_at} {modes} {channel.topic} {channel.metadata} {members}"
                )
                self.report.append(f"{channel.lists} {channel.invited}")

    def _recall(self, seeker: Seeker, place: Place, id_: int) -> Utterance:
        """Pretend that the requested message was said recently, sometimes by the client that asks."""
        author = seeker.identity if id_ % 2 else "visit 1"
        return Utterance(id_, int(self._stage.services.time * 1000), author, "ann")

    def _newcomer(self) -> Actor:
        """Connect a client that has used some of the commands allowed before registration."""
        actor = self._stage.stranger()
        number = actor.client.id
        wanted = f"CAP REQ :{CAPS} chatcore/resume draft/pre-away"
        self._stage.services.resumption.visits[f"token{number}"] = KeptVisit(
            f"old{number}", f"back{number}", "back", "Back", "192.0.2.9", away="out", modes="iw"
        )
        before = [lines for lines in _BEFORE if self._random.random() < 0.4]
        known = [f"NICK guest{number}", f"USER guest 0 * :Guest {number}"]
        for line in (wanted, *"|".join(before).format(number=number).split("|"), *known, "CAP END"):
            actor.says(line or "CAP LIST")
        return actor

    def _lines(self) -> list[str]:
        random = self._random
        if random.random() < 0.3:
            return [random_line(random)]
        nicks = [*NICKS, *(actor.client.nick for actor in self._actors)]
        return random.choice(_SENSE).format(room=random.choice(ROOMS), nick=random.choice(nicks)).split("|")


def main(seed: int, defect: str = "") -> None:
    """Run and print; a defect replaces the handler of AWAY."""
    if defect:
        COMMANDS["AWAY"] = Command(DEFECTS[defect], cost=costs.nothing)
    stage = Leader(registration="open")
    rerun = Rerun(seed, stage)
    for _ in range(LINES):
        rerun.step()
    rerun.report_state()
    print(*rerun.report, *map(str, stage.recorded), *state_of(stage.follower.registry), sep="\n")
