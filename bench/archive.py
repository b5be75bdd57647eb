"""What the archive costs and how fast it answers: `python -m bench.archive 1000000`.

Builds an archive of that many messages with the tracker's own writer in a temporary folder, queries its reader, and
removes it. The text has a vocabulary of 60,000 words in a Zipf distribution; one message in twenty is Chinese.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import quantiles
from typing import Any

from chatcore.errors import ArchiveUnavailable
from chatcore.server.archive.journal.records import LineRecord, room_audience
from chatcore.server.archive.reading.questions import Questions
from chatcore.server.archive.reading.reader import Reader
from chatcore.server.archive.storage.files import HistoryFiles
from chatcore.server.archive.storage.words import MAX_STARRED
from chatcore.server.archive.storage.writer import BATCH, Writer
from chatcore.state.history import HistoryQuery, Kinds, Recorded, Reference, SearchQuery, Seeker

SEQUENCE = "0123456789"
ERA = 1
DAYS = 90
ROOMS = 1000
PEOPLE = 977
_POOL = 100_000  # different texts
_WORDS = 60_000
_CHINESE = 0.05
_TURNS = 200
_PATIENCE_S = 4.0
Question = Callable[[int], Any]
"""A query, given the number of its turn."""

_END_MS = 1_795_000_000_000


class Talk:
    """All messages, the same each time."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._random = random.Random(7)
        letters = "etaoinshrdlucmfwypvbgkjqxz"
        weights = range(len(letters), 0, -1)
        lengths = [max(2, int(self._random.gauss(6, 2))) for _ in range(_WORDS)]
        self.words = ["".join(self._random.choices(letters, weights, k=length)) for length in lengths]
        self._often = list(itertools.accumulate(1 / (rank + 1.5) for rank in range(_WORDS)))
        self.han = [chr(0x4E00 + number) for number in range(3000)]
        self._han_often = list(itertools.accumulate(1 / (rank + 5) for rank in range(len(self.han))))
        self._pool = [self._text() for _ in range(min(count, _POOL))]
        self._rooms = [room_audience(f"#room{number}", number, ERA, is_open=True).decode() for number in range(ROOMS)]

    def batches(self) -> Iterator[list[LineRecord]]:
        """Yield them as the journal would, in order."""
        for start in range(0, self.count, BATCH):
            yield [self._record(number) for number in range(start, min(self.count, start + BATCH))]

    @property
    def text_bytes(self) -> float:
        """Return the mean length of a text."""
        return sum(len(text.encode()) for text in self._pool) / len(self._pool)

    def prefixes(self, turn: int) -> list[str]:
        """Return as many prefixes as one search may have."""
        return sorted({f"{word[:2]}*" for word in self.words[turn : turn + MAX_STARRED]})

    def at_ms(self, number: int) -> int:
        """Return the time of the message with this number."""
        return _END_MS - (self.count - number) * (DAYS - 1) * 86_400_000 // self.count

    def _record(self, number: int) -> LineRecord:
        room = int(ROOMS * self._random.random() ** 3)  # few rooms are busy
        ms = self.at_ms(number)
        nick = f"user{self._random.randrange(PEOPLE)}"
        text = self._pool[(number * 7919 + number // _POOL * 13) % len(self._pool)]
        line = Recorded(
            (number + 1) * 2 << 16, ms, ms, f"{nick}!{nick}@192.0.2.7", None, "", f"PRIVMSG #room{room} :{text}"
        )
        return LineRecord(self._rooms[room], line)

    def _text(self) -> str:
        if self._random.random() < _CHINESE:
            return "".join(self._random.choices(self.han, cum_weights=self._han_often, k=self._random.randint(6, 30)))
        words = self._random.choices(self.words, cum_weights=self._often, k=self._random.randint(3, 20))
        return " ".join(words)


def build(folder: Path, talk: Talk) -> None:
    """Write the archive, and print what that took."""
    files = HistoryFiles(folder, 0, print)
    writer = Writer(files)
    cpu, worst = 0.0, 0.0
    for batch in talk.batches():
        wall_s, cpu_s = time.perf_counter(), time.thread_time()
        writer.write(batch)
        cpu += time.thread_time() - cpu_s
        worst = max(worst, time.perf_counter() - wall_s)
    writer.close()
    size = sum(files.size(file) for file in files.all())
    print(f"{talk.count:,} messages of {talk.text_bytes:.0f} bytes in {len(files.all())} files")
    print(f"  {cpu / talk.count * 1e6:.1f} us CPU and {size / talk.count:.0f} bytes a message")
    print(f"  the longest batch of {BATCH:,} took {worst * 1000:.0f} ms")


def ask(folder: Path, talk: Talk) -> None:
    """Query the archive, and print how long the answers take."""
    started = time.perf_counter()
    files = HistoryFiles(folder, 0, print)
    Writer(files).close()
    print(f"  opening {(time.perf_counter() - started) * 1000:.1f} ms")
    questions = Questions(files)
    reader = Reader(questions, sequence=SEQUENCE, eras=frozenset({ERA}), days=DAYS, now=lambda: _END_MS / 1000)
    print(f"  {'ms':>32} {'p50':>8} {'p99':>8} {'CPU p50':>8} {'p99':>8} {'cold':>8}")
    for name, question in _questions(reader, talk).items():
        _drop_caches(files)
        questions.close()
        cold = _timed(question, 0)
        _times(question)  # so that the files are in the page cache
        times = _times(question)
        wall, cpu = (quantiles(kind, n=100) for kind in zip(*times, strict=True))
        print(f"  {name:<32} {wall[49]:8.2f} {wall[98]:8.2f} {cpu[49]:8.2f} {cpu[98]:8.2f} {cold[0]:8.2f}")
    questions.close()
    print(f"  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB at most")


def _questions(reader: Reader, talk: Talk) -> dict[str, Question]:
    """Return the queries by name; each takes the number of its turn."""
    all_rooms = Seeker("visit 1", "", {f"#room{number}": number for number in range(ROOMS)})
    fifty = Seeker("visit 1", "", {f"#room{number * 20}": number for number in range(50)})
    busy, rare = Seeker("visit 1", "", {"#room0": 0}), Seeker("visit 1", "", {f"#room{ROOMS - 1}": 0})

    def search(seeker: Seeker, words: Callable[[int], str], **filters: object) -> Question:
        def asked(turn: int) -> object:
            return reader.search(seeker, SearchQuery(words(turn), 50, **filters))  # type: ignore[arg-type]  # of several types

        return asked

    def latest(_turn: int) -> object:
        return reader.room_past(busy, "#room0", HistoryQuery("LATEST", 50), Kinds.EVENTS | Kinds.TAGMSGS)

    def around(turn: int) -> object:
        spot = Reference("", talk.at_ms(turn * talk.count // 200))
        return reader.room_past(
            rare, f"#room{ROOMS - 1}", HistoryQuery("AROUND", 50, spot), Kinds.EVENTS | Kinds.TAGMSGS
        )

    return {
        "a word, of 50 rooms": search(fifty, lambda turn: talk.words[turn * 7 % 2000]),
        "a rare word, of 50 rooms": search(fifty, lambda turn: talk.words[20_000 + turn * 7]),
        "a word, of 1,000 rooms": search(all_rooms, lambda turn: talk.words[turn * 7 % 2000]),
        "a word that is not there": search(fifty, lambda turn: f"nobodysaid{turn}"),
        "a common word in a rare room": search(rare, lambda turn: talk.words[turn % 5]),
        "two common words in a rare room": search(rare, lambda turn: " ".join(talk.words[turn % 5 : turn % 5 + 2])),
        "two Chinese characters": search(fifty, lambda turn: talk.han[turn % 30] + talk.han[turn % 7]),
        "a common word of one person": search(fifty, lambda turn: talk.words[turn % 5], author="user7"),
        "a prefix of two letters": search(fifty, lambda turn: talk.words[turn][:2] + "*"),
        "eight prefixes of two letters": search(fifty, lambda turn: " ".join(talk.prefixes(turn))),
        "LATEST 50": latest,
        "AROUND 50, in a rare room": around,
    }


def _drop_caches(files: HistoryFiles) -> None:
    """Drop the files from the page cache."""
    for file in files.all():
        descriptor = os.open(file.path, os.O_RDONLY)
        os.fsync(descriptor)
        if sys.platform == "linux":
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def _times(question: Question) -> list[tuple[float, float]]:
    """Return the times of 200 answers, or of as many as fit into a few seconds."""
    times: list[tuple[float, float]] = []
    end = time.perf_counter() + _PATIENCE_S
    while len(times) < 2 or (len(times) < _TURNS and time.perf_counter() < end):
        times.append(_timed(question, len(times)))
    return times


def _timed(asked: Question, turn: int) -> tuple[float, float]:
    """Return the time that an answer takes and its processor time, in ms."""
    wall_s, cpu_s = time.perf_counter(), time.thread_time()
    with suppress(ArchiveUnavailable):  # it timed out after two seconds, and counts as that
        asked(turn)
    return (time.perf_counter() - wall_s) * 1000, (time.thread_time() - cpu_s) * 1000


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.archive", description=__doc__)
    parser.add_argument("messages", type=int)
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="build the archive there, or use the one that is there"
    )
    options = parser.parse_args(argv)
    talk = Talk(options.messages)
    with tempfile.TemporaryDirectory() as folder:
        place = options.keep or Path(folder)
        place.mkdir(exist_ok=True)
        if not any(place.iterdir()):
            build(place, talk)
        ask(place, talk)


if __name__ == "__main__":
    main()
