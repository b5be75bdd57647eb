"""contrib/ has the files that its README lists, documents link to each, and those that start a tracker work."""

from __future__ import annotations

import json
import os
import re
import shlex
import tarfile
from pathlib import Path
from urllib.error import HTTPError

import pytest

from chatcore.config import Config, Limits
from chatcore.server.cli.app import main
from chatcore.server.cli.arguments import split_arguments
from chatcore.server.cli.serving import RESTART_STATUS
from tests.support.document import ROOT, Document, documents
from tests.support.trackers import hosted_tracker

_CONTRIB = ROOT / "contrib"
_FILES = sorted(path.name for path in _CONTRIB.iterdir() if path.name != "README.md")


def test_the_readme_has_every_file_once() -> None:
    rows = Document("contrib/README.md").table("File")
    assert sorted(name for row in rows for name in re.findall(r"\]\(([^)]+)\)", row[0])) == _FILES


@pytest.mark.parametrize("name", _FILES)
def test_each_file_is_linked_from_a_document(name: str) -> None:
    assert [str(document) for document in documents() if f"](../contrib/{name})" in document.text] != []


def _settings(name: str) -> dict[str, list[str]]:
    """Return the settings of a unit."""
    found: dict[str, list[str]] = {}
    for line in (_CONTRIB / name).read_text(encoding="utf-8").splitlines():
        if line and line[0] not in "#[":
            found.setdefault(line.partition("=")[0], []).append(line.partition("=")[2])
    return found


def test_the_unit_starts_and_restarts_a_tracker() -> None:
    settings = _settings("chatcore.service")
    (command,), (credential,) = settings["ExecStart"], settings["LoadCredential"]
    program, *arguments = shlex.split(command)
    options, beside = split_arguments(arguments)
    assert program.endswith("/chat-tracker")
    assert (options["keep_alive"], beside) == (True, [])
    assert str(options["password_file"]) == "${CREDENTIALS_DIRECTORY}/" + credential.partition(":")[0]
    assert int(settings["LimitNOFILE"][0]) > Limits().max_clients
    assert settings["RestartForceExitStatus"] == [str(RESTART_STATUS)]
    assert settings["Type"] == ["notify"]
    told = Document("docs/operating.md").section("As a service").text
    assert program.removesuffix("/chat-tracker") in told
    assert credential.partition(":")[2] in told


def test_the_backup_unit_saves_the_trackers_state_and_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unit, backup = _settings("chatcore.service"), _settings("chatcore-backup.service")
    assert (backup["User"], backup["WorkingDirectory"]) == (unit["User"], unit["WorkingDirectory"])
    assert "--log" not in unit["ExecStart"][0]
    shell, flag, script = shlex.split(backup["ExecStart"][0].replace("%%", "%"))
    with hosted_tracker(tmp_path, log=tmp_path / Config().log, state_dir=tmp_path / Config().state_dir):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(os, "nice", lambda _: 0)
        program = shlex.split(script.removeprefix("exec "))
        assert (shell, flag, program[0]) == ("sh", "-c", unit["ExecStart"][0].split()[0])
        assert program[-2:] == ["/var/lib/chat-backup/chat-$(date", "+%u).tar.gz"]
        assert main([*program[1:-2], "chat.tar.gz"]) == 0
    with tarfile.open("chat.tar.gz") as tar:
        assert {"state/tls.pem", "logs/chat.log"} < {*tar.getnames()}


def _instructions() -> dict[str, list[str]]:
    """Return the Dockerfile's instructions by their first word."""
    found: dict[str, list[str]] = {}
    for line in (_CONTRIB / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            found.setdefault(line.partition(" ")[0], []).append(line.partition(" ")[2])
    return found


def test_the_containers_command_and_files_are_valid() -> None:
    said = _instructions()
    program, *arguments = json.loads(said["ENTRYPOINT"][0]) + json.loads(said["CMD"][0])
    options, beside = split_arguments(arguments)
    assert (program, options["keep_alive"], beside) == ("chat-tracker", True, [])
    assert str(options["password_file"]) in (_CONTRIB / "Dockerfile").read_text(encoding="utf-8")
    assert said["EXPOSE"] == ["8000"]
    for copied in said["COPY"]:
        *sources, _ = copied.split()
        assert sources[0] == "--from=build" or all((ROOT / source).exists() for source in sources)


def test_the_containers_health_check_asks_the_tracker(tmp_path_factory: pytest.TempPathFactory) -> None:
    (check,) = _instructions()["HEALTHCHECK"]
    python, flag, program = json.loads(check.removeprefix("CMD "))
    assert (python, flag) == ("python", "-c")
    with hosted_tracker(tmp_path_factory.mktemp("tracker")) as hosted:
        exec(program.replace(":8000/", f":{hosted.port}/"), {})
        with pytest.raises(HTTPError, match="404") as refusal:
            exec(program.replace(":8000/health", f":{hosted.port}/wealth"), {})
    refusal.value.close()
