"""Plays a schedule: carries out its steps in time, and records what people see."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic

from tests.faults.cluster.inquiry import ask_facts, ask_histories, nicks_here
from tests.faults.cluster.machine import OPERATOR
from tests.faults.cluster.person import Person
from tests.faults.cluster.schedule import OTHER_NAMES, ROOMS, WANTED_NICKS, Schedule, Step
from tests.faults.cluster.stage import Stage, Trouble
from tests.faults.cluster.transcript import FULL_CAPS, RESUMING_CAPS, Transcript

_MOST_PENDING = 12
_GHOSTS_S = 12.0


def play(stage: Stage, schedule: Schedule) -> Transcript:
    """Return the transcript. At the end everything works again, or the troubles say what does not."""
    return _Play(stage, schedule).run()


class _Play:
    def __init__(self, stage: Stage, schedule: Schedule) -> None:
        stage.played += 1
        self._stage = stage
        self._schedule = schedule
        self._number = stage.played
        self._draw = random.Random(schedule.seed)
        caps = (FULL_CAPS, RESUMING_CAPS, "")
        self._people = [
            Person(f"p{number}s{self._number}", caps[number % 3], f"127.0.{self._number % 250}.{number + 1}")
            for number in range(schedule.people)
        ]
        stage.people = [*self._people]
        stage.troubles.clear()

    def run(self) -> Transcript:
        """Return the transcript."""
        stage, seed = self._stage, self._schedule.seed
        transcript = Transcript(seed, {}, [], f"{seed}/last", is_alone=stage.engine is None)
        try:
            stage.wait("all trackers to serve", lambda: all(machine.is_up for machine in stage.machines))
            self._play()
            stage.mend()
            self._settle(transcript)
        except Trouble as trouble:
            stage.troubles.append(str(trouble))
        self._write_down(transcript)
        return transcript

    def _write_down(self, transcript: Transcript) -> None:
        stage = self._stage
        for machine in stage.machines:
            stage.troubles += (f"{machine.name} said: {fault}" for fault in machine.faults())
            transcript.logs[machine.name] = machine.log()
        for person in stage.people:
            person.leave()
        transcript.visits = [visit for person in stage.people for visit in person.visits]
        transcript.refused = [visit for person in stage.people for visit in person.refused]
        transcript.acknowledged = [text for person in stage.people for text in person.acknowledged]
        transcript.troubles = [*stage.troubles]

    def _play(self) -> None:
        for person in self._people:
            self._arrive(person)
        begin = monotonic()
        for step in self._schedule.steps:
            while True:
                left = begin + step.at - monotonic()
                self._stage.pump(max(0.0, left))
                if left <= 0:
                    break
            self._do(step)

    def _do(self, step: Step) -> None:
        actions = {**self._deeds(step), **self._faults(step)}
        if step.kind in actions:  # a lone tracker has no engine
            actions[step.kind]()

    def _deeds(self, step: Step) -> dict[str, Callable[[], object]]:
        person = self._people[step.who % len(self._people)]
        return {
            "give": lambda: self._give(person, step.what),
            "quit": lambda: person.quit(step.what),
            "oper": lambda: self._give(person, f"OPER {OPERATOR}"),
            "mark": lambda: self._give(person, f"MARKREAD {step.what} timestamp={_now()}"),
            "drop": person.leave,
            "redact": lambda: self._redact(person, step.what),
        }

    def _faults(self, step: Step) -> dict[str, Callable[[], object]]:
        stage = self._stage
        machine = stage.machines[step.who % len(stage.machines)]
        wire = machine.wire
        actions: dict[str, Callable[[], object]] = {
            "kill": lambda: stage.kill(machine),
            "start": lambda: stage.start(machine),
            "pause": machine.pause,
            "resume": machine.resume,
            "fill": lambda: machine.fill_disk(int(step.what or 0)),
            "free": machine.free_disk,
        }
        if wire is not None:
            actions |= {
                "engine-kill": stage.kill_engine,
                "engine-start": stage.start_engine,
                "engine-pause": stage.pause_engine,
                "engine-resume": stage.resume_engine,
                "cut": wire.cut,
                "hold": lambda: wire.hold(*step.what.split()),
                "heal": wire.heal,
                "heal-drop": lambda: wire.heal(drop=True),
                "doom": lambda: machine.doom(step.what),
            }
        return actions

    def _room(self, name: str) -> str:
        return f"#{name}-{self._number}"

    @property
    def _rooms(self) -> list[str]:
        return [self._room(name) for name in (*ROOMS, *OTHER_NAMES)]

    def _give(self, person: Person, form: str) -> None:
        if person.visit is None:
            if not person.is_connected:
                self._arrive(person)
            return
        if len(person.pending) >= _MOST_PENDING:
            return
        if not person.has_settled_in:
            self._settle_in(person)
        names = {name: self._room(name) for name in (*ROOMS, *OTHER_NAMES)}
        nicks = {f"nick{number}": other.nick for number, other in enumerate(self._people)}
        accounts = {f"account{number}": other.account or other.nick for number, other in enumerate(self._people)}
        person.give(form.format(**names, **nicks, **accounts, own=person.visit.nick, password=person.password))

    def _settle_in(self, person: Person) -> None:
        """Have a newcomer join rooms and monitor the nicks that many want."""
        person.has_settled_in = True
        person.give(f"JOIN {','.join(self._draw.sample(self._rooms[: len(ROOMS)], 2))}")
        if person.caps == RESUMING_CAPS:  # METADATA subscribers would get values of these nicks too
            person.give(f"MONITOR + {','.join(f'wanted{number}' for number in range(WANTED_NICKS))}")

    def _redact(self, person: Person, text: str) -> None:
        if person.visit is not None and person.ids:
            room, msgid = self._draw.choice(person.ids)
            if room.startswith("#"):
                self._give(person, f"REDACT {room} {msgid} :{text}")

    def _arrive(self, person: Person) -> None:
        up = [machine for machine in self._stage.machines if machine.is_up]
        if up:
            machine = self._draw.choice(up)
            assert machine.port is not None
            person.arrive(machine.name, machine.port, has_tls=machine.has_tls)

    def _settle(self, transcript: Transcript) -> None:
        """Have a last message reach everybody and every log, then ask all trackers the same questions."""
        stage = self._stage
        last, end = transcript.last, f"#end-{self._number}"
        inspectors = [stage.guest(f"i{n}s{self._number}", machine) for n, machine in enumerate(stage.machines)]
        owners = self._owners(transcript)
        here = [person for person in stage.people if person.visit is not None]
        for person in here:
            person.give(f"JOIN {end}")
        stage.wait("everybody to join", lambda: not any(person.pending for person in here if person.visit))
        inspectors[0].give(f"PRIVMSG {end} :{last}")
        stage.wait("the last message", lambda: all(_has(person, last) for person in here if person.visit))
        stage.wait("it to be in all logs", lambda: all(last.encode() in machine.log() for machine in stage.machines))
        for person in here:
            if person.visit is not None:
                person.visit.end = "here"
        self._wait_for_the_gone(inspectors)
        transcript.facts = ask_facts(inspectors, owners, self._rooms, stage.ask, stage.wait)
        transcript.histories = ask_histories(stage.people, self._rooms, stage.ask)

    def _owners(self, transcript: Transcript) -> list[Person]:
        """Have somebody log in to a registered account on each tracker."""
        owner = next((person for person in self._people if person.account), None)
        if owner is None:
            return []
        transcript.accounts = [owner.account]
        return [
            self._stage.guest(f"o{number}s{self._number}", machine, owner.account, owner.password)
            for number, machine in enumerate(self._stage.machines)
        ]

    def _wait_for_the_gone(self, inspectors: Sequence[Person]) -> None:
        """Give all trackers time to notice who is gone with another tracker."""
        here = sum(person.is_in for person in self._stage.people)

        def are_all_gone() -> bool:
            return all(len(nicks_here(person, self._stage.ask)) <= here for person in inspectors)

        with suppress(Trouble):
            self._stage.wait("ghosts to disappear", are_all_gone, _GHOSTS_S)


def _has(person: Person, text: str) -> bool:
    return person.visit is None or any(text in line for line in person.visit.received[-40:])


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
