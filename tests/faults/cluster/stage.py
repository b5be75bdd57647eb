"""Carries out schedules with real trackers, a real engine and people at their sockets; writes down what happens."""

from __future__ import annotations

import random
import selectors
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import cast

from tests.faults.cluster.inquiry import ask_facts, ask_histories, nicks_here
from tests.faults.cluster.machine import ROOT, Machine
from tests.faults.cluster.person import Person
from tests.faults.cluster.schedule import ROOMS, Schedule, Step
from tests.faults.cluster.transcript import FULL_CAPS, Transcript
from tests.support.valkey import ValkeyProcess

FLAGS = ("--keep-alive", "--no-limits", "--quiet", "--max-name-length", "32", "--registration", "open")
_MOST_PENDING = 12
_DEADLINE_S = 60.0
_GHOSTS_S = 20.0


class Trouble(TimeoutError):
    """Something does not come that must come."""


class Stage:
    """A chat of some trackers, on which one schedule after another is carried out. Close it."""

    def __init__(
        self,
        folder: Path,
        trackers: int = 2,
        *,
        alone: bool = False,
        flags: Sequence[str] = (),
        program: Sequence[str] = (str(ROOT / "tracker.py"),),
        deadline_s: float = _DEADLINE_S,
    ) -> None:
        """Start all; `alone` is one tracker without an engine. `program` is run in place of tracker.py.

        Whatever must come has so long.
        """
        self.folder = folder
        self._deadline_s = deadline_s
        self.engine = None if alone else ValkeyProcess(folder / "engine")
        if self.engine is not None:
            self.engine.start()
        port = self.engine.port if self.engine is not None else None
        names = [chr(ord("A") + number) for number in range(trackers)]
        self.machines = [Machine(name, folder / name, port, [*FLAGS, *flags], program) for name in names]
        self.troubles: list[str] = []
        self.people: list[Person] = []
        self._number = 0
        self._skipped = 0
        self._has_engine = self.engine is not None
        self._draw = random.Random()
        for machine in self.machines:
            machine.start()

    def close(self) -> None:
        """End everything."""
        for person in self.people:
            person.leave()
        for machine in self.machines:
            machine.close()
        if self.engine is not None:
            self.engine.kill()

    def run(self, schedule: Schedule) -> Transcript:
        """Carry out a schedule and return what was seen. At the end all works again, or troubles say what does not."""
        self._number += 1
        self._draw = random.Random(schedule.seed)
        self.troubles = []
        caps = (FULL_CAPS, FULL_CAPS, "")
        self.people = [
            Person(f"p{number}s{self._number}", caps[number % 3], f"127.0.{self._number % 250}.{number + 1}")
            for number in range(schedule.people)
        ]
        transcript = Transcript(schedule.seed, {}, [], f"{schedule.seed}/last", is_alone=self.engine is None)
        try:
            self._wait("all trackers to serve", lambda: all(machine.is_up for machine in self.machines))
            self._play(schedule)
            self._mend()
            self._settle(transcript)
        except Trouble as trouble:
            self.troubles.append(str(trouble))
        self._write_down(transcript)
        return transcript

    def _write_down(self, transcript: Transcript) -> None:
        for machine in self.machines:
            self.troubles += (f"{machine.name} said: {fault}" for fault in machine.faults())
            transcript.logs[machine.name] = machine.log()
        for person in self.people:
            person.leave()
        transcript.visits = [visit for person in self.people for visit in person.visits]
        transcript.acknowledged = [text for person in self.people for text in person.acknowledged]
        transcript.troubles = self.troubles

    def _play(self, schedule: Schedule) -> None:
        for number in range(schedule.people):
            self._arrive(self.people[number])
        begin = monotonic()
        for step in schedule.steps:
            while True:
                left = begin + step.at - monotonic()
                self.pump(max(0.0, left))
                if left <= 0:
                    break
            self._do(step)

    def _do(self, step: Step) -> None:
        actions = {**self._deeds(step), **self._faults(step)}
        if step.kind in actions:  # a tracker alone has no engine
            actions[step.kind]()

    def _deeds(self, step: Step) -> dict[str, Callable[[], object]]:
        person = self.people[step.who % len(self.people)]
        return {
            "give": lambda: self._give(person, step.what),
            "quit": lambda: self._quit(person, step.what),
            "drop": person.leave,
            "redact": lambda: self._redact(person, step.what),
        }

    def _faults(self, step: Step) -> dict[str, Callable[[], object]]:
        machine = self.machines[step.who % len(self.machines)]
        engine, wire = self.engine, machine.wire
        actions: dict[str, Callable[[], object]] = {
            "kill": lambda: self._kill(machine),
            "start": machine.start,
            "pause": machine.pause,
            "resume": machine.resume,
            "fill": lambda: machine.fill_disk(int(step.what or 0)),
            "free": machine.free_disk,
        }
        if engine is not None and wire is not None:
            actions |= {
                "engine-kill": self._kill_engine,
                "engine-start": self._start_engine,
                "engine-pause": lambda: engine.pause() if self._has_engine else None,
                "engine-resume": lambda: engine.resume() if self._has_engine else None,
                "cut": wire.cut,
                "hold": lambda: wire.hold(*step.what.split()),
                "heal": wire.heal,
                "heal-drop": lambda: wire.heal(drop=True),
            }
        return actions

    def _kill_engine(self) -> None:
        if self.engine is not None:
            self.engine.kill()
            self._has_engine = False

    def _start_engine(self) -> None:
        if self.engine is not None:
            self.engine.start()
            self.engine.resume()
            self._has_engine = True

    def _room(self, name: str) -> str:
        return f"#{name}-{self._number}"

    @property
    def rooms(self) -> list[str]:
        """Return the rooms of the schedule that is carried out."""
        return [self._room(name) for name in ROOMS]

    def _give(self, person: Person, form: str) -> None:
        if person.visit is None:
            if not person.is_connected:
                self._arrive(person)
            return
        if len(person.pending) >= _MOST_PENDING:
            self._skipped += 1
            return
        if not person.has_rejoined:
            person.has_rejoined = True
            person.give(f"JOIN {','.join(self._draw.sample(self.rooms, 2))}")
        names = {name: self._room(name) for name in ROOMS}
        nicks = {f"nick{number}": other.nick for number, other in enumerate(self.people)}
        accounts = {f"account{number}": other.account or other.nick for number, other in enumerate(self.people)}
        person.give(form.format(**names, **nicks, **accounts, own=person.visit.nick, password=person.password))

    def _redact(self, person: Person, text: str) -> None:
        if person.visit is not None and person.ids:
            room, msgid = self._draw.choice(person.ids)
            if room.startswith("#"):
                self._give(person, f"REDACT {room} {msgid} :{text}")

    def _quit(self, person: Person, text: str) -> None:
        if person.visit is not None:
            person.visit.end = "quitting"
            person.send(f"QUIT :{text}")

    def _arrive(self, person: Person) -> None:
        up = [machine for machine in self.machines if machine.is_up]
        if up:
            machine = self._draw.choice(up)
            assert machine.port is not None
            person.arrive(machine.name, machine.port)

    def _kill(self, machine: Machine) -> None:
        size = machine.kill()
        self.pump(0)
        for person in self.people:
            if person.is_connected and person.tracker == machine.name:
                if person.visit is not None:
                    person.visit.log_bytes = size
                person.read_rest()

    def pump(self, seconds: float) -> None:
        """Take in what comes, for at most so long; return when something came."""
        with selectors.DefaultSelector() as selector:
            for person in self.people:
                if person.is_connected:
                    selector.register(person, selectors.EVENT_READ)
            for key, _ in selector.select(min(seconds, 0.1)):
                cast("Person", key.fileobj).read()
        for machine in self.machines:
            status = machine.poll()
            if status is not None:
                self.troubles.append(f"{machine.name} ended by itself with {status}: {machine.output[-5:]}")
                raise Trouble(f"{machine.name} has ended")

    def _wait(self, what: str, is_so: Callable[[], bool], deadline_s: float = 0.0) -> None:
        deadline_s = deadline_s or self._deadline_s
        end = monotonic() + deadline_s
        while not is_so():
            if monotonic() > end:
                unhappy = [str(each) for each in self.people if each.pending or (each.is_connected and not each.is_in)]
                raise Trouble(f"waited {deadline_s:.0f} s in vain for {what}: {'; '.join(unhappy)}")
            self.pump(0.05)

    def _mend(self) -> None:
        """End all that still fails, and wait until everybody's commands are answered."""
        self._start_engine()
        for machine in self.machines:
            if machine.wire is not None:
                machine.wire.heal()
            machine.resume()
            machine.free_disk()
            machine.start()
        self._wait("all trackers to serve again", lambda: all(machine.is_up for machine in self.machines))
        waiting = "answers to {}"
        self._wait(waiting.format("all commands"), lambda: not any(person.pending for person in self.people))
        coming = "everybody to be let in, or refused"
        self._wait(coming, lambda: all(person.visit or not person.is_connected for person in self.people))

    def _settle(self, transcript: Transcript) -> None:
        """Have a last message reach everybody and every log, then ask all trackers the same."""
        last, end = transcript.last, f"#end-{self._number}"
        inspectors = [Person(f"i{n}s{self._number}", FULL_CAPS) for n, _ in enumerate(self.machines)]
        self.people += inspectors
        for person, machine in zip(inspectors, self.machines, strict=True):
            self._let_in(person, machine)
        here = [person for person in self.people if person.visit is not None]
        for person in here:
            person.give(f"JOIN {end}")
        self._wait("everybody to join", lambda: not any(person.pending for person in here if person.visit))
        inspectors[0].give(f"PRIVMSG {end} :{last}")
        self._wait("the last message", lambda: all(_has(person, last) for person in here if person.visit))
        self._wait("it to be in all logs", lambda: all(last.encode() in machine.log() for machine in self.machines))
        for person in here:
            if person.visit is not None:
                person.visit.end = "here"
        self._wait_for_the_gone(inspectors)
        transcript.facts = ask_facts(inspectors, self.rooms, self._answers, self._wait)
        transcript.histories = ask_histories(self.people, self.rooms, self._answers)

    def _wait_for_the_gone(self, inspectors: Sequence[Person]) -> None:
        """Give all trackers time to find out who is gone with another."""
        here = sum(person.is_in for person in self.people)

        def are_all_gone() -> bool:
            return all(len(nicks_here(person, self._answers)) <= here for person in inspectors)

        with suppress(Trouble):
            self._wait("ghosts to disappear", are_all_gone, _GHOSTS_S)

    def _let_in(self, person: Person, machine: Machine) -> None:
        """Have somebody come in, trying again while the tracker does not let them."""

        def try_again() -> bool:
            if not person.is_connected and machine.port is not None:
                person.arrive(machine.name, machine.port)
            return person.is_in

        self._wait(f"{machine.name} to let somebody in", try_again)

    def _answers(self, person: Person, command: str) -> list[str]:
        """Return the lines that a tracker answers to a question."""
        visit = person.visit
        if visit is None:
            raise Trouble(f"{person.name} is no longer let in")
        before = len(visit.received)
        person.give(command)
        self._wait(f"an answer to {command}", lambda: not person.pending)
        if person.has_labels:  # the end of a batch comes after the label
            person.give("PING end")
            self._wait("an answer to PING", lambda: not person.pending)
        return visit.received[before:]


def _has(person: Person, text: str) -> bool:
    return person.visit is None or any(text in line for line in person.visit.received[-40:])


def say(text: str) -> None:
    """Tell whoever watches."""
    with suppress(BrokenPipeError):
        print(text, file=sys.stderr, flush=True)
