"""Login with an invitation instead of the password."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.protocol.invitations import Link
from chatcore.server.console.invitations import invite
from chatcore.terminal.arguments import Options
from chatcore.terminal.connecting.login import Login
from chatcore.terminal.connecting.turned_away import (
    INVITATION_NOT_ACCEPTED,
)
from chatcore.terminal.visit import enter
from tests.support.scripted import ScriptedTracker
from tests.support.seen import SeenScreen
from tests.support.trackers import Hosted, hosted_tracker
from tests.terminal.connecting.entering import options


class TestInvitations:
    """Login with an invitation, at a real tracker."""

    @pytest.fixture
    def hosted(self, tmp_path: Path) -> Iterator[Hosted]:
        with hosted_tracker(tmp_path, "secret") as hosted:
            yield hosted

    def _link(self, hosted: Hosted) -> Link:
        _made, links = invite(hosted.tracker, "#tea", 1, 1)
        return links[0]

    def test_in_the_link_given_as_the_host(self, hosted: Hosted) -> None:
        link = self._link(hosted)
        options = Options("127.0.0.1", hosted.port, "ann", room=link.room, invitation=link.invitation)
        screen = SeenScreen()
        login = Login(options, screen)
        handshake, welcome = login.register(login.enter())
        handshake.connection.quit()
        assert welcome.params[0] == "ann"
        assert (screen.secrets, login.entrance) == ([], ("#tea",))

    def test_pasted_as_the_password(self, hosted: Hosted) -> None:
        link = self._link(hosted)
        login = Login(Options("127.0.0.1", hosted.port, "ann"), SeenScreen(f"{link.text}&room-key=milk\n"))
        handshake, _ = login.register(login.enter())
        handshake.connection.quit()
        assert login.entrance == ("#tea", "milk")

    def test_in_a_password_file(self, hosted: Hosted, tmp_path: Path) -> None:
        (tmp_path / "password").write_text(self._link(hosted).text, encoding="utf-8")
        login = Login(Options("127.0.0.1", hosted.port, "ann", tmp_path / "password"), SeenScreen())
        handshake, _ = login.register(login.enter())
        handshake.connection.quit()

    def test_used_up(self, hosted: Hosted) -> None:
        invitation = self._link(hosted).invitation
        assert invitation is not None
        login = Login(Options("127.0.0.1", hosted.port, "ann"), SeenScreen(invitation.text))
        login.register(login.enter())[0].connection.quit()
        screen = SeenScreen(invitation.text, "secret")
        login = Login(Options("127.0.0.1", hosted.port, "bob"), screen)
        enter(login)[0].connection.quit()
        assert screen.shown == ["error: That invitation is used up: ask for another"]

    def test_to_another_chat(self, hosted: Hosted) -> None:
        """For example yesterday's link. Nothing is proven yet, so the error is the client's own."""
        screen = SeenScreen("inv-000000-" + 26 * "0", "secret")
        login = Login(Options("127.0.0.1", hosted.port, "ann"), screen)
        enter(login)[0].connection.quit()
        assert screen.shown == [f"error: {INVITATION_NOT_ACCEPTED}"]


def test_a_password_file_with_another_link_is_an_error(tracker: ScriptedTracker, tmp_path: Path) -> None:
    (tmp_path / "link").write_text("https://chat.example/", encoding="utf-8")
    with pytest.raises(ConfigError, match="there is no invitation in that link"):
        Login(options(tracker, password_file=tmp_path / "link"), SeenScreen())
