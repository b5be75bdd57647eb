"""Many clients resume at once: only one with a shared token, all with tokens of their own."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from tests.support.agreement import disagreements
from tests.support.crowd import at_once
from tests.support.irc import Disconnected, IrcClient, commands, one, only
from tests.support.resuming import lose, resume, token_of, tokens_in
from tests.support.trackers import hosted_tracker

_CROWD = 12
_ROUNDS = 15


def _try_to_resume(client: IrcClient, token: str, answers: dict[int, list[Message]], index: int) -> None:
    client.send("CAP REQ :chatcore/resume", f"RESUME {token}")
    answers[index] = []
    with contextlib.suppress(Disconnected, OSError):
        answers[index] = client.command("CAP END")


def _resume(client: IrcClient, token: str, seen: list[list[Message]], index: int) -> None:
    seen[index] = resume(client, token, "stranger")


def test_one_of_many_with_the_same_token_resumes(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        bob = hosted.client("bob", "#room")
        ann = hosted.connect()
        token = token_of(ann, "ann", "#room")
        for number in range(_ROUNDS):
            if number % 2:
                lose(hosted, ann)
            crowd = [hosted.connect() for _ in range(6)]
            answers: dict[int, list[Message]] = {}

            at_once([partial(_try_to_resume, client, token, answers, index) for index, client in enumerate(crowd)])
            winners = [index for index, seen in answers.items() if "001" in commands(seen)]
            assert len(winners) == 1
            ann, seen = crowd[winners[0]], answers[winners[0]]
            ann.nick = one(seen, "001").params[0]
            assert ann.nick == "ann"
            assert one(seen, "JOIN")
            (token,) = tokens_in(seen)
            for client in crowd:
                if client is not ann:
                    client.close()
        hosted.log_text()
        joined = [message for message in bob.sync() if message.command in ("JOIN", "QUIT")]
        assert commands(joined) == ["JOIN", *["QUIT", "JOIN"] * _ROUNDS]
        assert disagreements(hosted.tracker) == []


@pytest.mark.thorough
def test_a_crowd_that_is_cut_off_resumes_completely(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        hosted.client("bob", "#room", "#other")
        people = [hosted.connect() for _ in range(_CROWD)]
        tokens = [token_of(client, f"n{number}", "#room", "#other") for number, client in enumerate(people)]
        for _ in range(3):
            for client in people:
                client.close()  # without waiting for its end
            people = [hosted.connect() for _ in range(_CROWD)]
            seen: list[list[Message]] = [[] for _ in people]
            at_once([partial(_resume, client, tokens[n], seen, n) for n, client in enumerate(people)])
            for number, answer in enumerate(seen):
                assert one(answer, "001").params[0] == f"n{number}"
                assert {
                    message.params[0] for message in only(answer, "JOIN") if f"n{number}!" in str(message.source)
                } == {
                    "#room",
                    "#other",
                }
            tokens = [tokens_in(answer)[0] for answer in seen]
        hosted.log_text()
        assert disagreements(hosted.tracker) == []
