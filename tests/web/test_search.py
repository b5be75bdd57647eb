"""Searching, jumping to results, and saving a conversation, in a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.accessible import assert_accessible
from tests.support.browser import PASSWORD, Company, Person, expect
from tests.support.cable import Cable
from tests.support.irc import IrcClient
from tests.support.sasl_client import logged_in
from tests.support.trackers import Hosted
from tests.web.test_access import PHONE

if TYPE_CHECKING:
    from playwright.sync_api import WebSocketRoute

ANN = "ann's password"


@pytest.fixture
def url(tracker: Hosted) -> str:
    return f"http://127.0.0.1:{tracker.port}"


@pytest.fixture
def irc(tracker: Hosted) -> Iterator[IrcClient]:
    """A person who has said much, in the lobby and elsewhere; ann, who has an account, heard some of it."""
    with IrcClient(tracker.port) as client:
        client.register("irma", password=PASSWORD)
        client.join("#lobby", "#elsewhere")
        client.command(*(f"PRIVMSG #lobby :tea {number}" for number in range(400)))
        with logged_in(tracker, "ann", password=ANN) as ann:
            ann.join("#elsewhere")
            client.command(*(f"PRIVMSG #elsewhere :tea there {number}" for number in range(3)))
        client.receive_until("QUIT")
        client.command("PRIVMSG #elsewhere :tea there unheard")
        yield client


def _search(person: Person, typed: str) -> None:
    person.page.keyboard.press("Control+f")
    expect(person.page.get_by_label("Words to search for")).to_be_focused()
    person.page.keyboard.type(typed)
    person.page.keyboard.press("Enter")


def _hits(person: Person, *texts: str) -> None:
    expect(person.page.locator("#search-results .hit .text")).to_have_text(list(texts))


def test_a_result_opens_its_place_and_the_present_can_be_reached_again(
    company: Company, url: str, irc: IrcClient
) -> None:
    ann = company.person(url)
    ann.enter("ann", ANN)
    _search(ann, "tea in:#lobby")
    expect(ann.page.locator("#search-results li")).to_have_count(20)
    expect(ann.page.locator("#search-status")).to_have_text("20 found so far, newest first")
    ann.page.get_by_role("button", name="Older results").click()
    expect(ann.page.locator("#search-results li")).to_have_count(40)
    _search(ann, "200")
    _hits(ann, "tea 200")
    expect(ann.page.locator("#search-results .beside .text")).to_have_text(["tea 199", "tea 201"])
    expect(ann.page.locator("#search-results mark")).to_have_text(["200"])
    ann.page.locator("#search-results .go").click()
    target = ann.log.locator(".target .text")
    expect(target).to_have_text("tea 200")
    expect(target).to_be_in_viewport()
    ann.log.evaluate("log => { log.scrollTop = 0 }")
    ann.expect_said("tea 140")
    irc.send("PRIVMSG #lobby :news")
    expect(ann.page.get_by_role("button", name="1 new message")).to_be_visible()
    ann.expect_said("news", 0)
    for text in ("tea 250", "tea 300", "tea 350", "news"):
        ann.log.evaluate("log => { log.scrollTop = log.scrollHeight }")
        ann.expect_said(text)
    texts = ann.texts.all_inner_texts()
    numbers = [int(text.removeprefix("tea ")) for text in texts if text != "news"]
    assert numbers == list(range(numbers[0], 400))
    ann.log.evaluate("log => { log.scrollTop = 0 }")
    ann.page.locator("#to-end").click()
    expect(ann.texts.last).to_be_in_viewport()
    expect(ann.log).to_be_focused()
    ann.page.keyboard.press("Escape")
    expect(ann.page.locator("#search")).not_to_be_visible()
    expect(ann.page.locator("#text")).to_be_focused()


@pytest.mark.thorough
def test_a_result_in_another_room_is_shown_with_its_context(company: Company, url: str, irc: IrcClient) -> None:
    ann = company.person(url)
    ann.enter("ann", ANN)
    ann.say("/search there from:irma")
    expect(ann.page.get_by_label("Words to search for")).to_have_value("there from:irma")
    _hits(ann, "tea there 2", "tea there 1", "tea there 0")
    ann.page.locator("#search-results .go").nth(1).click()
    expect(ann.page.locator("#search-results .why")).to_contain_text("You are not in #elsewhere.")
    expect(ann.page.locator("#search-results .beside .text")).to_have_text(["tea there 0", "tea there 2"])
    ann.page.get_by_role("button", name="Join #elsewhere").click()
    expect(ann.page.locator("#room-name")).to_have_text("#elsewhere")
    ann.page.locator("#search-results .go").nth(1).click()
    expect(ann.log.locator(".target .text")).to_have_text("tea there 1")


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_search_is_accessible(company: Company, url: str, irc: IrcClient, scheme: str) -> None:
    ann = company.person(url, color_scheme=scheme)
    ann.enter("ann", ANN)
    _search(ann, "zebra")
    expect(ann.page.locator("#search-status")).to_contain_text("Nothing was found")
    assert_accessible(ann.page)
    _search(ann, "before:never")
    expect(ann.page.locator("#search-status")).to_contain_text("never is not a date")
    assert_accessible(ann.page)
    _search(ann, "tea in:#elsewhere")
    ann.page.locator("#search-results .go").last.click()
    expect(ann.page.locator("#search-results .why")).to_be_visible()
    _search(ann, "tea 100")
    _hits(ann, "tea 100")
    ann.page.locator("#search-results .go").first.click()
    expect(ann.log.locator(".target")).to_be_focused()
    assert_accessible(ann.page)


@pytest.mark.thorough
def test_on_a_phone_the_search_covers_the_messages(company: Company, url: str, irc: IrcClient) -> None:
    ann = company.person(url, **PHONE)
    ann.enter("ann", ANN)
    ann.page.get_by_role("button", name="Search messages").tap()
    ann.page.get_by_label("Words to search for").fill("100")
    ann.page.get_by_role("button", name="Search", exact=True).tap()
    _hits(ann, "tea 100")
    assert ann.page.evaluate("document.documentElement.scrollWidth") == 360
    expect(ann.page.locator("#talk")).to_have_attribute("inert", "")
    ann.page.locator("#search-results .go").tap()
    expect(ann.page.locator("#search")).not_to_be_visible()
    expect(ann.log.locator(".target")).to_be_in_viewport()
    ann.page.get_by_role("button", name="Search messages").tap()
    _hits(ann, "tea 100")  # the results are still shown
    ann.page.get_by_role("button", name="Close the search").tap()
    ann.page.get_by_role("button", name="Jump to latest").tap()
    ann.expect_said("tea 399")


@pytest.mark.thorough
def test_results_stay_text(company: Company, url: str, irc: IrcClient) -> None:
    attack = "<img src=x onerror=window.hit=1> hit"
    irc.command(f"PRIVMSG #lobby :{attack}")
    ann = company.person(url)
    ann.enter("ann", ANN)
    _search(ann, "hit")
    _hits(ann, attack)
    expect(ann.page.locator("#search-results mark")).to_have_text(["hit", "hit"])
    assert ann.page.evaluate("window.hit") is None


@pytest.mark.thorough
def test_without_support_there_is_no_search(company: Company, url: str, irc: IrcClient) -> None:
    ann = company.person(url)

    def without_search(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(lambda text: route.send(str(text).replace("soju.im/search", "")))

    ann.page.route_web_socket("**/irc", without_search)
    ann.enter("ann", ANN)
    expect(ann.page.locator("#show-search")).not_to_be_visible()
    ann.page.keyboard.press("Control+f")
    ann.say("/search tea")
    expect(ann.log).to_contain_text("This tracker cannot search")
    expect(ann.page.locator("#search")).not_to_be_visible()


@pytest.mark.thorough
def test_an_export_contains_everything_the_user_may_read(
    company: Company, url: str, irc: IrcClient, tmp_path: Path
) -> None:
    ann = company.person(url)
    ann.enter("ann", ANN)
    with ann.page.expect_download() as coming:
        ann.say("/export")
    name = coming.value.suggested_filename
    coming.value.save_as(tmp_path / name)
    lines = [json.loads(line) for line in (tmp_path / name).read_text(encoding="utf-8").splitlines()]
    assert [line["text"] for line in lines] == [f"tea {number}" for number in range(400)]
    assert {(line["room"], line["nick"], line["account"]) for line in lines} == {("#lobby", "irma", None)}
    expect(ann.log).to_contain_text(f"400 messages saved as {name}.")
    expect(ann.page.locator("#exporting")).not_to_be_visible()


@pytest.mark.thorough
def test_an_export_resumes_after_a_lost_connection_or_is_cancelled(
    company: Company, irc: IrcClient, cable: Cable
) -> None:
    ann = company.person(f"http://127.0.0.1:{cable.port}")
    ann.enter("ann", ANN)
    bar = ann.page.locator("#exporting")
    cable.swallows_down = True
    ann.say("/export")
    expect(bar).to_contain_text("Exporting #lobby: 0 messages so far\u2026")
    cable.cut()
    expect(bar).to_contain_text("Exporting #lobby: 0 messages so far. The connection was lost.")
    cable.mend()
    expect(ann.page.locator("#banner")).not_to_be_visible()
    with ann.page.expect_download() as coming:
        ann.page.get_by_role("button", name="Continue").click()
    assert len(coming.value.path().read_text(encoding="utf-8").splitlines()) == 400
    expect(bar).not_to_be_visible()
    cable.swallows_down = True
    ann.say("/export")
    ann.page.get_by_role("button", name="Cancel").click()
    expect(bar).not_to_be_visible()
