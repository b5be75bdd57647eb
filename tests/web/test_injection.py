"""Everything people write stays text, and the page sends no requests to others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.browser import PASSWORD, Company, Person, expect
from tests.support.irc import IrcClient
from tests.support.together import wait_until
from tests.support.trackers import Hosted

ATTACKS = (
    "<img src=x onerror=window.hit=1>",
    "<script>window.hit=1</script>",
    '"><svg/onload=window.hit=1>',
    "<a href=javascript:window.hit=1>x</a>",
    "javascript:window.hit=1",
    "{{constructor.constructor('window.hit=1')()}}",
    "</div></body><h1>gone",
    "\u202egnp.exe \x02bold\x02 \x1b[31m red",
)


@pytest.fixture
def mallory(tracker: Hosted) -> Iterator[IrcClient]:
    with IrcClient(tracker.port) as client:
        client.register("mallory", password=PASSWORD)
        client.join("#lobby")
        yield client


def _count_elements(person: Person) -> int:
    return person.page.locator("img, script, svg, iframe, a, h1, style, object").count()


def test_text_stays_text_everywhere(company: Company, tracker: Hosted, mallory: IrcClient) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    before = _count_elements(ann)
    for attack in ATTACKS:
        mallory.send(
            f"PRIVMSG #lobby :{attack}", f"PRIVMSG #lobby :\x01ACTION {attack}\x01", f"NOTICE #lobby :{attack}"
        )
        mallory.send(f"TOPIC #lobby :{attack}", f"PRIVMSG ann :{attack}")
    mallory.send("PRIVMSG #lobby :the end")
    ann.expect_said("the end")
    expect(ann.texts).to_have_count(3 * len(ATTACKS) + 1)
    expect(ann.page.locator("#topic")).to_have_text("\u202egnp.exe bold [31m red")
    for attack in ATTACKS[:-1]:
        ann.expect_said(attack, 2)
    ann.expect_said("\u202egnp.exe bold [31m red", 2)
    ann.look_at("mallory")
    for attack in ATTACKS[:-1]:
        ann.expect_said(attack)
    assert _count_elements(ann) == before
    assert ann.page.evaluate("window.hit") is None


def test_names_of_rooms_and_people_stay_text(company: Company, tracker: Hosted, mallory: IrcClient) -> None:
    room, nick = "#<img/src=x/onerror=hit=1>", "x`^{|}[]\\_-"
    mallory.command(f"JOIN {room}", f"NICK {nick}", f"TOPIC {room} :<b>")
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    before = _count_elements(ann)
    ann.say(f"/join {room}")
    expect(ann.page.locator("#room-name")).to_have_text(room)
    ann.expect_member(nick)
    mallory.send(f"INVITE ann {room}", "PRIVMSG ann :<i>psst")
    expect(ann.page.locator("#private-list")).to_contain_text(nick)
    ann.look_at(nick)
    ann.expect_said("<i>psst")
    assert _count_elements(ann) == before
    assert ann.page.evaluate("window.hit") is None


def test_a_link_tells_its_target_nothing(company: Company, tracker: Hosted, mallory: IrcClient) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    mallory.send("PRIVMSG #lobby :look: https://example.org/a?b=c.")
    link = ann.log.get_by_role("link", name="https://example.org/a?b=c")
    expect(link).to_have_attribute("href", "https://example.org/a?b=c")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(link).to_have_attribute("target", "_blank")


def test_the_policy_lets_nothing_else_run(company: Company, tracker: Hosted) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    response = ann.page.goto(f"{ann.url}/")
    assert response is not None
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    refused = ann.page.evaluate("""() => new Promise((resolve) => {
        document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
        const script = document.createElement("script");
        script.textContent = "window.hit = 1";
        document.body.append(script);
    })""")
    assert refused == "script-src-elem"
    assert ann.page.evaluate("window.hit") is None


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_browser_stores_only_the_theme_and_the_tabs_visit(company: Company, tracker: Hosted, scheme: str) -> None:
    ann = company.person(f"{scheme}://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    ann.join("#vault")
    ann.page.get_by_role("button", name="Dark colours").click()
    wait_until(lambda: ann.page.evaluate("sessionStorage.getItem('chat-visit')?.includes('#vault')"))
    local, cookie = ann.page.evaluate("[{...localStorage}, document.cookie]")
    assert (local, cookie) == ({"chat-theme": "dark"}, "")
    in_tab = ann.page.evaluate("({...sessionStorage})")
    assert list(in_tab) == ["chat-visit"]
    assert PASSWORD not in in_tab["chat-visit"]
    ann.page.reload()
    expect(ann.page.locator("html")).to_have_attribute("data-theme", "dark")
